package wired

import (
	"time"

	"github.com/openaisle/aisle/framework/clock"
)

// bubbleClock is the bubble's time. The machine's own clock (clock.Wall) counts
// what passes outside of it.
type bubbleClock struct{}

var _ clock.Clock = bubbleClock{}

// Now is the bubble's time.
func (bubbleClock) Now() time.Time { return time.Now().UTC().Round(0) }

// AfterFunc is time.AfterFunc.
func (c bubbleClock) AfterFunc(at time.Time, f func()) (stop func() bool) {
	d := at.Sub(c.Now())
	if d <= 0 {
		f()
		return func() bool { return false }
	}
	return time.AfterFunc(d, f).Stop
}
