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

// bench is a chip whose time passes only by what the driver does: an edge of the clock
// takes a microsecond, and a wait what it should. So a busy machine changes nothing.
type bench struct {
	Pins
	at    time.Time
	stall map[int]time.Duration // how much longer an edge takes, by its number
	idle  map[int]time.Duration // how long it stands after an edge, while the data line is read
	edges int
}

func (b *bench) Data() (bool, error) {
	high, err := b.Pins.Data()
	b.at = b.at.Add(b.idle[b.edges])
	return high, err
}

func (b *bench) Clock(high bool) error {
	err := b.Pins.Clock(high)
	b.edges++
	b.at = b.at.Add(time.Microsecond + b.stall[b.edges])
	return err
}

// on starts a driver on a bench.
func on(t *testing.T, m *hx711sim.Model, pins Pins, input string) (*Chip, *bench) {
	t.Helper()
	b := &bench{Pins: pins, at: time.Unix(0, 0), stall: map[int]time.Duration{}}
	m.Now = func() time.Time { return b.at }
	c := &Chip{pins: b, pulses: inputs[input], period: time.Second / 80, now: m.Now, wait: func(ctx context.Context, d time.Duration) error {
		b.at = b.at.Add(d)
		return ctx.Err()
	}}
	if err := c.reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, b
}

// whole are numbers over the whole range, at its ends and in between.
var whole = []int32{
	0, 2, -2, 5, 703710, -703710, 0x2AAAAA, -0x2AAAAA, 0x555555, -0x555555, 1 << 22, -1 << 22,
	cells.MaxRaw - 1, cells.MinRaw + 1, cells.MaxRaw, cells.MinRaw,
}

// Each input, over the whole range and both signs, is read as it is, once it has settled.
func TestInputs(t *testing.T) {
	want := map[string]int32{"A128": 703710, "B32": -703710, "A64": 12}
	m := hx711sim.New(want["A128"], want["B32"], want["A64"], 0, 80)
	for input, want := range want {
		c, _ := on(t, m, m, input)
		for range 3 {
			if got := sample(t, c); got != want {
				t.Errorf("%s: %d, want %d", input, got, want)
			}
		}
	}
	c, _ := on(t, m, m, "A128")
	for _, v := range whole {
		m.Measure(v)
		if got := sample(t, c); got != v {
			t.Errorf("%d came as %d", v, got)
		}
	}
}

// Wherever in a number the machine stalls, with the clock high or low, and for how long:
// no number that was not measured is taken, and the next good one is right.
func TestStalls(t *testing.T) {
	for _, long := range []time.Duration{maxPulse, time.Millisecond, 7 * time.Millisecond, 30 * time.Millisecond} {
		m := hx711sim.New(0, 0, -123456, 0, 80)
		c, b := on(t, m, m, "A64")
		sample(t, c)
		for edge := range 2 * 27 {
			b.stall = map[int]time.Duration{b.edges + 1 + edge: long}
			for range 3 {
				if got := sample(t, c); got != -123456 {
					t.Fatalf("stalled for %v after edge %d: %d, which was never measured", long, edge, got)
				}
			}
		}
		if m.Down() < 27 {
			t.Errorf("it powered down %d times: less was tested than should be", m.Down())
		}
	}
	m := hx711sim.New(6, 0, 0, 0, 80)
	c, b := on(t, m, m, "A128")
	sample(t, c)
	b.stall = map[int]time.Duration{b.edges + 9: maxPulse - 3*time.Microsecond} // just short enough
	down := m.Down()
	if v, err := c.Sample(t.Context()); v != 6 || err != nil || m.Down() != down {
		t.Errorf("%d, %v, %d power-downs", v, err, m.Down()-down)
	}
	b.idle = map[int]time.Duration{b.edges + 10: 7 * time.Millisecond}
	var miss *cells.Miss
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, "a number took 7ms") {
		t.Errorf("a number that may have met the next: %v", err)
	}
}

// Lines that are stuck, and ones that are gone, are told apart.
func TestNotReady(t *testing.T) {
	m := hx711sim.New(5, 5, 5, 0, 80)
	c, _ := on(t, m, m, "A128")
	for level, says := range map[bool]string{true: "stays high", false: "stays low"} {
		m.Stick(&level)
		var miss *cells.Miss
		if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, says) {
			t.Errorf("stuck at %t: %v", level, err)
		}
	}
	m.Stick(nil)
	m.Measure(-1)
	var miss *cells.Miss
	for range settling {
		_, err := c.Sample(t.Context())
		if errors.As(err, &miss) && strings.Contains(miss.Why, "powers down in mid-number") {
			break
		}
		miss = nil
	}
	if miss == nil {
		t.Error("all ones are taken")
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
	m := hx711sim.New(5, 5, 5, 0, 80)
	c, b := on(t, m, m, "A128")
	before := m.Down()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	b.at = b.at.Add(maxPulse) // the clock stays high
	if _ = m.Clock(false); m.Down() != before+1 {
		t.Errorf("%d power-downs", m.Down()-before)
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
	r.Becomes(class.StateDegraded, "bay 1: its data line stays high")
	c[2].Stick(nil)
	c[2].Add(10_000)
	reach(1, 600*measure.Gram)
	c[4].Gone(true)
	r.Becomes(class.StateDegraded, "bay 2: ")
	c[4].Gone(false)
	c[4].Add(10_000)
	reach(2, 350*measure.Gram)
	r.Becomes(class.StateReady, "")
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
// pulses.
func FuzzShift(f *testing.F) {
	f.Add([]byte(strings.Repeat("\x00\x01", 25) + "\x01"))
	f.Add([]byte(strings.Repeat("\x3f\x00", 30)))
	f.Fuzz(func(t *testing.T, levels []byte) {
		l := &listed{levels: levels}
		c := &Chip{pins: l, pulses: 1, period: time.Second, now: func() time.Time { return l.at }}
		v, err := c.shift()
		if err != nil {
			return
		}
		if v > cells.MaxRaw || v < cells.MinRaw {
			t.Errorf("%d is taken", v)
		}
		for i := 0; i < min(len(levels), 50); i += 2 {
			if time.Duration(levels[i]&0x3F)*time.Microsecond >= maxPulse {
				t.Errorf("pulse %d took %d µs", i/2, levels[i]&0x3F)
			}
		}
	})
}
