// Package shelf is the contract of weight shelves: one or more bays, each on
// load cells.
//
// A shelf reports settled levels, not changes, and restates every bay after it
// opens, so that a lost report heals at the next. sdk/signal turns raw samples
// into settled levels.
package shelf

import (
	"context"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Shelf weighs what stands on its bays.
type Shelf interface {
	// Run reports the settled mass of every bay when it begins, and of a bay
	// each time it has settled at another mass, until ctx ends. Any other
	// return means that the shelf is lost; the host opens it again.
	Run(ctx context.Context, report func(observe.Weight)) error
}

// A Tarer is a Shelf that can be zeroed from the host. It is an optional
// ability, announced as "shelf.tare".
type Tarer interface {
	// Tare makes the present mass of a bay its zero.
	Tare(ctx context.Context, bay int) error
}
