package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestSeenAtTheNextBay takes a cola while the camera sees that hand at a bay of
// another shelf, from which somebody takes an umbrella at that moment: a camera may
// take a bay for the next. A third who stands by is not charged for being the only
// one whose hand was nowhere.
func TestSeenAtTheNextBay(t *testing.T) {
	for _, c := range []struct {
		named   string
		charged bool
	}{{"cola", false}, {"umbrella", true}} {
		n := newNarrator(t)
		rack := storedef.Device{Address: "weight_shelf.rack", Class: storedef.ClassWeightShelf, Zones: []string{"zone.drinks"},
			Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf.rack.bay[1]"}}}
		d := *n.state.Definition
		d.Store.Devices = append(slices.Clone(d.Store.Devices), rack)
		d.Store.Facings = append(slices.Clone(d.Store.Facings), storedef.Facing{At: rack.Bays[0].Address, Product: catalogue["umbrella"]})
		n.step(d)
		n.epoch[rack.Address] = 1
		n.step(event.DeviceStatus{Device: rack.Address, Epoch: 1, State: event.StateReady})
		weigh := func(mass measure.Mass) string {
			return n.evidence(rack.Address, observe.Weight{Interval: observe.Between(n.now.Add(-time.Second), n.now), Bay: 1, Mass: mass, Deviation: measure.Gram})
		}
		weigh(10 * measure.Kilogram)
		n.inside("palm-1", "s1", "t1")
		n.inside("palm-2", "s2", "t2")
		n.inside("palm-3", "s3", "t3")
		hand := func(track, product string) {
			n.evidence("camera.ceiling", observe.Interaction{Interval: observe.Between(n.now.Add(-time.Second), n.now), Track: observe.Track(track), At: rack.Bays[0].Address,
				Action: observe.ActionTake, Confidence: 998_000, Candidates: []observe.Candidate{{GTIN: catalogue[product], Probability: 980_000}}})
		}
		hand("t1", "umbrella")
		hand("t2", c.named)
		n.do("weight 1 9648 for=1s")
		weigh(10*measure.Kilogram - 318*measure.Gram)
		out := n.at(n.now.Add(9 * time.Second).Sub(morning).String())
		if got := strings.Contains(out, "s3 taken 1 cola"); got != c.charged {
			t.Errorf("a hand with a %s beside: the third is charged %v, want %v:\n%s", c.named, got, c.charged, out)
		}
	}
}
