package signal

import (
	"math"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// shown is what an indicator shows for a while, ten times a second.
type shown struct {
	grams  float64
	moving bool
	lasts  time.Duration
}

func indicate(t *testing.T, o *IndicatorOptions, list ...shown) []Report {
	t.Helper()
	i, err := NewIndicator(o)
	if err != nil {
		t.Fatal(err)
	}
	var out []Report
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, s := range list {
		for end := at.Add(s.lasts); at.Before(end); at = at.Add(100 * time.Millisecond) {
			if r, ok := i.Read(at, Reading{Grams: s.grams, Moving: s.moving}); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

func TestIndicator(t *testing.T) {
	const s = time.Second
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		list []shown
		want []Report
	}{
		"a load that stands":     {[]shown{{500, false, 10 * s}}, []Report{{Kind: Opened, Mass: 500_000}}},
		"never at rest":          {[]shown{{500, true, 10 * s}}, nil},
		"one is taken":           {[]shown{{500, false, 5 * s}, {0, true, s}, {155, false, 5 * s}}, []Report{{Kind: Opened, Mass: 500_000}, {Kind: Changed, Mass: 155_000, Change: -345_000}}},
		"one digit up and down":  {[]shown{{500, false, 2 * s}, {501, false, 2 * s}, {500, false, 2 * s}, {499, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}}},
		"a hand too short":       {[]shown{{500, false, 2 * s}, {900, false, 700 * time.Millisecond}, {500, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}}},
		"moving, and back":       {[]shown{{500, false, 2 * s}, {0, true, 3 * s}, {500, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}}},
		"creep adds up to none":  {[]shown{{500, false, 2 * s}, {501, false, 2 * s}, {502, false, 2 * s}, {503, false, 2 * s}, {504, false, 2 * s}, {505, false, 2 * s}, {506, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}, {Kind: Restated, Mass: 503_000}, {Kind: Restated, Mass: 506_000}}},
		"two picks, one after":   {[]shown{{500, false, 2 * s}, {400, false, s}, {300, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}, {Kind: Changed, Mass: 400_000, Change: -100_000}, {Kind: Changed, Mass: 300_000, Change: -100_000}}},
		"no number is no weight": {[]shown{{500, false, 2 * s}, {math.NaN(), false, s}, {500, false, 2 * s}}, []Report{{Kind: Opened, Mass: 500_000}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := indicate(t, nil, c.list...)
			if len(got) != len(c.want) {
				t.Fatalf("got %+v", got)
			}
			for i, r := range got {
				w := c.want[i]
				if r.Kind != w.Kind || (r.Mass-w.Mass).Abs() > measure.Gram/2 || (r.Change-w.Change).Abs() > measure.Gram/2 {
					t.Errorf("report %d: %v %v %v, want %v %v %v", i, r.Kind, r.Mass, r.Change, w.Kind, w.Mass, w.Change)
				}
				if r.Onset.After(r.Still) || r.Still.After(r.Settled) || r.Deviation <= 0 || r.Onset.Before(start) {
					t.Errorf("report %d: onset %v, still %v, settled %v, ± %v", i, r.Onset, r.Still, r.Settled, r.Deviation)
				}
			}
		})
	}
}

// What happened lies within onset and still, however long the load was moving.
func TestIndicatorOnset(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	got := indicate(t, nil, shown{500, false, 2 * time.Second}, shown{0, true, 4 * time.Second}, shown{100, false, 2 * time.Second})
	r := got[len(got)-1]
	if onset, still := r.Onset.Sub(start), r.Still.Sub(start); onset > 2*time.Second || onset < 1800*time.Millisecond || still != 6*time.Second {
		t.Errorf("onset %v, still %v", onset, still)
	}
	if late := r.Settled.Sub(r.Still); late > time.Second {
		t.Errorf("decided %v after it stood still", late)
	}
}

func TestIndicatorForgets(t *testing.T) {
	i, _ := NewIndicator(nil)
	at := time.Unix(0, 0)
	read := func(grams float64) (last Report) {
		for range 20 {
			at = at.Add(100 * time.Millisecond)
			if r, ok := i.Read(at, Reading{Grams: grams}); ok {
				last = r
			}
		}
		return last
	}
	read(500)
	i.Forget()
	if r := read(0); r.Kind != Opened || r.Change != 0 {
		t.Errorf("after a tare: %+v", r)
	}
	if m, ok := i.Level(); !ok || m != 0 {
		t.Errorf("level %v, %v", m, ok)
	}
}

func TestIndicatorRefuses(t *testing.T) {
	for _, o := range []IndicatorOptions{{Division: -1}, {Hold: -1}, {MinChange: math.NaN()}, {Division: 5, MinChange: 5}, {Gap: -1}, {Restate: math.Inf(1)}} {
		if _, err := NewIndicator(&o); err == nil {
			t.Errorf("%+v is possible", o)
		}
	}
}
