package core_test

import (
	"testing"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestOldOpening has a device that was opened again send what an earlier opening
// kept (FN10): with a greater number, with a smaller one, before and after the
// new opening has reported anything, as evidence and as the word of a gap.
// Nothing of it is believed, and each is written down as set aside.
func TestOldOpening(t *testing.T) {
	n := newNarrator(t)
	const shelf = "weight_shelf.cooler"
	level := func() measure.Mass { return n.state.Attribution.Bays[shelf+".bay[1]"].Mass }
	old := func(epoch, seq uint64, gap *event.Gap) {
		t.Helper()
		e := event.Evidence{Device: shelf, Serial: observe.Serial{Epoch: epoch, Seq: seq}, Gap: gap}
		if gap == nil {
			e.Observed = observe.Weight{Interval: observe.At(n.now), Bay: 1, Mass: 1, Deviation: measure.Gram}
		}
		before := level()
		facts := core.Step(n.state, n.now, e)
		if len(facts) != 1 || level() != before {
			t.Fatalf("%+v was believed: %v", e.Serial, facts)
		}
		if f, ok := facts[0].(event.Ignored); !ok || f.Reason != "of an earlier opening of the device" || f.What != e.Ref().String() {
			t.Errorf("%+v: %+v", e.Serial, facts[0])
		}
		n.shadow.Apply(facts[0])
	}
	n.do("device weight_shelf.cooler reopening") // opening 2 has not reported anything
	old(1, 99, nil)
	old(1, 99, &event.Gap{Lost: 1})
	n.do("device weight_shelf.cooler ready")
	n.do("weight 1 9000")
	old(1, 100, nil)
	old(1, 1, nil)
	old(0, 1<<60, nil)
	n.do("weight 1 9000")
	// A report may overtake the word of its own opening: it is the newest.
	n.epoch[shelf], n.seq[shelf] = 3, 0
	n.do("weight 1 8000")
	old(2, 50, nil)
	if level() != 8*measure.Kilogram {
		t.Errorf("the level is %s", level())
	}
}
