// Package event stands in for the real one.
package event

import (
	"github.com/openaisle/aisle/framework/journal" // want depguard "pure-event': pure room"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// A Record is an entry.
type Record struct {
	Store   storedef.Store
	Kind    observe.Kind
	Journal journal.Thing
}
