package lanes

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

// sight is a tag in view.
type sight struct {
	first, last time.Time
	reads       int
	antenna     int
	rssi        float64
	told        bool
}

// view are the tags that a reader sees, by EPC. The filter of the lane speaks of
// a tag when it is gone; this speaks of those that stay.
type view map[string]*sight

func (v view) read(r *signal.Read) {
	t := v[r.EPC]
	if t == nil {
		t = &sight{first: r.At, rssi: math.Inf(-1)}
		v[r.EPC] = t
	}
	t.last = r.At
	t.reads++
	if r.RSSI > t.rssi {
		t.rssi, t.antenna = r.RSSI, r.Antenna
	}
}

// tell gives the tags that which accepts and that were not told yet, in the
// order in which they came.
func (v view) tell(which func(*sight) bool) []observe.Tag {
	var out []observe.Tag
	for epc, s := range v {
		if !s.told && which(s) {
			s.told = true
			out = append(out, observe.Tag{Interval: observe.Between(s.first, s.last), EPC: epc, Antenna: s.antenna,
				Power: measure.Power(math.Round(s.rssi * float64(measure.DBm))), Reads: s.reads})
		}
	}
	slices.SortFunc(out, func(a, b observe.Tag) int {
		return cmp.Or(a.Onset.Compare(b.Onset), cmp.Compare(a.EPC, b.EPC))
	})
	return out
}
