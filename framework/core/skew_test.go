package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestClockAhead has a shelf whose clock runs a year ahead: what it reports
// settled by now at the latest, so that no cart waits for a year and the shelf
// is not deaf for one.
func TestClockAhead(t *testing.T) {
	n := newNarrator(t)
	n.inside("palm-1", "s1", "t1")
	n.evidence("gate.north", observe.Passage{Interval: observe.At(n.now.AddDate(5000, 0, 0)), Direction: observe.DirectionOut})
	n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.Between(n.now, n.now.AddDate(1, 0, 0)), Bay: 1,
		Mass: 10*measure.Kilogram - 352*measure.Gram, Deviation: measure.Gram})
	n.skip(10 * time.Second)
	n.do("weight 1 10000 for=1s")
	if got := n.state.Attribution.Bays["weight_shelf.cooler.bay[1]"].Mass; got != 10*measure.Kilogram {
		t.Errorf("the shelf is deaf: level %d", got)
	}
	n.skip(10 * time.Second)
	n.do("pass out")
	n.do("track t1 entrance ended")
	n.skip(10 * time.Second)
	n.do("answer void done")
	n.skip(time.Hour)
	if n.state.Open() != 0 {
		t.Error("the session did not close")
	}
}

// TestClockSetBack has a shelf whose clock is set back by a year: its levels
// count on, but no longer say when they changed.
func TestClockSetBack(t *testing.T) {
	for _, c := range []struct {
		name string
		back time.Duration
		deaf bool
	}{{"late", time.Minute, true}, {"set back", time.Minute + time.Microsecond, false}, {"a year", 365 * 24 * time.Hour, false}} {
		n := newNarrator(t)
		n.inside("palm-1", "s1", "t1")
		known := n.state.Attribution.Bays["weight_shelf.cooler.bay[1]"].Span.Settled
		n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.At(known.Add(-c.back)), Bay: 1,
			Mass: 10*measure.Kilogram - 352*measure.Gram, Deviation: measure.Gram})
		b := n.state.Attribution.Bays["weight_shelf.cooler.bay[1]"]
		if deaf := b.Mass == 10*measure.Kilogram; deaf != c.deaf {
			t.Errorf("%s: level %d", c.name, b.Mass)
		}
		n.skip(5 * time.Second)
		if l := n.state.Cart.Carts[n.idOf("s1")].Lines[catalogue["cola"]]; !c.deaf && (l == nil || l.Taken != 0 || len(l.Maybe) != 1) {
			t.Errorf("%s: %+v, want 1 in doubt", c.name, l)
		}
	}
}

// TestClockAheadOfGap has a shelf whose clock is a little ahead, so that the level
// before a gap seems to be of a time after it: a change over the gap is in doubt
// all the same, and the next one is not.
func TestClockAheadOfGap(t *testing.T) {
	n := newNarrator(t)
	n.inside("palm-1", "s1", "t1")
	n.do("track t1 drinks present")
	ahead := func(grams measure.Mass) {
		n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.At(n.now.Add(1500 * time.Millisecond)), Bay: 1, Mass: grams * measure.Gram, Deviation: measure.Gram})
	}
	ahead(10_000)
	n.skip(100 * time.Millisecond)
	n.do("gap weight_shelf.cooler lost=3")
	n.skip(3 * time.Second)
	n.do("hand t1 1 take for=1s saw=cola")
	ahead(9648)
	n.skip(5 * time.Second)
	l := n.state.Cart.Carts[n.idOf("s1")].Lines[catalogue["cola"]]
	if l == nil || l.Taken != 0 || len(l.Maybe) != 1 {
		t.Fatalf("over the gap: %+v, want 1 in doubt", l)
	}
	n.do("hand t1 1 take for=1s saw=cola")
	ahead(9296)
	n.skip(5 * time.Second)
	if l := n.state.Cart.Carts[n.idOf("s1")].Lines[catalogue["cola"]]; l.Taken != 1 || len(l.Maybe) != 1 {
		t.Errorf("after it: %+v, want 1 taken and 1 in doubt", l)
	}
}
