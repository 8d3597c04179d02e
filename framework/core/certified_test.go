package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestCertifiedWeightKnowsNobody takes something unseen from a bay where the store
// lets weight suffice. Who was there alone is charged; with somebody beside whom no
// gate told of it may have been either: a scale says what was taken, not by whom.
func TestCertifiedWeightKnowsNobody(t *testing.T) {
	certify := func(s *storedef.Store) {
		for i := range s.Devices {
			if s.Devices[i].Class == storedef.ClassWeightShelf {
				s.Devices[i].Certified = []observe.Kind{observe.KindWeight}
			}
		}
	}
	for _, c := range []struct {
		name    string
		before  []string
		charged int
	}{
		{"alone", nil, 1},
		{"a stranger at the gate", []string{"track t9 entrance began"}, 1},
		{"a stranger at the shelf", []string{"track t9 entrance began", "at 20s", "track t9 drinks present"}, 0},
		{"a stranger who was there before", []string{"track t9 drinks began", "at 20s", "track t9 entrance present"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := enters(t, certify)
			for _, line := range c.before {
				v.do(line)
			}
			v.skip(5 * time.Second)
			v.see("weight_shelf.cooler", observe.Weight{Interval: observe.Between(v.now.Add(-2*time.Second), v.now), Bay: 1,
				Mass: 10*measure.Kilogram - 352*measure.Gram, Deviation: measure.Gram})
			v.now = v.now.Add(4 * time.Second)
			v.take(event.Time{})
			charged := 0
			for _, f := range v.facts {
				if f, ok := f.(event.Taken); ok {
					charged += f.Quantity
				}
			}
			if charged != c.charged {
				t.Errorf("%d are charged, want %d", charged, c.charged)
			}
		})
	}
}
