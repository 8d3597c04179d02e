package clock

import "time"

// Manual is a clock that its owner moves: for replays and tests.
type Manual struct{ timers }

// NewManual returns a clock that stands at a time.
func NewManual(at time.Time) *Manual {
	return &Manual{timers{now: at.UTC().Round(0)}}
}

// Advance moves the clock to a time and calls what is due by then, in the
// caller's goroutine. A clock does not go back: an earlier time changes nothing.
func (m *Manual) Advance(to time.Time) { m.advance(to.UTC().Round(0)) }

// Next is when the earliest thing is due, and whether there is one.
func (m *Manual) Next() (time.Time, bool) { return m.next() }
