package signal

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// A feed gives a bay samples at 60 Hz with 1 g of white noise.
type feed struct {
	b    *Bay
	now  time.Time
	rnd  *rand.Rand
	reps []Report
}

func newFeed(t *testing.T, o *BayOptions) *feed {
	t.Helper()
	b, err := NewBay(o)
	if err != nil {
		t.Fatal(err)
	}
	return &feed{b: b, now: epoch, rnd: rand.New(rand.NewPCG(1, 2))}
}

func (f *feed) sample(at time.Time, g float64) {
	if r, ok := f.b.Sample(at, g); ok {
		f.reps = append(f.reps, r)
	}
}

// hold feeds a load for the given seconds.
func (f *feed) hold(seconds, g float64) {
	for range int(seconds * 60) {
		f.now = f.now.Add(time.Second / 60)
		f.sample(f.now, g+f.rnd.NormFloat64())
	}
}

func (f *feed) kinds() string {
	var s []string
	for _, r := range f.reps {
		s = append(s, r.Kind.String())
	}
	return strings.Join(s, " ")
}

func (f *feed) expect(t *testing.T, kinds string) {
	t.Helper()
	if f.kinds() != kinds {
		t.Fatalf("reports %q, want %q: %v", f.kinds(), kinds, f.reps)
	}
}

func TestBayReportsLevels(t *testing.T) {
	f := newFeed(t, nil)
	if f.b.State() != Starting {
		t.Errorf("state %v before the first level", f.b.State())
	}
	if _, ok := f.b.Level(); ok {
		t.Error("a level before the first")
	}
	f.hold(5, 2000)
	f.expect(t, "opened")
	if f.b.State() != Steady {
		t.Errorf("state %v of a steady load", f.b.State())
	}
	took := f.now
	f.hold(0.5, 1500)
	if f.b.State() != Disturbed {
		t.Errorf("state %v half a second after a take", f.b.State())
	}
	f.hold(4, 1500)
	f.expect(t, "opened changed")
	r := f.reps[1]
	if math.Abs(grams(r.Change)+500) > 2 || r.Change != r.Mass-r.Before {
		t.Errorf("change %v, mass %v, before %v", r.Change, r.Mass, r.Before)
	}
	if r.Deviation < measure.Gram || r.Deviation > 5*measure.Gram {
		t.Errorf("deviation %v", r.Deviation)
	}
	if d := r.Onset.Sub(took); d < -200*time.Millisecond || d > 200*time.Millisecond {
		t.Errorf("onset %v after the take", d)
	}
	if r.Still.Before(r.Onset) || !r.Settled.After(r.Still) {
		t.Errorf("onset %v, still %v, settled %v", r.Onset, r.Still, r.Settled)
	}
	f.hold(4, 2000)
	f.expect(t, "opened changed changed")
	if c := f.reps[2].Change; math.Abs(grams(c)-500) > 2 {
		t.Errorf("put-back of %v", c)
	}
	if m, ok := f.b.Level(); !ok || math.Abs(grams(m)-2000) > 1 {
		t.Errorf("level %v, %v", m, ok)
	}
}

func TestBayLeastChange(t *testing.T) {
	for _, c := range []struct {
		change float64
		kinds  string
	}{
		{8, "opened restated"}, // adopted, and told as creep
		{-8, "opened restated"},
		{3, "opened"},
		{13, "opened changed"},
		{-13, "opened changed"},
	} {
		f := newFeed(t, nil)
		f.hold(10, 1000)
		f.hold(30, 1000+c.change)
		if f.expect(t, c.kinds); f.b.State() != Steady {
			t.Errorf("%v g: %v half a minute later", c.change, f.b.State())
		}
	}
}

func TestBayFollowsCreep(t *testing.T) {
	f := newFeed(t, nil)
	f.hold(5, 1000)
	for s := range 3600 { // an hour of 2 g in 12 minutes
		f.hold(1, 1000+2*float64(s)/720)
	}
	for _, r := range f.reps[1:] {
		if r.Kind != Restated || r.Change != 0 || r.Deviation < 5*measure.Gram {
			t.Errorf("creep gave %+v", r)
		}
	}
	if len(f.reps) != 2 {
		t.Errorf("%d reports of 10 g of creep, want the first and one restated", len(f.reps))
	}
	f.hold(5, 1010-100)
	if r := f.reps[len(f.reps)-1]; r.Kind != Changed || math.Abs(grams(r.Change)+100) > 2 {
		t.Errorf("a take of 100 g after an hour of creep: %+v", r)
	}
}

func TestBayIgnoresBadSamples(t *testing.T) {
	f := newFeed(t, &BayOptions{Floor: -100, Ceiling: 10000})
	for i := range 600 {
		f.hold(1.0/60, 1000)
		switch i % 4 {
		case 0:
			f.sample(f.now.Add(time.Millisecond), math.NaN())
		case 1:
			f.sample(f.now.Add(time.Millisecond), math.Inf(1))
		case 2:
			f.sample(f.now, 5000) // not later
		case 3:
			f.sample(f.now.Add(time.Millisecond), 10001)
		}
	}
	f.expect(t, "opened")
	if f.b.Fault() != NoFault {
		t.Errorf("fault %v from single bad samples", f.b.Fault())
	}
	want := Counts{Samples: 1200, Invalid: 300, Backwards: 150, OutOfRange: 150}
	if f.b.Counts() != want {
		t.Errorf("counts %+v, want %+v", f.b.Counts(), want)
	}
}

func TestBayFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  float64
		want Fault
	}{
		{"not a number", math.NaN(), Invalid},
		{"infinite", math.Inf(-1), Invalid},
		{"over the ceiling", 20000, Saturated},
		{"under the floor", -101, Saturated},
		{"dead at full scale", 9999, Stuck},
		{"dead at the level", 1000, Stuck},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t, &BayOptions{Floor: -100, Ceiling: 10000})
			f.hold(5, 1000)
			before := f.now
			for range 10 * 60 {
				f.now = f.now.Add(time.Second / 60)
				f.sample(f.now, c.bad)
			}
			if f.b.Fault() != c.want || f.b.State() != Faulted {
				t.Errorf("fault %v, state %v", f.b.Fault(), f.b.State())
			}
			f.expect(t, "opened")
			f.hold(5, 800)
			f.expect(t, "opened changed")
			r := f.reps[1]
			if f.b.Fault() != NoFault || math.Abs(grams(r.Change)+200) > 2 {
				t.Errorf("afterwards fault %v, report %+v", f.b.Fault(), r)
			}
			if r.Onset.After(before.Add(200 * time.Millisecond)) {
				t.Errorf("onset %v after the last good sample: what was taken meanwhile happened meanwhile", r.Onset.Sub(before))
			}
		})
	}
}

func TestBayBridgesSilence(t *testing.T) {
	for _, c := range []struct {
		silence time.Duration
		gaps    int64
	}{{490 * time.Millisecond, 0}, {500 * time.Millisecond, 0}, {501 * time.Millisecond, 1}, {time.Hour, 1}} {
		f := newFeed(t, nil)
		f.hold(5, 1000)
		last := f.now
		f.now = f.now.Add(c.silence - time.Second/60)
		f.hold(5, 700)
		f.expect(t, "opened changed")
		if f.b.Counts().Gaps != c.gaps {
			t.Errorf("%v: %d gaps, want %d", c.silence, f.b.Counts().Gaps, c.gaps)
		}
		if r := f.reps[1]; r.Onset.After(last.Add(250*time.Millisecond)) && c.gaps > 0 {
			t.Errorf("%v: onset %v after the last sample", c.silence, r.Onset.Sub(last))
		}
	}
}

func TestBayOutlivesClockSteps(t *testing.T) {
	for _, step := range []time.Duration{-time.Hour, 24 * time.Hour} {
		f := newFeed(t, nil)
		f.hold(5, 1000)
		f.now = f.now.Add(step)
		f.hold(5, 700)
		f.now = f.now.Add(-step)
		f.hold(5, 400)
		f.expect(t, "opened changed changed")
		if f.b.Counts().ClockSteps != 1 {
			t.Errorf("%v: %+v", step, f.b.Counts())
		}
	}
}

func TestBayOptionsAreChecked(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		opt  BayOptions
		want string // in the error; empty for none
	}{
		{BayOptions{}, ""},
		{BayOptions{Bin: -1}, "Bin"},
		{BayOptions{MinChange: math.NaN()}, "MinChange"},
		{BayOptions{Wander: math.Inf(1)}, "Wander"},
		{BayOptions{Bin: s, Hold: 3 * s, Memory: 9 * s}, "Hold"},
		{BayOptions{Bin: s, Hold: 4 * s}, ""},
		{BayOptions{Bin: s / 10, Hold: 64 * s / 10}, ""},
		{BayOptions{Bin: s / 10, Hold: 65 * s / 10}, "Hold"},
		{BayOptions{Bin: s / 10, Lag: 63 * s / 10}, ""},
		{BayOptions{Bin: s / 10, Lag: 64 * s / 10}, "Lag"},
		{BayOptions{Memory: s}, "Memory"},
		{BayOptions{Stuck: 1400 * time.Millisecond}, "Stuck"},
		{BayOptions{Stuck: -1}, ""},
		{BayOptions{Floor: 5, Ceiling: 5}, "Floor"},
	} {
		b, err := NewBay(&c.opt)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.opt, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v, want one that names %s", c.opt, err, c.want)
		case err == nil: // the windows hold at their edge
			for i := range 2000 {
				b.Sample(epoch.Add(time.Duration(i)*s/20), float64(i%3))
			}
		}
	}
}

// An indicator that shows whole grams repeats itself; it needs Stuck off.
func TestBayOfCoarseDigits(t *testing.T) {
	f := newFeed(t, &BayOptions{Stuck: -1})
	for i := range 600 {
		g := 1000.0
		if i >= 300 {
			g = 750
		}
		f.sample(epoch.Add(time.Duration(i)*time.Second/60), g)
	}
	f.expect(t, "opened changed")
	if f.reps[1].Change != -250*measure.Gram {
		t.Errorf("change %v", f.reps[1].Change)
	}
}

func TestBayKeepsNoGarbage(t *testing.T) {
	b := newBay(nil)
	at, i := epoch, 0
	n := testing.AllocsPerRun(5000, func() {
		at, i = at.Add(time.Second/60), i+1
		b.Sample(at, 1000+float64(i%7)+400*float64(i/600%2))
	})
	if n != 0 {
		t.Errorf("%v allocations a sample", n)
	}
}

func TestBaySurvivesGarbage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	values := []float64{0, 1, -1, 1e3, 1e300, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}
	b := newBay(&BayOptions{Floor: -1e6, Ceiling: 1e6})
	at := epoch
	for range 200_000 {
		at = at.Add(time.Duration(rnd.Int64N(int64(60*time.Millisecond)) - int64(5*time.Millisecond)))
		r, ok := b.Sample(at, values[rnd.IntN(len(values))]+rnd.NormFloat64())
		if ok && (r.Deviation <= 0 || r.Settled.Before(r.Onset) || r.Mass.Abs() > 1e6*measure.Gram) {
			t.Fatalf("impossible report %+v", r)
		}
	}
}
