package nau7802_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2csim"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802/nau7802sim"
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

var usual = nau7802.Options{Gain: 128, Rate: 80, Channel: 1, Supply: "3.0V"}

// The start-up as data sheet and section 9.1 have it, byte by byte.
func TestStartsAsTheDataSheetSays(t *testing.T) {
	t.Parallel()
	w := func(b ...byte) i2ctest.IO { return i2ctest.IO{Addr: 0x2A, W: b} }
	r := func(reg byte, b ...byte) i2ctest.IO { return i2ctest.IO{Addr: 0x2A, W: []byte{reg}, R: b} }
	bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		w(0x00, 0x01), w(0x00, 0x02), r(0x00, 0x02), r(0x00, 0x0A), // reset, digital power, not ready, ready
		r(0x1F, 0x0F),
		w(0x00, 0x86), w(0x01, 0x2F), w(0x02, 0x30), w(0x15, 0x30), w(0x1C, 0x80), // regulator 3.0 V, gain 128, 80/s
		r(0x01, 0x2F), r(0x02, 0x30),
		w(0x02, 0x34), r(0x02, 0x34), r(0x02, 0x30), r(0x02, 0x30), // calibrates, done, no error
		w(0x00, 0x96), // cycle start
		// Four conversions settle, and the fifth counts.
		r(0x00, 0xBE), r(0x12, 1, 2, 3), r(0x00, 0xBE), r(0x12, 1, 2, 3), r(0x00, 0x9E), r(0x00, 0xBE), r(0x12, 1, 2, 3),
		r(0x00, 0xBE), r(0x12, 1, 2, 3), r(0x00, 0xBE), r(0x12, 0xFF, 0xFF, 0xFE),
	}}
	c, err := nau7802.Start(t.Context(), bus, usual)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Sample(t.Context()); v != -2 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// Results are numbers of 24 bits in two's complement.
func TestResult(t *testing.T) {
	for want, r := range map[int32][3]byte{
		0: {}, 1: {0, 0, 1}, -1: {255, 255, 255}, cells.MaxRaw: {0x7F, 255, 255}, cells.MinRaw: {0x80, 0, 0}, 703710: {0x0A, 0xBC, 0xDE},
	} {
		if got := nau7802.Result(r); got != want {
			t.Errorf("%x is %d, want %d", r, got, want)
		}
	}
}

// Each setting reaches its bits.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o                         nau7802.Options
		power, control1, control2 byte
	}{
		{nau7802.Options{Gain: 1, Rate: 10, Channel: 1, Supply: "external"}, 0x1E, 0x00, 0x00},
		{nau7802.Options{Gain: 64, Rate: 320, Channel: 2, Supply: "2.4V"}, 0x9E, 0x3E, 0xF0},
		{nau7802.Options{Gain: 128, Rate: 20, Channel: 1, Supply: "4.5V"}, 0x9E, 0x07, 0x10},
	} {
		m := nau7802sim.New(5, 0)
		chip, err := nau7802.Start(t.Context(), m, c.o)
		if err != nil {
			t.Fatal(err)
		}
		for reg, want := range []byte{c.power, c.control1, c.control2} {
			got := m.Register(byte(reg))
			if reg == 0 {
				got &^= 0x20 // whether a conversion is there just now
			}
			if got != want {
				t.Errorf("%+v: register %d holds %#02x, want %#02x", c.o, reg, got, want)
			}
		}
		if v, err := chip.Sample(t.Context()); v != 5 || err != nil {
			t.Errorf("%+v: %d, %v", c.o, v, err)
		}
		if err := chip.Stop(); err != nil || m.Register(0) != 0 {
			t.Errorf("stopped: %v, %#02x", err, m.Register(0))
		}
	}
}

// What can be wrong at the start is told apart.
func TestStartFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(*nau7802sim.Model)
		says   string
	}{
		"absent":      {func(m *nau7802sim.Model) { m.Absent(true) }, "no NAU7802 answers at 0x2a"},
		"other chip":  {func(m *nau7802sim.Model) { m.Revision(0) }, "is no NAU7802"},
		"calibration": {func(m *nau7802sim.Model) { m.CalibrationFails() }, "it failed: is the cell's supply"},
	} {
		m := nau7802sim.New(0, 0)
		c.breaks(m)
		if _, err := nau7802.Start(t.Context(), m, usual); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := nau7802.Start(t.Context(), deaf{}, usual); err == nil || !strings.Contains(err.Error(), "not done within") {
		t.Errorf("a chip whose power never is ready: %v", err)
	}
}

// deaf is a bus whose lines are stuck low: all is acknowledged, and zero.
type deaf struct{}

func (deaf) Tx(uint16, []byte, []byte) error { return nil }

// A restart, a disturbance and a chip that converts no more are told apart.
func TestSampleFails(t *testing.T) {
	t.Parallel()
	m := nau7802sim.New(7, 0)
	c, err := nau7802.Start(t.Context(), m, usual)
	if err != nil {
		t.Fatal(err)
	}
	m.Fail(1)
	if _, err := c.Sample(t.Context()); !errors.Is(err, i2csim.ErrDisturbed) {
		t.Errorf("disturbed: %v", err)
	}
	if v, err := c.Sample(t.Context()); v != 7 || err != nil {
		t.Errorf("after a disturbance: %d, %v", v, err)
	}
	m.Dead(true)
	var miss *cells.Miss
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) {
		t.Errorf("dead: %v", err)
	}
	m.Restart()
	if _, err := c.Sample(t.Context()); !errors.Is(err, cells.ErrRestarted) {
		t.Errorf("restarted: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := nau7802.Start(t.Context(), m, usual); err != nil {
		t.Error(err)
	} else if _, err := c.Sample(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// buses are I2C buses with a chip each.
type buses struct {
	mu    sync.Mutex
	chips map[string]*nau7802sim.Model
}

type opened struct{ *nau7802sim.Model }

func (opened) Close() error { return nil }

func (b *buses) open(path string) (i2cdev.Bus, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m, ok := b.chips[path]; ok {
		return opened{m}, nil
	}
	return nil, errors.New("no such bus")
}

func (b *buses) plugin() sdk.Plugin {
	return sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{shelf.Driver("nau7802", nau7802.Driver(b.open))}}
}

const grams = 0.01

func subject(t testing.TB, b *buses, change map[string]any) classtest.Subject {
	c := map[string]any{
		"hold": 140 * time.Millisecond,
		"bay":  []map[string]any{{"bus": "/dev/i2c-1", "grams": grams, "zero": 1000, "rate": 320}, {"bus": "/dev/i2c-2", "grams": -grams, "rate": 320}},
	}
	for k, v := range change {
		c[k] = v
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return classtest.Subject{
		Driver: "nau7802", Address: "weight_shelf.wall", Config: string(j), Patience: time.Minute,
		Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, b.plugin()) },
	}
}

func two() (*buses, [2]*nau7802sim.Model) {
	m := [2]*nau7802sim.Model{nau7802sim.New(1000+50_000, 20), nau7802sim.New(-20_000, 20)}
	return &buses{chips: map[string]*nau7802sim.Model{"/dev/i2c-1": m[0], "/dev/i2c-2": m[1]}}, m
}

func TestConforms(t *testing.T) {
	t.Parallel()
	b, chips := two()
	shelftest.Run(t, shelftest.Harness{
		Subject: subject(t, b, map[string]any{"tare": t.TempDir()}), Bays: 2, Item: 345 * measure.Gram, Tolerance: 2 * measure.Gram,
		Put: func(_ testing.TB, bay int, change measure.Mass) {
			steps := int32(change / (measure.Gram / 100))
			if bay == 2 {
				steps = -steps // its cell is connected the other way round
			}
			chips[bay-1].Add(steps)
		},
	})
}

// A shelf without a folder for its tare can't be tared.
func TestNoTare(t *testing.T) {
	t.Parallel()
	b, _ := two()
	r := subject(t, b, nil).Open(t)
	if r.Has(shelf.AbilityTare) {
		t.Error("it can be tared")
	}
	levels := map[int]measure.Mass{}
	for len(levels) < 2 {
		w := r.Next().Evidence.(observe.Weight)
		levels[w.Bay] = w.Mass
	}
	if d := levels[1] - 500*measure.Gram; d.Abs() > measure.Gram {
		t.Errorf("bay 1 weighs %v", levels[1])
	}
	if d := levels[2] - 200*measure.Gram; d.Abs() > measure.Gram {
		t.Errorf("bay 2 weighs %v", levels[2])
	}
}

// A chip that goes away costs its bay, which is told; back again, it says what changed
// meanwhile. When all are gone the device is.
func TestOutAndBack(t *testing.T) {
	t.Parallel()
	b, chips := two()
	r := subject(t, b, nil).Open(t)
	at := map[int]measure.Mass{}
	reach := func(bay int, want measure.Mass) {
		t.Helper()
		for (at[bay] - want).Abs() > 2*measure.Gram {
			w := r.Next().Evidence.(observe.Weight)
			at[w.Bay] = w.Mass
		}
	}
	reach(1, 500*measure.Gram)
	reach(2, 200*measure.Gram)
	chips[0].Absent(true)
	r.Becomes(class.StateDegraded, "bay 1: ")
	chips[0].Add(-10_000)
	chips[0].Absent(false)
	reach(1, 400*measure.Gram)
	r.Becomes(class.StateReady, "")
	chips[1].Restart() // in mid-conversation
	chips[1].Add(-10_000)
	reach(2, 300*measure.Gram)
	if n := chips[1].Starts(); n < 2 {
		t.Errorf("it was started %d times", n)
	}
	chips[0].Absent(true)
	chips[1].Absent(true)
	if l := r.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable {
		t.Errorf("%v", l.Err)
	}
	chips[0].Absent(false)
	chips[1].Absent(false)
	r.Reopen()
	at = map[int]measure.Mass{}
	reach(1, 400*measure.Gram)
	reach(2, 300*measure.Gram)
}

// A cell beyond its range, and one whose numbers do not move, weigh nothing, and say so.
func TestCellTrouble(t *testing.T) {
	t.Parallel()
	b, chips := two()
	r := subject(t, b, nil).Open(t)
	r.Next()
	r.Next()
	chips[0].Measure(1 << 24)
	r.Becomes(class.StateDegraded, "bay 1: its samples are saturated")
	chips[0].Measure(1000)
	if w := r.Next().Evidence.(observe.Weight); w.Bay != 1 || w.Mass.Abs() > measure.Gram {
		t.Errorf("%+v", w)
	}
	b.chips["/dev/i2c-1"].Dead(true)
	r.Becomes(class.StateDegraded, "converts nothing")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b, _ := two()
	bay := func(c map[string]any) map[string]any {
		full := map[string]any{"bus": "/dev/i2c-1", "grams": 1}
		for k, v := range c {
			full[k] = v
		}
		return map[string]any{"bay": []map[string]any{full}}
	}
	for name, c := range map[string]struct {
		config     map[string]any
		path, says string
	}{
		"gain":      {bay(map[string]any{"gain": 3}), "bay[0].gain", "3: the chip has [1 2 4"},
		"rate":      {bay(map[string]any{"rate": 11}), "bay[0].rate", "10, 20, 40, 80 and 320"},
		"no grams":  {bay(map[string]any{"grams": 0}), "bay[0].grams", "weighs nothing"},
		"no bus":    {bay(map[string]any{"bus": "/dev/i2c-9"}), "bay[0].bus", "open /dev/i2c-9: no such bus"},
		"one bus":   {map[string]any{"bay": []map[string]any{{"bus": "/dev/i2c-1", "grams": 1}, {"bus": "/dev/i2c-1", "grams": 1}}}, "bay[1].bus", "bay 1 is on /dev/i2c-1 already"},
		"no folder": {map[string]any{"tare": "/nowhere/at/all"}, "tare", "no such file"},
	} {
		_, err := b.plugin().Drivers[0].Open(t.Context(), sdk.Env{}, []byte(subject(t, b, c.config).Config))
		if fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v at %q", name, err, fault.PathOf(err))
		}
	}
}

// FuzzChip answers with anything. The driver neither waits for ever nor takes what is
// beyond 24 bits.
func FuzzChip(f *testing.F) {
	f.Add([]byte{0x0A, 0x0F, 0x2F, 0x30, 0x30, 0x30, 0xBE, 1, 2, 3})
	f.Add([]byte{0x0A, 0x0F, 0x2F, 0x30, 0x34, 0x38, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, answers []byte) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c, err := nau7802.Start(ctx, &answering{answers, cancel}, usual)
		for n := 0; err == nil && n < 20; n++ {
			var v int32
			if v, err = c.Sample(ctx); v > cells.MaxRaw || v < cells.MinRaw {
				t.Fatalf("a sample of %d", v)
			}
		}
	})
}

// answering is a bus that answers by a list, and ends the test after it.
type answering struct {
	answers []byte
	done    func()
}

func (a *answering) Tx(_ uint16, _, r []byte) error {
	for i := range r {
		if len(a.answers) == 0 {
			a.done()
			return i2csim.ErrNoAcknowledge
		}
		r[i], a.answers = a.answers[0], a.answers[1:]
	}
	return nil
}
