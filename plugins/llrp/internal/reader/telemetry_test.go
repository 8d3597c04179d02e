package reader

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

func TestTelemetry(t *testing.T) {
	r, now := &Reader{}, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	values := func() map[string]float64 {
		list, unfit := class.Newest(r.Readings())
		if unfit != nil {
			t.Fatal(unfit)
		}
		all := map[string]float64{}
		for _, v := range list {
			all[v.Name] = v.Value
		}
		return all
	}
	if got := values(); len(got) != 0 {
		t.Errorf("before it looked: %v", got)
	}
	r.telemetry.read(99) // while the clock was not known yet
	r.telemetry.look(3, now)
	r.telemetry.read(40)
	r.telemetry.look(4, now.Add(rateOver-1))
	if got := values(); len(got) != 1 || got["tags_in_view"] != 4 {
		t.Errorf("before the rate is known: %v", got)
	}
	r.telemetry.read(60)
	r.telemetry.look(0, now.Add(2*rateOver))
	if got := values(); got["reads_per_second"] != 10 || got["tags_in_view"] != 0 {
		t.Errorf("100 reads in 10 s: %v", got)
	}
	r.telemetry.look(0, now.Add(3*rateOver))
	if got := values(); got["reads_per_second"] != 0 {
		t.Errorf("and none since: %v", got)
	}
}
