// Package storedef stands in for the real one.
package storedef

import (
	"context" // want depguard "pure-storedef': "

	"github.com/openaisle/aisle/hcl/storefile" // want depguard "pure-storedef': pure room"
	"github.com/openaisle/aisle/sdk/observe"
)

// A Store is plain values.
type Store struct {
	Ctx  context.Context
	File storefile.Thing
	Kind observe.Kind
}
