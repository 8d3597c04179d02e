// Package cart is the third stage of the core: what each session carries out.
//
// It folds what attribution decided into lines, reconciles shelves with tags
// without adding them up, and closes a cart some time after the last body of
// its party has left. What is in doubt is listed and never counted.
//
// This is a pure room.
package cart

import (
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// State is all open carts.
type State struct {
	Carts map[string]*Cart `json:"carts"`

	grace   time.Duration // of the definition in force
	closing turn.Due      // carts of sessions that ended, and when they close
}

// Cart is what one session has.
type Cart struct {
	Lines  map[gs1.GTIN]*Line `json:"lines"`
	Frozen bool               `json:"frozen,omitempty"`
	Staff  bool               `json:"staff,omitempty"`
	// Unnamed are doubts about something that can't be named.
	Unnamed []event.Doubted `json:"unnamed,omitempty"`
	Ending  event.Ending    `json:"ending,omitempty"`
	EndedAt time.Time       `json:"ended_at"`
	// Attributes are those of the credential. Released says that a member of
	// staff saw that the buyer is old enough.
	Attributes []string `json:"attributes,omitempty"`
	Released   bool     `json:"released,omitempty"`
}

// Line is what is known of one product in a cart.
type Line struct {
	Taken    int `json:"taken,omitempty"`
	Returned int `json:"returned,omitempty"`
	// Maybe are units that were perhaps taken, Back units that were perhaps
	// put back.
	Maybe []Doubt `json:"maybe,omitempty"`
	Back  []Doubt `json:"back,omitempty"`
	// Tags are the EPCs that left with the session, and Shared those that left
	// with it or another.
	Tags   []string `json:"tags,omitempty"`
	Shared []string `json:"shared,omitempty"`
	// Unsure are the EPCs that may have left with it, while reports were lost.
	Unsure []string `json:"unsure,omitempty"`
	// Picked is what was taken at which price. Mass is what of weighed goods is
	// carried.
	Picked []event.Pick `json:"picked,omitempty"`
	Mass   measure.Mass `json:"mass,omitempty"`
	Why    []event.Why  `json:"why,omitempty"`
	// Instead is how many of these units may be of another product instead.
	Instead map[gs1.GTIN]int `json:"instead,omitempty"`
}

// Doubt is units in doubt.
type Doubt struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
	Reason   string `json:"reason"`
	// Probability is how probable it is that these units are the session's to
	// pay. One that is below review_above is not asked about: it is dropped.
	Probability measure.Probability `json:"probability"`
	// Pick is what one unit of it cost.
	Pick event.Pick  `json:"pick,omitzero"`
	Why  []event.Why `json:"why"`
}

// New returns the state without carts.
func New() *State { return &State{Carts: map[string]*Cart{}} }

// sure is the number of units that shelves are sure of.
func (l *Line) sure() int { return max(0, l.Taken-l.Returned) }

func units(d []Doubt) int {
	n := 0
	for i := range d {
		n += d[i].Quantity
	}
	return n
}
