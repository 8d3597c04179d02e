package attribution

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
)

// Shift is how a bay came to rest: since when it had moved, and by how much its
// mass differs from that of the rest before. What is too little to be a change
// still says something of hands that moved as much both ways, and so does that the
// bay moved before the first hand was seen at it. It is nothing where that is not
// known.
type Shift struct {
	Since     time.Time    `json:"since"`
	Change    measure.Mass `json:"change"`
	Deviation measure.Mass `json:"deviation"`
}

// applyLevel folds what mass stands on a bay, and for which hands it came to rest
// by that.
func (s *State) applyLevel(f event.LevelSet) {
	b := s.bay(f.Bay)
	shift := Shift{}
	if b.Known && !b.Gap && !f.Untimed && b.Epoch == f.By.Epoch && f.Deviation > 0 {
		shift = Shift{Since: f.Span.Onset, Change: f.Mass - b.Mass, Deviation: f.Deviation}
	}
	b.Known, b.Mass, b.Epoch, b.Span, b.Gap, b.Shift = true, f.Mass, f.By.Epoch, f.Span, f.Untimed, shift
	for _, h := range s.places[f.Bay] {
		if h.Rest.IsZero() && !f.Span.Settled.Before(h.Span.Settled) {
			h.rested(b)
		}
	}
}

// rested notes that a hand's bay has come to rest after it.
func (h *Hand) rested(b *Bay) {
	h.Rest = b.Span.Settled
	if !b.Shift.Since.After(h.Span.Settled.Add(handSlack)) {
		h.Shift = b.Shift
	}
}

// moved reports whether it was a change that was looked into.
func (f Shift) moved() bool {
	return f != (Shift{}) && f.Change.Abs() >= max(leastChange, 3*f.Deviation)
}
