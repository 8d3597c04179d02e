package core_test

import (
	"testing"
	"time"
)

// A refund of a visit that is closed waits for a processor that is down. No time
// but that of the call for a person wakes for it and nothing is asked, and yet it is not over.
func TestWaitingForProcessor(t *testing.T) {
	n := newNarrator(t)
	stands := func(when string, asks int, waiting bool) {
		t.Helper()
		if n.state.Open() != 0 || len(n.state.Pending()) != asks || n.state.Waiting() != waiting {
			t.Errorf("%s: %d open, %d asked, waiting %v; want none, %d and %v", when, n.state.Open(), len(n.state.Pending()), n.state.Waiting(), asks, waiting)
		}
	}
	n.do("adopt")
	n.do("enter palm-1")
	n.do("buys s1 t1 units=2")
	n.do("answer capture done")
	stands("paid", 0, false)
	n.do("staff refund s1 id=r1 lines=1:1")
	stands("asked", 1, false)
	n.do("device payment.cards failed")
	n.do("answer refund unknown")
	stands("down", 0, true)
	if at, ok := n.state.Wake(); ok && at.Before(morning.Add(24*time.Hour)) { // then a person is called
		t.Errorf("it wakes at %s", at)
	}
	n.do("device payment.cards ready")
	stands("back", 1, false)
	n.do("answer lookup done found=done")
	stands("given back", 0, false)
}
