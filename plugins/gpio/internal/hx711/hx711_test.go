package hx711

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/plugins/gpio/internal/hx711/hx711sim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample gives the next sample that is of use.
func sample(t *testing.T, c *Chip) int32 {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		v, err := c.Sample(t.Context())
		var miss *cells.Miss
		switch {
		case err == nil:
			return v
		case !errors.As(err, &miss):
			t.Fatal(err)
		}
	}
	t.Fatal("no sample is of use")
	return 0
}

// Each input, over the whole range and both signs, is read as it is, once it has settled.
func TestInputs(t *testing.T) {
	t.Parallel()
	want := map[string]int32{"A128": 703710, "B32": -703710, "A64": 12}
	m := hx711sim.New(want["A128"], want["B32"], want["A64"], 0, 80)
	for input, want := range want {
		c, err := Start(t.Context(), m, input, 80)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := sample(t, c); got != want {
				t.Errorf("%s: %d, want %d", input, got, want)
			}
		}
	}
	c, err := Start(t.Context(), m, "A128", 80)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []int32{cells.MaxRaw, cells.MinRaw, 0, -2, 5, 1 << 22, -1 << 22, 0x2AAAAA, -0x2AAAAA} {
		m.Measure(v)
		sample(t, c) // one may be there from before
		if got := sample(t, c); got != v {
			t.Errorf("%d came as %d", v, got)
		}
	}
}

// slow pins hold the clock high too long in some of the pulses.
type slow struct {
	*hx711sim.Model
	pulses, every int
}

func (s *slow) Clock(high bool) error {
	err := s.Model.Clock(high)
	if high {
		if s.pulses++; s.pulses%s.every == 0 {
			for begun := time.Now(); time.Since(begun) < 2*maxPulse; { // busy, as a machine is
			}
		}
	}
	return err
}

// A chip that powered itself down in mid-number is read again when it has settled, and
// no number that it gave meanwhile is taken.
func TestSlowPulses(t *testing.T) {
	t.Parallel()
	m := hx711sim.New(0, -123456, 0, 0, 80)
	c, err := Start(t.Context(), &slow{Model: m, every: 26*9 + 7}, "B32", 80)
	if err != nil {
		t.Fatal(err)
	}
	before := m.Down()
	for range 12 {
		if got := sample(t, c); got != -123456 {
			t.Errorf("%d, which was never measured", got)
		}
	}
	if m.Down() == before {
		t.Error("it never powered down: nothing was tested")
	}
}

// Lines that are stuck, and ones that are gone, are told apart.
func TestNotReady(t *testing.T) {
	t.Parallel()
	m := hx711sim.New(5, 5, 5, 0, 80)
	c, err := Start(t.Context(), m, "A128", 80)
	if err != nil {
		t.Fatal(err)
	}
	c.skip = 0
	for level, says := range map[bool]string{true: "stays high", false: "stays low"} {
		m.Stick(&level)
		// A loaded machine may hold the clock too long, which is told first.
		for {
			_, err := c.Sample(t.Context())
			var miss *cells.Miss
			if !errors.As(err, &miss) {
				t.Fatal(err)
			}
			if c.skip = 0; strings.Contains(miss.Why, says) {
				break
			}
		}
	}
	m.Gone(true)
	if _, err := c.Sample(t.Context()); !errors.Is(err, hx711sim.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	if _, err := Start(t.Context(), m, "A128", 80); !errors.Is(err, hx711sim.ErrGone) {
		t.Errorf("gone at the start: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Sample(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Closing powers the chip down.
func TestPowersDown(t *testing.T) {
	t.Parallel()
	m := hx711sim.New(5, 5, 5, 0, 80)
	c, err := Start(t.Context(), m, "A128", 80)
	if err != nil {
		t.Fatal(err)
	}
	before := m.Down()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * maxPulse) // the clock stays high
	if _, err := Start(t.Context(), m, "A128", 80); err != nil || m.Down() != before+1 {
		t.Errorf("%d power-downs, %v", m.Down()-before, err)
	}
}

func TestDoubtful(t *testing.T) {
	for v, want := range map[int32]bool{
		-1: true, 1: true, 3: true, 0xFFFF: true, 0x3FFFFF: true,
		0: false, -2: false, 2: false, 0xFFFE: false, cells.MaxRaw: false, cells.MinRaw: false,
	} {
		if doubtful(v) != want {
			t.Errorf("%d: %v", v, !want)
		}
	}
}

// chips are the chips of a shelf, by the number of their data line.
type chips map[int]*hx711sim.Model

func (c chips) plugin() sdk.Plugin {
	return sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{shelf.Driver("hx711", Driver(func(b Bay) (Pins, error) {
		if m, ok := c[b.Data]; ok {
			return m, nil
		}
		return nil, fault.At("data", fault.New(fault.Invalid, "no such line"))
	}))}}
}

func subject(t testing.TB, c chips, change map[string]any) classtest.Subject {
	all := map[string]any{
		"hold": 200 * time.Millisecond,
		"bay": []map[string]any{
			{"chip": "/dev/gpiochip0", "clock": 1, "data": 2, "grams": 0.01, "rate": 80},
			{"chip": "/dev/gpiochip0", "clock": 3, "data": 4, "grams": 0.01, "zero": -5000, "rate": 80, "input": "A64"},
		},
	}
	for k, v := range change {
		all[k] = v
	}
	j, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return classtest.Subject{
		Driver: "hx711", Address: "weight_shelf.wall", Config: string(j), Patience: time.Minute,
		Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, c.plugin()) },
	}
}

func two() chips {
	return chips{2: hx711sim.New(50_000, 0, 0, 20, 80), 4: hx711sim.New(0, 0, 20_000, 20, 80)}
}

func TestConforms(t *testing.T) {
	t.Parallel()
	c := two()
	shelftest.Run(t, shelftest.Harness{
		Subject: subject(t, c, map[string]any{"tare": t.TempDir()}), Bays: 2, Item: 345 * measure.Gram, Tolerance: 2 * measure.Gram,
		Put: func(_ testing.TB, bay int, change measure.Mass) { c[2*bay].Add(int32(change / (measure.Gram / 100))) },
	})
}

// A bay whose chip says nothing is told while the other weighs; back again, it says what
// changed meanwhile.
func TestOutAndBack(t *testing.T) {
	t.Parallel()
	c := two()
	r := subject(t, c, nil).Open(t)
	at := map[int]measure.Mass{}
	reach := func(bay int, want measure.Mass) {
		t.Helper()
		for (at[bay] - want).Abs() > 2*measure.Gram {
			w := r.Next().Evidence.(observe.Weight)
			at[w.Bay] = w.Mass
		}
	}
	reach(1, 500*measure.Gram)
	reach(2, 250*measure.Gram)
	high := true
	c[2].Stick(&high)
	stateIs(t, r, class.StateDegraded, "bay 1: its data line stays high")
	c[2].Stick(nil)
	c[2].Add(10_000)
	reach(1, 600*measure.Gram)
	c[4].Gone(true)
	stateIs(t, r, class.StateDegraded, "bay 2: ")
	c[4].Gone(false)
	c[4].Add(10_000)
	reach(2, 350*measure.Gram)
	stateIs(t, r, class.StateReady, "")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	bay := map[string]any{"chip": "/dev/gpiochip0", "clock": 1, "data": 2, "grams": 1}
	with := func(k string, v any) map[string]any {
		b := map[string]any{k: v}
		for k, v := range bay {
			if _, ok := b[k]; !ok {
				b[k] = v
			}
		}
		return b
	}
	for name, c := range map[string]struct {
		bays       []map[string]any
		path, says string
	}{
		"one line twice": {[]map[string]any{with("data", 1)}, "bay[0].data", "line 1 of /dev/gpiochip0 has another use"},
		"shared clock":   {[]map[string]any{bay, with("data", 3)}, "bay[1].clock", "has another use"},
		"rate":           {[]map[string]any{with("rate", 20)}, "bay[0].rate", "10 and 80"},
		"no line":        {[]map[string]any{with("data", 9)}, "bay[0].data", "no such line"},
	} {
		_, err := two().plugin().Drivers[0].Open(t.Context(), sdk.Env{}, []byte(subject(t, two(), map[string]any{"bay": c.bays}).Config))
		if fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v at %q", name, err, fault.PathOf(err))
		}
	}
}

// stateIs waits until the device is in a state, for a reason.
func stateIs(t *testing.T, r *classtest.Rig, state class.State, cause string) {
	t.Helper()
	var last any
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		all, err := r.Plugin.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last = all
		for _, h := range all {
			if h.State == state && strings.Contains(h.Cause, cause) {
				return
			}
		}
	}
	t.Fatalf("it does not say %v, %q: %+v", state, cause, last)
}

// bits are pins whose data line shows a list of levels, at a clock of its own.
type listed struct {
	levels []byte
	n      int
	at     time.Time
}

func (l *listed) next() byte {
	if l.n == len(l.levels) {
		return 0xFF
	}
	l.n++
	return l.levels[l.n-1]
}

func (l *listed) Clock(high bool) error {
	if !high {
		l.at = l.at.Add(time.Duration(l.next()&0x3F) * time.Microsecond)
	}
	return nil
}
func (l *listed) Data() (bool, error) { return l.next()&1 == 1, nil }
func (l *listed) Close() error        { return nil }

// FuzzShift clocks anything out, at any speed. What is taken has 24 bits, came with short
// pulses, and is not a number that a lost clock gives.
func FuzzShift(f *testing.F) {
	f.Add([]byte(strings.Repeat("\x00\x01", 25) + "\x01"))
	f.Add([]byte(strings.Repeat("\x3f\x00", 30)))
	f.Fuzz(func(t *testing.T, levels []byte) {
		l := &listed{levels: levels}
		c := &Chip{pins: l, pulses: 1, period: time.Millisecond, now: func() time.Time { return l.at }}
		v, err := c.shift()
		if err != nil {
			return
		}
		if v > cells.MaxRaw || v < cells.MinRaw || doubtful(v) {
			t.Errorf("%d is taken", v)
		}
		for i := 0; i < min(len(levels), 50); i += 2 {
			if time.Duration(levels[i]&0x3F)*time.Microsecond >= maxPulse {
				t.Errorf("pulse %d took %d µs", i/2, levels[i]&0x3F)
			}
		}
	})
}
