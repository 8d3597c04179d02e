package pins_test

import (
	"errors"
	"io"
	"log"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3/gpioioctl"
	"periph.io/x/host/v3/sysfs"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
)

// soon is how long a test waits for what must come.
const soon = time.Minute

// bench is one chip, with a line for each fault, that periph knows too.
type bench struct {
	*gpiosim.Chip
	trace *gpiosim.Trace
}

func (b bench) periph(t *testing.T, line int) *gpioioctl.GPIOLine {
	t.Helper()
	for _, c := range gpioioctl.Chips {
		if c.Label() == b.Label {
			return c.ByNumber(line)
		}
	}
	t.Fatalf("periph knows no chip %s", b.Label)
	return nil
}

func (b bench) open(t *testing.T, lines ...pins.Line) *pins.Request {
	t.Helper()
	r, err := pins.Open(b.Path, lines...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Why periph's GPIO driver is not used: each fault, and ours without it.
func TestVMFaults(t *testing.T) {
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		log.SetOutput(io.Discard) // where periph says its errors
		c := gpiosim.New(t, 16, "READ", "FIRST", "EVER", "BUSY", "STALE", "MANY", "HALT", "")
		b := bench{c, gpiosim.Follow(t, c)}
		if _, err := driverreg.Init(); err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			name string
			run  func(*testing.T, bench)
		}{
			{"1 reading an output makes it an input", readBack},
			{"2 the first high begins low", firstHigh},
			{"3 waiting for ever or not at all", forEver},
			{"4 a line that was busy is spoilt", busyThenFree},
			{"5 edges of before, and sixteen at most", stale},
			{"7 a halt before the wait", haltFirst},
			{"8 chips that come later, lines without names", later},
			{"9 sysfs has no pull", sysfsPull},
			{"6 errors vanish", unplugged}, // last: it pulls the chip out
		} {
			t.Run(f.name, func(t *testing.T) { f.run(t, b) })
		}
	})
}

func readBack(t *testing.T, b bench) {
	b.Set(0, true)
	p := b.periph(t, 0)
	if err := p.Out(gpio.Low); err != nil {
		t.Fatal(err)
	}
	if p.Read() == gpio.Low || !b.High(0) {
		t.Error("periph: a relay driven low stayed low when it was read: the fault is gone")
	}
	p.Close()
	r := b.open(t, pins.Line{Name: "READ", Output: true})
	if on, err := r.Get(0); on || err != nil || b.High(0) {
		t.Errorf("ours: %t, %v, high %t", on, err, b.High(0))
	}
	if did := b.trace.Of(0); did[len(did)-1] != "out" {
		t.Errorf("ours, read: %q", did)
	}
}

func firstHigh(t *testing.T, b bench) {
	b.Set(1, true)
	p := b.periph(t, 1)
	if err := p.Out(gpio.High); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if did := b.trace.Of(1); !slices.Contains(did, "set 0") {
		t.Errorf("periph: %q never was low: the fault is gone", did)
	}
	before := len(b.trace.Of(1))
	r := b.open(t, pins.Line{Name: "FIRST", Output: true, ActiveLow: true})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if did := b.trace.Of(1)[before:]; slices.Contains(did, "set 0") || !slices.Contains(did, "set 1") {
		t.Errorf("ours: %q", did)
	}
}

func forEver(t *testing.T, b bench) {
	p := b.periph(t, 2)
	if err := p.In(gpio.PullNoChange, gpio.BothEdges); err != nil {
		t.Fatal(err)
	}
	if p.WaitForEdge(-1) {
		t.Error("periph: there was no edge")
	} // and is back, where conn's interface says that it waits for ever
	seen := make(chan bool)
	go func() { seen <- p.WaitForEdge(0) }()
	b.Set(2, true)
	if !<-seen {
		t.Error("periph: no time at all did not wait for ever: the fault is gone")
	}
	p.Close()
	r := b.open(t, pins.Line{Name: "EVER", Edges: true})
	if _, ok, err := r.Event(0); ok || err != nil {
		t.Errorf("ours, no time at all: %t, %v", ok, err)
	}
	go b.Set(2, false)
	if e, ok, err := r.Event(-1); !ok || e.On || err != nil {
		t.Errorf("ours, for ever: %+v, %t, %v", e, ok, err)
	}
}

func busyThenFree(t *testing.T, b bench) {
	r := b.open(t, pins.Line{Name: "BUSY"})
	p := b.periph(t, 3)
	if err := p.Out(gpio.High); err == nil {
		t.Error("periph: a line in use was taken")
	}
	if _, err := pins.Open(b.Path, pins.Line{Name: "BUSY", Output: true}); !errors.Is(err, pins.ErrBusy) || !strings.Contains(err.Error(), `line BUSY of `+b.Path) || !strings.Contains(err.Error(), `"aisle"`) {
		t.Errorf("ours, busy: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Out(gpio.High); err == nil {
		t.Error("periph: the line is well after it was busy: the fault is gone")
	}
	b.open(t, pins.Line{Name: "BUSY", Output: true, On: true})
	if !b.High(3) {
		t.Error("ours, free again: the line is low")
	}
}

func stale(t *testing.T, b bench) {
	const edges = 200
	toggle := func(move func(line int, high bool), line int) {
		for i := range edges {
			move(line, i%2 == 0)
		}
	}
	p := b.periph(t, 4)
	if err := p.In(gpio.PullNoChange, gpio.BothEdges); err != nil {
		t.Fatal(err)
	}
	toggle(b.Edge, 4)
	if err := p.In(gpio.PullNoChange, gpio.BothEdges); err != nil { // begins anew
		t.Fatal(err)
	}
	n := 0
	for p.WaitForEdge(time.Second) {
		n++
	}
	if n == 0 || n == edges {
		t.Errorf("periph: %d of %d edges of before: the fault is gone", n, edges)
	}
	p.Close()
	toggle(b.Set, 5)
	r := b.open(t, pins.Line{Name: "MANY", Edges: true})
	if e, ok, err := r.Event(0); ok || err != nil {
		t.Errorf("ours, before: %+v, %v", e, err)
	}
	toggle(b.Edge, 5)
	for i := range edges {
		if e, ok, err := r.Event(soon); !ok || err != nil || e.Seq != uint32(i+1) || e.On != (i%2 == 0) || e.Lost != 0 {
			t.Fatalf("ours, edge %d: %+v, %t, %v", i+1, e, ok, err)
		}
	}
}

func haltFirst(t *testing.T, b bench) {
	p := b.periph(t, 6)
	if err := p.In(gpio.PullNoChange, gpio.BothEdges); err != nil {
		t.Fatal(err)
	}
	if err := p.Halt(); err != nil {
		t.Fatal(err)
	}
	b.Set(6, true)
	if !p.WaitForEdge(soon) {
		t.Error("periph: the halt was heard: the fault is gone")
	}
	p.Close()
	r := b.open(t, pins.Line{Name: "HALT", Edges: true})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Event(-1); !errors.Is(err, pins.ErrClosed) {
		t.Errorf("ours: %v", err)
	}
}

func later(t *testing.T, b bench) {
	c := gpiosim.New(t, 2, "LATER")
	if _, err := driverreg.Init(); err != nil {
		t.Fatal(err)
	}
	if gpioreg.ByName("LATER") != nil || gpioreg.ByName("7") != nil {
		t.Error("periph: what came later, or has no name, is found: the fault is gone")
	}
	if _, err := pins.Open(c.Path, pins.Line{Name: "LATER"}); err != nil {
		t.Error("ours, plugged in later:", err)
	}
	b.open(t, pins.Line{Name: "7"})
}

func sysfsPull(t *testing.T, b bench) {
	for _, p := range sysfs.Pins {
		if err := p.In(gpio.PullUp, gpio.NoEdge); err == nil {
			t.Errorf("sysfs: %s has a pull: the fault is gone", p)
		}
		_ = p.Halt()
		break
	}
	b.Set(8, false)
	r := b.open(t, pins.Line{Name: "8", Bias: pins.PullUp})
	if on, err := r.Get(0); !on || err != nil {
		t.Errorf("ours, pulled up: %t, %v", on, err)
	}
}

func unplugged(t *testing.T, b bench) {
	p, w := b.periph(t, 9), b.periph(t, 10)
	for _, l := range []*gpioioctl.GPIOLine{p, w} {
		if err := l.In(gpio.PullNoChange, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
	}
	b.Set(9, true)
	r := b.open(t, pins.Line{Name: "11", Edges: true}, pins.Line{Name: "12", Output: true})
	b.Unplug()
	if p.Read() == gpio.High || w.WaitForEdge(time.Second) {
		t.Error("periph: it knows that the chip is gone: the fault is gone")
	}
	if _, err := r.Get(0); !errors.Is(err, pins.ErrGone) {
		t.Errorf("ours, read: %v", err)
	}
	if err := r.Set(1, true); !errors.Is(err, pins.ErrGone) || !strings.Contains(err.Error(), "line 12 of "+b.Path) {
		t.Errorf("ours, set: %v", err)
	}
	if _, _, err := r.Event(soon); !errors.Is(err, pins.ErrGone) {
		t.Errorf("ours, wait: %v", err)
	}
}
