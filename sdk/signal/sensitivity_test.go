package signal

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var printSensitivity = flag.Bool("sensitivity", false, "search and print how far each constant of a Bay can move")

// A knob is one constant: how to multiply it, and between which multiples of
// its default the recording stays perfect as recorded, negated and reversed.
// README.md has the same table.
type knob struct {
	name     string
	set      func(o *BayOptions, factor float64)
	low, top float64
}

func scale(d *time.Duration, f float64) { *d = time.Duration(f * float64(*d)) }

var knobs = []knob{
	{"Bin", func(o *BayOptions, f float64) { scale(&o.Bin, f) }, 0.62, 1.77},
	{"Hold", func(o *BayOptions, f float64) { scale(&o.Hold, f) }, 0.69, 1.46},
	{"Tolerance", func(o *BayOptions, f float64) { o.Tolerance *= f }, 0.68, 4.59},
	{"MinChange", func(o *BayOptions, f float64) { o.MinChange *= f }, 0.1, 9.8},
	{"Certainty", func(o *BayOptions, f float64) { o.Certainty *= f }, 0.1, 9.8},
	{"Departure", func(o *BayOptions, f float64) { o.Departure *= f }, 0.1, 4.59},
	{"Lag", func(o *BayOptions, f float64) { scale(&o.Lag, f) }, 0.1, 9.8},
	{"Memory", func(o *BayOptions, f float64) { scale(&o.Memory, f) }, 0.15, 9.8},
	{"Wander", func(o *BayOptions, f float64) { o.Wander *= f }, 0.1, 9.8},
	{"Restate", func(o *BayOptions, f float64) { o.Restate *= f }, 0.1, 9.8},
	{"Gap", func(o *BayOptions, f float64) { scale(&o.Gap, f) }, 0.1, 9.8},
	{"Stuck", func(o *BayOptions, f float64) { scale(&o.Stuck, f) }, 0.1, 1.33},
}

func (k knob) at(factor float64) *BayOptions {
	o := (*BayOptions)(nil).withDefaults()
	k.set(&o, factor)
	if k.name == "Hold" && o.Stuck >= o.Hold { // not what is asked here
		o.Stuck = o.Hold / 2
	}
	return &o
}

// fault says why the recording is no longer perfect, or nothing.
func fault(variants []*recording, o *BayOptions) string {
	if err := o.check(); err != nil {
		return "refused"
	}
	for _, v := range variants {
		if s := v.judge(o); !s.perfect() {
			switch {
			case s.lost > 0:
				return "a pick lost"
			case s.invented > 0:
				return "one invented"
			case s.early < -1:
				return "decided too early"
			case s.late > 1:
				return "decided too late"
			}
			return "mass off"
		}
	}
	return ""
}

// strained says what surrogates suffer, or nothing.
func strained(r *recording, o *BayOptions) string {
	var picks tally
	for i, mass := range []float64{20, 30, 50, 100, 400, 1500} {
		for _, step := range []float64{-mass, mass} {
			c := r.surrogates(o, 40, uint64(10+i), step, func(rnd *rand.Rand, at float64) load { return pick(rnd, step, at) })
			picks.n += c.n
			picks.exact += c.exact
			picks.invented += c.invented
			picks.covered += c.covered
			picks.found += c.found
		}
	}
	touches := r.surrogates(o, 200, 4, 0, touch)
	switch {
	case picks.exact*100 < picks.n*95:
		return "picks lost"
	case picks.invented*100 > picks.n*4:
		return "picks doubled"
	case picks.covered*100 < picks.found*95:
		return "Deviation too small"
	case touches.invented*100 > touches.n*8:
		return "touches reported"
	}
	return ""
}

func TestSensitivity(t *testing.T) {
	r := loadRecording(t)
	variants := []*recording{r, r.flipped(), r.backwards()}
	if *printSensitivity {
		search(t, variants)
		return
	}
	for _, k := range knobs {
		for _, f := range []float64{k.low, 1, k.top} {
			if why := fault(variants, k.at(f)); why != "" {
				t.Errorf("%s at %.2f times its default: %s; README.md says it may be there", k.name, f, why)
			}
		}
	}
}

// search prints, for each constant, the outermost multiple on a ladder that
// still passes, and what fails on the next rung.
func search(t *testing.T, variants []*recording) {
	const end = 10.0
	walk := func(k knob, rung float64, why func(o *BayOptions) string) string {
		last := 1.0
		for x := rung; x < end && x > 1/end; x *= rung {
			if w := why(k.at(x)); w != "" {
				return fmt.Sprintf("%.2f %s", last, w)
			}
			last = x
		}
		return fmt.Sprintf("%.2f -", last)
	}
	whole := func(o *BayOptions) string { return fault(variants, o) }
	counted := func(o *BayOptions) string {
		if w := fault(variants, o); w == "a pick lost" || w == "one invented" || w == "refused" {
			return w
		}
		return ""
	}
	surrogate := func(o *BayOptions) string {
		if o.check() != nil {
			return "refused"
		}
		return strained(variants[0], o)
	}
	if w := surrogate(knobs[0].at(1)); w != "" {
		t.Errorf("surrogates at the defaults: %s", w)
	}
	var b strings.Builder
	for _, k := range knobs {
		fmt.Fprintf(&b, "| %s |", k.name)
		for _, c := range []struct {
			rung float64
			why  func(o *BayOptions) string
		}{{1.1, counted}, {1.1, whole}, {1.25, surrogate}} {
			fmt.Fprintf(&b, " %s .. %s |", walk(k, 1/c.rung, c.why), walk(k, c.rung, c.why))
		}
		b.WriteString("\n")
	}
	t.Logf("multiples of the default, and what fails beyond:\n| constant | found, none invented | in time and mass as well | surrogates |\n|---|---|---|---|\n%s", b.String())
}
