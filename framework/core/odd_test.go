package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// TestLapsedHold finds, by a look-up, a hold that is over: it opens no gate.
func TestLapsedHold(t *testing.T) {
	for _, c := range []struct {
		name  string
		ahead time.Duration
		opens bool
	}{{"past", -time.Second, false}, {"now", 0, false}, {"ahead", time.Second, true}} {
		n := newNarrator(t)
		n.do("tap palm-1")
		n.do("answer authorize unknown")
		n.skip(2 * time.Second)
		a := n.state.Pending()[0]
		until := n.now.Add(c.ahead)
		n.step(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Found: event.FoundDone, Reference: "r", Amount: a.Amount, Expires: &until})
		if opens := admitted(n); opens != c.opens {
			t.Errorf("%s: admitted is %v, want %v", c.name, opens, c.opens)
		}
		if c.opens {
			continue
		}
		n.skip(time.Minute)
		n.do("answer void done")
		if n.state.Open() != 0 {
			t.Errorf("%s: the session did not close", c.name)
		}
	}
}
