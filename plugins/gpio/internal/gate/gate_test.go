package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// board is lines without a chip. Inputs and outputs are by their attributes.
type board struct {
	mu     sync.Mutex
	roles  map[string]int
	names  []string
	on     map[int]bool
	did    []string // what outputs did
	events chan pins.Event
	gone   error
	stuck  map[int]bool // outputs that can't be set
}

func (b *board) open(_ string, lines ...pins.Line) (Lines, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, l := range lines {
		b.roles[l.Name], b.names = i, append(b.names, l.Name)
		b.on[i] = b.on[i] || l.On
		if l.Output {
			b.did = append(b.did, fmt.Sprintf("%s=%t", l.Name, l.On))
		}
	}
	return b, nil
}

func (b *board) Get(line int) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.on[line], b.gone
}

func (b *board) Set(line int, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stuck[line] {
		return pins.ErrBusy
	}
	if b.gone == nil {
		b.on[line] = on
		b.did = append(b.did, fmt.Sprintf("%s=%t", b.names[line], on))
	}
	return b.gone
}

func (b *board) Event(within time.Duration) (pins.Event, bool, error) {
	select {
	case e, ok := <-b.events:
		if !ok {
			return e, false, pins.ErrGone
		}
		return e, true, nil
	case <-time.After(min(within, time.Millisecond)):
		return pins.Event{}, false, nil
	}
}

func (b *board) Close() error { return nil }

func (b *board) doings() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	did := b.did
	b.did = nil
	return did
}

// moves makes edges, such as "passed_in" for on and "-passed_in" for off.
func (b *board) moves(t *testing.T, g *lane, now time.Time, edges ...string) (all []observe.Passage) {
	t.Helper()
	for _, e := range edges {
		name, off := strings.CutPrefix(e, "-")
		b.mu.Lock()
		line := b.roles[name]
		b.on[line] = !off
		b.mu.Unlock()
		if err := g.moved(t.Context(), pins.Event{Line: line, On: !off, Time: now}, now, func(p observe.Passage) { all = append(all, p) }); err != nil {
			t.Error(err)
		}
	}
	return all
}

// built gives a gate whose lines are named as their attributes, with the fire alarm's loop closed.
func built(t *testing.T, change func(*Config)) (*lane, *board) {
	t.Helper()
	c := Config{
		Sensors:  Sensors{Chip: "/dev/gpiochip0", PassedIn: "passed_in", PassedOut: "passed_out", Inputs: "low", Stuck: 30 * time.Second},
		UnlockIn: "unlock_in", UnlockOut: "unlock_out", Stop: "stop", Fire: "fire", Mode: "potential", Pulse: time.Hour, Window: time.Minute,
	}
	change(&c)
	b := &board{roles: map[string]int{}, on: map[int]bool{}, events: make(chan pins.Event)}
	roles, _, err := c.layout()
	if err != nil {
		t.Fatal(err)
	}
	b.on[slices.Index(roles, fire)] = true
	g, err := Open(b.open)(t.Context(), sdk.Env{}, c)
	if err != nil {
		t.Fatal(err)
	}
	l := g.(*lane)
	t.Cleanup(func() { _ = l.Close() })
	return l, b
}

func did(t *testing.T, b *board, want ...string) {
	t.Helper()
	if got := b.doings(); !slices.Equal(got, want) {
		t.Errorf("outputs did %q, want %q", got, want)
	}
}

func admit(t *testing.T, g *lane, session string, bodies int, expires time.Time) error {
	t.Helper()
	return g.Admit(t.Context(), gate.Admission{Session: session, Bodies: bodies, Expires: expires})
}

// In mode potential the relay is on from the leave to the body, with a gap between two, and
// goes off when the leave ends.
func TestPotential(t *testing.T) {
	g, b := built(t, func(*Config) {})
	now := time.Now()
	did(t, b, "unlock_in=false", "unlock_out=true", "stop=false")
	if err := admit(t, g, "family", 2, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=true")
	if p := b.moves(t, g, now, "passed_in", "-passed_in"); len(p) != 1 || p[0].Admission != "family" || p[0].Direction != observe.DirectionIn {
		t.Errorf("%+v", p)
	}
	did(t, b, "unlock_in=false", "unlock_in=true")
	if p := b.moves(t, g, now, "passed_out", "-passed_out"); len(p) != 1 || p[0].Direction != observe.DirectionOut || p[0].Admission != "" {
		t.Errorf("%+v", p)
	}
	did(t, b)
	if err := g.look(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=false")
	if err := g.look(t.Context(), now.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b)
}

// In mode pulse each body has a pulse of its own; one that is not used up is taken back by stop.
func TestPulse(t *testing.T) {
	g, b := built(t, func(c *Config) { c.Mode = "pulse" })
	now := time.Now()
	did(t, b, "unlock_in=false", "unlock_out=true", "stop=false")
	if err := admit(t, g, "family", 2, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=true")
	b.moves(t, g, now, "passed_in", "-passed_in")
	did(t, b, "unlock_in=false", "unlock_in=true")
	if err := g.look(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=false", "stop=true")
	if err := admit(t, g, "next", 1, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	did(t, b, "stop=false", "unlock_in=true")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=false", "stop=false")
}

// Between two pulses the relay is off for long enough that it falls.
func TestGap(t *testing.T) {
	g, b := built(t, func(c *Config) { c.Mode = "pulse" })
	if err := admit(t, g, "family", 2, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	b.moves(t, g, began, "passed_in", "-passed_in")
	if took := time.Since(began); took < gap {
		t.Errorf("the second pulse began %v after the first was ended", took)
	}
	did(t, b, "unlock_in=false", "unlock_out=true", "stop=false", "unlock_in=true", "unlock_in=false", "unlock_in=true")
}

// Nothing is taken back while somebody stands in the curtain.
func TestNoStopInBetween(t *testing.T) {
	g, b := built(t, func(c *Config) {
		c.PassedIn, c.PassedOut, c.BeamStreet, c.BeamStore = "", "", "beam_street", "beam_store"
	})
	now := time.Now()
	if err := admit(t, g, "late", 1, now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	b.moves(t, g, now, "beam_street")
	b.doings()
	for range 3 {
		now = now.Add(time.Minute)
		if err := g.look(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	did(t, b)
	b.moves(t, g, now, "-beam_street") // turned back
	if err := g.look(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=false")
}

// A body whose leave ends while it is in the curtain came in by it.
func TestLeaveEndsInTheCurtain(t *testing.T) {
	g, b := built(t, func(c *Config) {
		c.PassedIn, c.PassedOut, c.BeamStreet, c.BeamStore = "", "", "beam_street", "beam_store"
	})
	began := time.Now()
	if err := admit(t, g, "late", 1, began.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	now := began
	var told []observe.Passage
	for _, edge := range []string{"beam_street", "beam_store", "-beam_street", "-beam_store"} {
		told = append(told, b.moves(t, g, now, edge)...)
		if err := g.look(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Second)
	}
	if len(told) != 1 || told[0].Admission != "late" || !told[0].Onset.Equal(began) || !told[0].Settled.Equal(began.Add(30*time.Second)) {
		t.Errorf("%+v", told)
	}
}

// A pulse ends by itself.
func TestPulseEnds(t *testing.T) {
	g, b := built(t, func(c *Config) { c.Mode, c.Pulse = "pulse", 50*time.Millisecond })
	if err := admit(t, g, "a", 1, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if on, _ := b.Get(b.roles["unlock_in"]); !on {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the relay is still on")
		}
	}
}

// A fire input that opens opens the gate, which stays free until the loop has been closed
// for a while, whatever anybody passes or asks.
func TestEmergency(t *testing.T) {
	for _, mode := range []string{"pulse", "potential"} {
		g, b := built(t, func(c *Config) { c.Mode = mode })
		now := time.Now()
		if err := admit(t, g, "before", 3, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b.doings()
		b.moves(t, g, now, "-fire")
		if err := g.look(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		did(t, b, "unlock_out=true", "unlock_in=true")
		if err := admit(t, g, "meanwhile", 1, now.Add(time.Hour)); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "fire input") {
			t.Errorf("%v", err)
		}
		if c := g.Condition(); c.State != sdk.StateDegraded || !strings.Contains(c.Cause, "fire input") {
			t.Errorf("%+v", c)
		}
		b.moves(t, g, now, "passed_in", "-passed_in", "passed_out", "-passed_out")
		for _, s := range []struct {
			after time.Duration
			edge  string
		}{{time.Second, "fire"}, {9 * time.Second, "-fire"}, {10 * time.Second, "fire"}, {19 * time.Second, ""}} {
			if s.edge != "" {
				b.moves(t, g, now.Add(s.after), s.edge)
			}
			if err := g.look(t.Context(), now.Add(s.after)); err != nil {
				t.Fatal(err)
			}
		}
		did(t, b) // all the time
		if err := g.look(t.Context(), now.Add(20*time.Second)); err != nil {
			t.Fatal(err)
		}
		did(t, b, "unlock_in=false")
		if err := admit(t, g, "after", 1, now.Add(time.Hour)); err != nil {
			t.Error(err)
		}
	}
}

// A stop that is under way when the fire alarm goes off ends then: it would hold the gate.
func TestEmergencyEndsStop(t *testing.T) {
	g, b := built(t, func(c *Config) { c.Mode = "pulse" })
	now := time.Now()
	if err := admit(t, g, "late", 1, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := g.look(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.doings()
	b.moves(t, g, now, "-fire")
	if err := g.look(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	did(t, b, "stop=false", "unlock_out=true", "unlock_in=true")
	b.moves(t, g, now, "fire")
	for _, after := range []time.Duration{0, calm} {
		if err := g.look(t.Context(), now.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	did(t, b, "unlock_in=false")
}

// A relay that can't be set in an emergency keeps no other from it.
func TestEmergencySetsAll(t *testing.T) {
	g, b := built(t, func(*Config) {})
	b.doings()
	b.mu.Lock()
	b.stuck = map[int]bool{b.roles["unlock_in"]: true}
	b.mu.Unlock()
	b.moves(t, g, time.Now(), "-fire")
	if err := g.look(t.Context(), time.Now()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	did(t, b, "unlock_out=true")
}

// A wire that is cut when the device opens is an emergency from the first moment.
func TestCutAtFirst(t *testing.T) {
	b := &board{roles: map[string]int{}, on: map[int]bool{}}
	v, err := Open(b.open)(t.Context(), sdk.Env{}, Config{
		Sensors: Sensors{BeamStreet: "beam_street", BeamStore: "beam_store"}, UnlockIn: "unlock_in", Fire: "fire", Mode: "pulse", Pulse: time.Second, Window: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	did(t, b, "unlock_in=false", "unlock_in=true")
	if err := v.(*lane).Close(); err != nil {
		t.Fatal(err)
	}
	did(t, b) // it stays on as long as it can
}

// What inputs say that cannot be, is said: something in a beam, edges that nobody saw.
func TestTrouble(t *testing.T) {
	g, b := built(t, func(c *Config) {
		c.PassedIn, c.PassedOut, c.BeamStreet, c.BeamStore = "", "", "beam_street", "beam_store"
	})
	is := func(cause string) {
		t.Helper()
		if c := g.Condition(); (c.State == sdk.StateReady) != (cause == "") || !strings.Contains(c.Cause, cause) {
			t.Errorf("%+v, want %q", c, cause)
		}
	}
	is("")
	b.moves(t, g, time.Now().Add(-time.Minute), "beam_street")
	is("beam_street has been on for 1m0s")
	b.moves(t, g, time.Now(), "beam_store")
	if p := b.moves(t, g, time.Now(), "-beam_street", "-beam_store"); len(p) != 1 || p[0].Direction != observe.DirectionIn {
		t.Errorf("%+v", p)
	}
	is("")
	var told []observe.Direction
	tell := func(p observe.Passage) { told = append(told, p.Direction) }
	if err := g.moved(t.Context(), pins.Event{Line: b.roles["beam_store"], Lost: 7, On: true}, time.Now(), tell); err != nil {
		t.Fatal(err)
	}
	is("7 edges came faster")
	// The edge that tells of a body may be the one that tells of a loss.
	b.moves(t, g, time.Now(), "beam_street", "beam_store", "-beam_street")
	b.mu.Lock()
	b.on[b.roles["beam_store"]] = false
	b.mu.Unlock()
	if err := g.moved(t.Context(), pins.Event{Line: b.roles["beam_store"], Lost: 3}, time.Now(), tell); err != nil {
		t.Fatal(err)
	}
	is("3 edges came faster")
	// Which way they went is not known, nor whether they did.
	if want := []observe.Direction{observe.DirectionUnknown, observe.DirectionUnknown}; !slices.Equal(told, want) {
		t.Errorf("%v, want %v", told, want)
	}
	if p := b.moves(t, g, time.Now(), "beam_street", "beam_store", "-beam_street", "-beam_store"); len(p) != 1 || p[0].Direction != observe.DirectionIn {
		t.Errorf("%+v", p)
	}
	is("")
}

// Who stands in the curtain when the gate is opened goes which way nobody knows; the next one is told.
func TestStandsInTheCurtainAtFirst(t *testing.T) {
	b := &board{roles: map[string]int{}, on: map[int]bool{0: true, 1: false}}
	v, err := OpenCounter(b.open)(t.Context(), sdk.Env{}, Sensors{BeamStreet: "beam_street", BeamStore: "beam_store"})
	if err != nil {
		t.Fatal(err)
	}
	g := v.(*lane)
	defer g.Close()
	var told []observe.Direction
	for _, p := range b.moves(t, g, time.Now(), "-beam_street", "beam_store", "beam_street", "-beam_store", "-beam_street") {
		told = append(told, p.Direction)
	}
	if want := []observe.Direction{observe.DirectionUnknown, observe.DirectionOut}; !slices.Equal(told, want) {
		t.Errorf("%v, want %v", told, want)
	}
}

// A chip that is pulled out ends Run with a sentence, and an admission then is unavailable.
func TestGone(t *testing.T) {
	g, b := built(t, func(*Config) {})
	b.mu.Lock()
	b.gone = pins.ErrGone
	b.mu.Unlock()
	close(b.events)
	err := g.Run(t.Context(), func(observe.Passage) {})
	if !errors.Is(err, pins.ErrGone) || fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	if err := admit(t, g, "a", 1, time.Now().Add(time.Hour)); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := g.Run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An open lane counts, and gives those who have leave their names.
func TestCounter(t *testing.T) {
	b := &board{roles: map[string]int{}, on: map[int]bool{}}
	v, err := OpenCounter(b.open)(t.Context(), sdk.Env{}, Sensors{PassedIn: "passed_in", PassedOut: "passed_out"})
	if err != nil {
		t.Fatal(err)
	}
	g := v.(*lane)
	defer g.Close()
	if err := admit(t, g, "a", 1, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	p := b.moves(t, g, time.Now(), "passed_in", "-passed_in", "passed_in", "-passed_in", "passed_out")
	if len(p) != 3 || p[0].Admission != "a" || p[1].Admission != "" || p[2].Direction != observe.DirectionOut {
		t.Errorf("%+v", p)
	}
	did(t, b)
}

// What is wrong in a config block is told at its attribute.
func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*Config)
		path, says string
	}{
		"no sensors":   {func(c *Config) { c.PassedIn, c.PassedOut = "", "" }, "passed_in", "light curtain"},
		"half a pair":  {func(c *Config) { c.PassedOut = "" }, "passed_in", "light curtain"},
		"both kinds":   {func(c *Config) { c.BeamStreet, c.BeamStore = "a", "b" }, "passed_in", "light curtain"},
		"one and half": {func(c *Config) { c.BeamStreet = "a" }, "passed_in", "light curtain"},
		"line twice":   {func(c *Config) { c.Fire = "passed_out" }, "fire", "is passed_out already"},
	} {
		conf := Config{Sensors: Sensors{PassedIn: "passed_in", PassedOut: "passed_out"}, UnlockIn: "unlock_in"}
		c.change(&conf)
		_, err := Open(nil)(t.Context(), sdk.Env{}, conf)
		if fault.PathOf(err) != c.path || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v at %q", name, err, fault.PathOf(err))
		}
	}
}
