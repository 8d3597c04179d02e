// Package attribution stands in for the real one.
package attribution

import (
	"github.com/openaisle/aisle/framework/core/cart" // want depguard "stage-attribution': stage order is import order"
	"github.com/openaisle/aisle/framework/core/entry"
)

// A Change may look back at entry.
type Change struct {
	Earlier entry.Door
	Later   cart.Thing
}
