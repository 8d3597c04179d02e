// Package entry stands in for the real one.
package entry

import (
	"net" // want depguard "pure-core': pure room"

	"github.com/openaisle/aisle/framework/core/receipt" // want depguard "stage-entry': stage order is import order"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view" // want depguard "pure-core': pure room"
)

// A Door sees too much.
type Door struct {
	Later  receipt.Thing
	Record event.Record
	Conn   net.Conn
	View   view.View
}
