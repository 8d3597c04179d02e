package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
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

// TestEndedIsGone ends a visit by order while its track stays in a zone: it is
// no candidate for what others do later.
func TestEndedIsGone(t *testing.T) {
	n := newNarrator(t)
	n.inside("palm-1", "s1", "t1")
	n.do("hand t1 3 take for=1s saw=umbrella conf=700000")
	n.do("device weight_shelf.cooler offline")
	n.skip(10 * time.Second)
	n.do("device weight_shelf.cooler ready")
	n.do("staff end_session s1")
	n.skip(10 * time.Second)
	n.inside("palm-2", "s2", "t2")
	n.do("weight 1 10000")
	n.skip(10 * time.Second)
	n.do("weight 1 9648 for=1s")
	n.skip(10 * time.Second)
	if l := n.state.Cart.Carts[n.idOf("s2")].Lines[catalogue["cola"]]; l == nil || l.Taken != 1 {
		t.Errorf("s2 has %+v of cola, want 1 taken", l)
	}
}

// TestEnterAfterEnd has a gate report a body for a session that is over: it is
// nobody's body.
func TestEnterAfterEnd(t *testing.T) {
	n := newNarrator(t)
	n.do("tap palm-1")
	n.do("answer authorize done")
	n.do("answer admit done")
	n.skip(time.Minute)
	id := n.idOf("s1")
	n.do("pass in for_session=s1")
	if v := n.state.Entry.Sessions[id]; v == nil || len(v.Bodies) != 0 {
		t.Errorf("the session that ended has bodies: %+v", v)
	}
}

// TestRestlessBay sees a hand at one bay every second for a while: hands are
// let go of all the same.
func TestRestlessBay(t *testing.T) {
	n := newNarrator(t)
	for range 150 {
		n.skip(time.Second)
		n.do("hand ? 1 touch for=500ms")
	}
	if got := len(n.state.Attribution.Hands); got > 100 {
		t.Errorf("%d hands are remembered", got)
	}
}

// TestLateAfterClose reports a change so late that one of the two who were near
// has left and is settled: the other is not charged for being the only one left.
func TestLateAfterClose(t *testing.T) {
	for _, first := range []string{"palm-1", "badge-1"} {
		n := newNarrator(t)
		if n.do("tap " + first); first == "palm-1" {
			n.do("answer authorize done")
		}
		n.do("answer admit done")
		n.do("pass in for_session=s1")
		n.do("track t1 entrance began")
		n.skip(4 * time.Second)
		n.do("track t1 drinks present")
		n.inside("palm-2", "s2", "t2")
		then := observe.Between(n.now.Add(-time.Second), n.now)
		n.skip(10 * time.Second)
		n.do("pass out")
		n.do("track t1 entrance ended")
		n.skip(10 * time.Second)
		if first == "palm-1" {
			n.do("answer void done")
		}
		if open := n.state.Open(); open != 1 {
			t.Fatalf("%d visits are open, want that of s2 alone", open)
		}
		n.evidence("weight_shelf.cooler", observe.Weight{Interval: then, Bay: 1, Mass: 10*measure.Kilogram - 352*measure.Gram, Deviation: measure.Gram})
		n.skip(10 * time.Second)
		if l := n.state.Cart.Carts[n.idOf("s2")].Lines[catalogue["cola"]]; l == nil || l.Taken != 0 || len(l.Maybe) != 1 {
			t.Errorf("%s left: s2 has %+v of cola, want 1 in doubt", first, l)
		}
	}
}
