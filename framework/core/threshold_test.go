package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// taken has somebody take something from a bay of two products by a scale that is
// unsure of a mass between them, and says how probable the core took it for, and
// whether it is charged.
func taken(t *testing.T, mass measure.Mass, camera string) (measure.Probability, bool) {
	v := enters(t, func(*storedef.Store) {})
	v.do("device camera.ceiling " + camera)
	v.do("hand t1 2 take for=1s saw=water/600000,zero/400000")
	v.skip(time.Second)
	v.see("weight_shelf.cooler", observe.Weight{Interval: observe.Between(v.now.Add(-2*time.Second), v.now), Bay: 2,
		Mass: 10*measure.Kilogram - mass, Deviation: 25 * measure.Gram})
	v.now = v.now.Add(4 * time.Second)
	v.take(event.Time{})
	for _, f := range v.facts {
		switch f := f.(type) {
		case event.Taken:
			return f.Probability, true
		case event.Doubted:
			return f.Candidates[0].Probability, false
		default:
		}
	}
	return 0, false
}

// TestThresholdRises looks for a taking that is just sure enough to charge while
// all is well. It is not while the camera is degraded: what is asked for rises
// then, and never falls (F2).
func TestThresholdRises(t *testing.T) {
	charge := testStore().Attribution.ChargeAbove
	higher := charge + charge.Complement()/2
	between, below := 0, 0
	for mass := 444 * measure.Gram; mass < 458*measure.Gram; mass += measure.Gram {
		p, charged := taken(t, mass, "ready")
		q, blind := taken(t, mass, "degraded")
		// Between, another explanation that fits may be too probable beside.
		if charged && p < charge || !charged && p >= measure.Certain-charge.Complement()/2 {
			t.Fatalf("%v: charged %v at %d", mass, charged, p)
		}
		if blind && q < higher {
			t.Fatalf("%v: charged at %d though the camera is degraded", mass, q)
		}
		if charged && !blind && p < higher {
			between++
		}
		if !charged {
			below++
		}
	}
	if between == 0 || below == 0 {
		t.Errorf("%d takings between the thresholds and %d below: the test says little", between, below)
	}
}
