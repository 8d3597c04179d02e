package hx711

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/plugins/gpio/internal/hx711/hx711sim"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
)

// hooked are lines of the kernel with a chip at their other end: what the driver does to
// its clock reaches the model before Clock returns, and the model moves the data line.
// A model that watches the line from outside would be too late.
type hooked struct {
	Pins
	model *hx711sim.Model
}

func (h hooked) Clock(high bool) error {
	if err := h.Pins.Clock(high); err != nil {
		return err
	}
	return h.model.Clock(high)
}

func (h hooked) Data() (bool, error) {
	if _, err := h.model.Data(); err != nil { // a conversion may be due
		return false, err
	}
	return h.Pins.Data()
}

const clockLine, dataLine = 0, 1

// vmChip is a chip on simulated lines 0 and 1. Time is the bench's: that of pulses says
// nothing in a machine that is interpreted.
func vmChip(t *testing.T, sim *gpiosim.Chip, m *hx711sim.Model, input string) (*Chip, *bench) {
	t.Helper()
	sim.Set(dataLine, true)
	m.Moved = func(high bool) { sim.Set(dataLine, high) }
	pins, err := Chardev(Bay{Chip: sim.Path, Clock: clockLine, Data: dataLine})
	if err != nil {
		t.Fatal(err)
	}
	return on(t, m, hooked{pins, m}, input)
}

// The driver on lines of a real kernel.
func TestVMHX711(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, lines of its gpio-sim")
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		t.Run("range", vmRange)
		t.Run("inputs", vmInputs)
		t.Run("power-down", vmPowerDown)
		t.Run("lines", vmLines)
	})
}

// Numbers over the whole range come over the kernel's lines bit by bit.
func vmRange(t *testing.T) {
	sim, m := gpiosim.New(t, 4), hx711sim.New(0, 0, 0, 0, 80)
	c, _ := vmChip(t, sim, m, "A128")
	n := 0
	for _, v := range whole {
		m.Measure(v)
		if got := sample(t, c); got != v {
			t.Errorf("%d came as %d", v, got)
		}
		n++
	}
	m.Measure(-1)
	var miss *cells.Miss
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, "powers down in mid-number") {
		t.Errorf("all ones: %v", err)
	}
	t.Logf("%d of %d numbers exact", n, n)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// Each input is selected by its number of pulses.
func vmInputs(t *testing.T) {
	want := map[string]int32{"A128": 1000, "B32": -2000, "A64": 3000}
	sim, m := gpiosim.New(t, 4), hx711sim.New(want["A128"], want["B32"], want["A64"], 0, 80)
	for input, want := range want {
		c, _ := vmChip(t, sim, m, input)
		for range 2 {
			if got := sample(t, c); got != want {
				t.Errorf("%s: %d, want %d", input, got, want)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A clock that was high too long has powered the chip down: the number is thrown away,
// and the next one taken is right.
func vmPowerDown(t *testing.T) {
	sim, m := gpiosim.New(t, 4), hx711sim.New(100, -654321, 0, 0, 80)
	c, b := vmChip(t, sim, m, "B32")
	if got := sample(t, c); got != -654321 {
		t.Fatal(got)
	}
	down := m.Down()
	b.stall = map[int]time.Duration{b.edges + 21: maxPulse}
	var miss *cells.Miss
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, "the machine is too busy") {
		t.Errorf("%v", err)
	}
	if m.Down() == down {
		t.Error("the chip did not power down: nothing was tested")
	}
	for range 3 {
		if got := sample(t, c); got != -654321 {
			t.Errorf("%d, which was never measured", got)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A line that is not ready, one in use, none, and a chip that is pulled out are told
// apart.
func vmLines(t *testing.T) {
	sim, m := gpiosim.New(t, 4), hx711sim.New(0, 0, 0, 0, 80)
	c, b := vmChip(t, sim, m, "A128")
	for says, w := range map[string]struct {
		bay  Bay
		path string
	}{
		"in use":       {Bay{Chip: sim.Path, Clock: 2, Data: dataLine}, "data"},
		"in use by":    {Bay{Chip: sim.Path, Clock: clockLine, Data: 3}, "clock"},
		"no such line": {Bay{Chip: sim.Path, Clock: 2, Data: 99}, "data"},
		"gpiochip99":   {Bay{Chip: "/dev/gpiochip99", Clock: 2, Data: 3}, "chip"},
	} {
		if _, err := Chardev(w.bay); err == nil || !strings.Contains(err.Error(), says) || fault.PathOf(err) != w.path {
			t.Errorf("%+v: %v at %q", w.bay, err, fault.PathOf(err))
		}
	}
	b.Pins = b.Pins.(hooked).Pins // nobody is at the other end now
	sim.Set(dataLine, true)
	var miss *cells.Miss
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, "stays high") {
		t.Errorf("not ready: %v", err)
	}
	sim.Set(dataLine, false)
	if _, err := c.Sample(t.Context()); !errors.As(err, &miss) || !strings.Contains(miss.Why, "stays low") {
		t.Errorf("shorted: %v", err)
	}
	sim.Unplug()
	if _, err := c.Sample(t.Context()); err == nil || errors.As(err, &miss) {
		t.Errorf("pulled out: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
