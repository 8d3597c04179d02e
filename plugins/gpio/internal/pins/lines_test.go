package pins_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
)

// Lines as sensors have them: several at once, read late, waited for, pulled out.
func TestVMLines(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, lines of its gpio-sim")
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		for _, f := range []struct {
			name string
			run  func(*testing.T)
		}{
			{"bounce", bounce}, {"slow reader", slowReader}, {"timeout and cancel", cancel},
			{"pulled out while waiting", pulledOut}, {"two lines in order", inOrder}, {"what is wrong", wrong}, {"groups", groups},
		} {
			t.Run(f.name, f.run)
		}
	})
}

func take(t *testing.T, c *gpiosim.Chip, lines ...pins.Line) *pins.Request {
	t.Helper()
	r, err := pins.Open(c.Path, lines...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// A contact that bounces counts once; without debouncing each bounce shows.
func bounce(t *testing.T) {
	c := gpiosim.New(t, 2)
	var r *pins.Request
	for began := (time.Time{}); r == nil || time.Since(began) > time.Second; { // again where the machine stood still meanwhile
		if r != nil {
			_ = r.Close()
		}
		c.Set(0, false)
		r = take(t, c, pins.Line{Name: "0", Edges: true, Debounce: 2 * time.Second})
		began = time.Now()
		for i := range 9 { // ends high
			c.Set(0, i%2 == 0)
		}
	}
	if e, ok, err := r.Event(soon); !ok || err != nil || !e.On || e.Seq != 1 {
		t.Errorf("%+v, %t, %v", e, ok, err)
	}
	c.Set(0, false)
	if e, ok, err := r.Event(soon); !ok || err != nil || e.On || e.Seq != 2 {
		t.Errorf("%+v, %t, %v", e, ok, err)
	}
	raw := take(t, c, pins.Line{Name: "1", Edges: true})
	for i := range 9 {
		c.Edge(1, i%2 == 0)
		if e, ok, err := raw.Event(soon); !ok || err != nil || e.On != (i%2 == 0) || e.Seq != uint32(i+1) {
			t.Errorf("%+v, %t, %v", e, ok, err)
		}
	}
}

// Whoever reads late gets what the kernel kept, and is told how many edges it did not.
func slowReader(t *testing.T) {
	c := gpiosim.New(t, 1)
	r := take(t, c, pins.Line{Name: "0", Edges: true})
	const moves, kept = 3000, 1024 // of these the simulator itself loses some
	for i := range moves {
		c.Set(0, i%2 == 0)
	}
	c.Edge(0, true) // the kernel may still have been at one of those,
	c.Edge(0, false)
	seen, lost := 0, 0
	for {
		e, ok, err := r.Event(time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		seen, lost = seen+1, lost+e.Lost
		if int(e.Seq) != seen+lost {
			t.Fatalf("%+v after %d and %d lost", e, seen-1, lost-e.Lost)
		}
	}
	if seen != min(kept, seen+lost) {
		t.Errorf("%d seen, %d lost", seen, lost)
	}
}

func cancel(t *testing.T) {
	c := gpiosim.New(t, 1)
	r := take(t, c, pins.Line{Name: "0", Edges: true})
	if _, ok, err := r.Event(10 * time.Millisecond); ok || err != nil {
		t.Errorf("%t, %v", ok, err)
	}
	done := make(chan error)
	go func() {
		_, _, err := r.Event(-1)
		done <- err
	}()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, pins.ErrClosed) {
		t.Error(err)
	}
	if _, err := r.Get(0); !errors.Is(err, pins.ErrClosed) {
		t.Error(err)
	}
}

func pulledOut(t *testing.T) {
	c := gpiosim.NewLabelled(t, "cable", 1, "BEAM")
	r := take(t, c, pins.Line{Name: "BEAM", Edges: true})
	c.Set(0, true)
	if _, ok, err := r.Event(soon); !ok || err != nil {
		t.Fatal(ok, err)
	}
	done := make(chan error)
	go func() {
		_, _, err := r.Event(-1)
		done <- err
	}()
	c.Unplug()
	if err := <-done; !errors.Is(err, pins.ErrGone) {
		t.Errorf("%v", err)
	}
	if _, err := pins.Open(c.Path, pins.Line{Name: "BEAM"}); !errors.Is(err, pins.ErrNoChip) {
		t.Errorf("%v", err)
	}
	back := gpiosim.NewLabelled(t, "cable", 1, "BEAM")
	r = take(t, back, pins.Line{Name: "BEAM", Edges: true})
	back.Set(0, true)
	if e, ok, err := r.Event(soon); !ok || !e.On || err != nil {
		t.Errorf("plugged in again: %+v, %v", e, err)
	}
}

// Edges of two lines come in the order in which the wires moved.
func inOrder(t *testing.T) {
	c := gpiosim.New(t, 2)
	r := take(t, c, pins.Line{Name: "1", Edges: true, ActiveLow: true}, pins.Line{Name: "0", Edges: true})
	const rounds = 50
	for range rounds {
		c.Edge(0, true)
		c.Edge(1, true)
		c.Edge(1, false)
		c.Edge(0, false)
	}
	var last time.Duration
	for i := range 4 * rounds {
		e, ok, err := r.Event(soon)
		want := []pins.Event{{Line: 1, On: true}, {Line: 0}, {Line: 0, On: true}, {Line: 1}}[i%4]
		if !ok || err != nil || e.Line != want.Line || e.On != want.On || e.Seq != uint32(i+1) || e.At < last {
			t.Fatalf("edge %d: %+v, %t, %v", i+1, e, ok, err)
		}
		last = e.At
	}
}

func wrong(t *testing.T) {
	c := gpiosim.New(t, 2, "TWICE", "TWICE")
	if err := os.WriteFile("/tmp/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]struct {
		chip  string
		lines []pins.Line
		is    error
		says  string
	}{
		"no chip":         {"/dev/gpiochip99", []pins.Line{{Name: "0"}}, pins.ErrNoChip, "this machine has " + c.Path},
		"a file":          {"/tmp/file", []pins.Line{{Name: "0"}}, pins.ErrNoChip, "answers no question"},
		"no such number":  {c.Path, []pins.Line{{Name: "2"}}, pins.ErrNoLine, "its lines are 0 to 1"},
		"no such name":    {c.Path, []pins.Line{{Name: "UNLOCK"}}, pins.ErrNoLine, `line "UNLOCK"`},
		"name of two":     {c.Path, []pins.Line{{Name: "TWICE"}}, nil, "lines 0 and 1"},
		"one line twice":  {c.Path, []pins.Line{{Name: "0"}, {Name: "00"}}, nil, "is line 0 too"},
		"none":            {c.Path, nil, nil, "0 lines"},
		"edges of output": {c.Path, []pins.Line{{Name: "0", Output: true, Edges: true}}, nil, "does not take"},
	} {
		_, err := pins.Open(w.chip, w.lines...)
		if err == nil || w.is != nil && !errors.Is(err, w.is) || !strings.Contains(err.Error(), w.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := take(t, c, pins.Line{Name: "0"})
	if _, _, err := r.Event(0); err == nil {
		t.Error("edges that nobody asked for are waited for")
	}
	if err := r.Set(0, true); err == nil {
		t.Error("an input was set")
	}
}

// Lines of all kinds fit into one request, and too many kinds are told.
func groups(t *testing.T) {
	c := gpiosim.New(t, 16)
	take(t, c,
		pins.Line{Name: "0", Output: true, On: true}, pins.Line{Name: "1", Output: true, ActiveLow: true}, pins.Line{Name: "2", Output: true},
		pins.Line{Name: "3", Edges: true, Bias: pins.PullUp}, pins.Line{Name: "4", Edges: true, ActiveLow: true, Debounce: time.Millisecond},
		pins.Line{Name: "5", Bias: pins.PullDown}, pins.Line{Name: "6", Bias: pins.BiasNone})
	for line, high := range []bool{true, true, false, true} {
		if c.High(line) != high {
			t.Errorf("line %d is high: %t", line, !high)
		}
	}
	var many []pins.Line
	for i := range 10 {
		many = append(many, pins.Line{Name: fmt.Sprint(7 + i%9), Edges: true, Debounce: time.Duration(i+1) * time.Millisecond})
	}
	if _, err := pins.Open(c.Path, many[:9]...); err == nil || !strings.Contains(err.Error(), "more than the kernel takes") {
		t.Error(err)
	}
}
