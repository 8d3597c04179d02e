package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestCrowd takes something in a store so full, and so blind, that it may have
// been anybody: up to a hundred share the doubt, and of more it is nobody's, or
// the records of a full store would grow without bound.
func TestCrowd(t *testing.T) {
	for _, c := range []struct{ inside, share int }{{2, 2}, {100, 100}, {101, 0}} {
		s := newCrowd(t)
		for range c.inside {
			s.enter()
		}
		s.step(event.DeviceStatus{Device: "camera.ceiling", Epoch: 1, State: event.StateOffline})
		s.pass(time.Minute)
		s.seq["weight_shelf.cooler"]++
		at := observe.Between(s.now.Add(-time.Second), s.now)
		facts := core.Step(s.state, s.now, event.Evidence{Device: "weight_shelf.cooler", Serial: observe.Serial{Epoch: 1, Seq: s.seq["weight_shelf.cooler"]},
			Observed: observe.Weight{Interval: at, Bay: 1, Mass: s.level - 352*measure.Gram, Deviation: measure.Gram}})
		for end := s.now.Add(time.Minute); s.now.Before(end); {
			w, ok := s.state.Wake()
			if !ok {
				break
			}
			s.now = w
			facts = append(facts, core.Step(s.state, s.now, event.Time{})...)
		}
		share, nobodys := 0, 0
		for _, f := range facts {
			switch f := f.(type) {
			case event.Doubted:
				share = max(share, len(f.Sessions))
			case event.Unattributed:
				nobodys++
			case event.Taken:
				t.Errorf("of %d inside one is charged: %+v", c.inside, f)
			default:
			}
		}
		if share != c.share || (nobodys > 0) != (c.share == 0) {
			t.Errorf("of %d inside %d share a doubt, and %d changes are nobody's", c.inside, share, nobodys)
		}
	}
}
