package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
)

// patience is how long a case waits in a machine that interprets.
const patience = 2 * time.Minute

// process is the plugin in a process of its own, as a host starts it.
type process struct {
	*host.Plugin
	cmd *exec.Cmd
}

func (p *process) start(t testing.TB) *host.Plugin {
	t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), servedEnv+"=1")
	p.Plugin = classtest.Command(t, p.cmd)
	return p.Plugin
}

// Lines of the simulated turnstile.
const (
	unlock = iota
	passedIn
	passedOut
	fire
	lines
)

// turnstile is a chip with a turnstile on it: its relay is on when its line is low, and the board
// holds it off; the fire alarm's loop is closed.
type turnstile struct {
	*gpiosim.Chip
	trace *gpiosim.Trace
}

func newTurnstile(t testing.TB) turnstile {
	t.Helper()
	c := gpiosim.NewLabelled(t, "turnstile", lines, "UNLOCK", "IN", "OUT", "FIRE")
	for line, high := range map[int]bool{unlock: true, passedIn: true, passedOut: true, fire: false} {
		c.Set(line, high)
	}
	return turnstile{c, gpiosim.Follow(t, c)}
}

func (s turnstile) config(t testing.TB, change map[string]any) string {
	t.Helper()
	c := map[string]any{
		"chip": s.Path, "unlock_in": "UNLOCK", "passed_in": "IN", "passed_out": "2", "fire": "FIRE",
		"bias": "none", "debounce": 0, "pulse": 50 * time.Millisecond, "window": time.Minute,
	}
	maps.Copy(c, change)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// on tells how often the relay went on.
func (s turnstile) on() (n int) {
	for _, did := range s.trace.Of(unlock) {
		if did == "set 0" {
			n++
		}
	}
	return n
}

// body makes a contact tell of a body.
func (s turnstile) body(line int) {
	s.Edge(line, false)
	s.Edge(line, true)
}

// The gate over the wire, on lines of a real kernel. A body gets in by a pulse of the relay, once.
func TestVMGateConforms(t *testing.T) {
	hil.VM{Modules: []string{"gpio-sim"}, Limit: 10 * time.Minute}.Run(t, func(t *testing.T) {
		s := newTurnstile(t)
		var p process
		used := 0
		gatetest.Run(t, gatetest.Harness{
			Subject: classtest.Subject{
				Driver: "relay_gate", Address: "gate.north", Config: s.config(t, nil), Patience: patience,
				Start: func(t testing.TB) *host.Plugin {
					used = s.on()
					return p.start(t)
				},
			},
			Counts: true,
			Pass: func(t testing.TB, way observe.Direction) bool {
				if way == observe.DirectionOut {
					s.body(passedOut)
					return true
				}
				// No pulse after the plugin was asked so often, and had as much time, is none.
				for range 25 {
					if s.on() > used {
						used++
						s.body(passedIn)
						return true
					}
					if _, err := p.Health(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Millisecond)
				}
				return false
			},
		})
	})
}

// The relay is on for pulses and never else: not when the plugin opens, closes, is killed, or starts
// again, as the kernel's trace shows.
func TestVMNeverGlitches(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, lines of its gpio-sim")
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		s := newTurnstile(t)
		var p process
		subject := classtest.Subject{Driver: "relay_gate", Config: s.config(t, map[string]any{"pulse": 10 * time.Second}), Start: p.start, Patience: patience}
		never := func(deed string) {
			t.Helper()
			if did := s.trace.Of(unlock); slices.Contains(did, "set 0") || !s.High(unlock) {
				t.Fatalf("%s: %q, high %t", deed, did, s.High(unlock))
			}
		}
		r := subject.Open(t)
		never("opened")
		if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch); err != nil {
			t.Fatal(err)
		}
		never("closed")
		r.Reopen()
		never("opened again")
		kill(t, &p)
		never("killed")
		r = subject.Open(t)
		never("started again")
		if !slices.Contains(s.trace.Of(unlock), "set 1") {
			t.Fatal("the trace shows nothing")
		}
		if err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), gate.Admission{Session: "visit", Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if s.on() != 1 || s.High(unlock) {
			t.Errorf("admitted: on %d times, high %t", s.on(), s.High(unlock))
		}
		kill(t, &p)
		if s.on() != 1 || !s.High(unlock) {
			t.Errorf("killed in a pulse: on %d times, high %t", s.on(), s.High(unlock))
		}
	})
}

// kill ends the plugin as a crash does, and returns when the kernel has let go of its lines.
func kill(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile("/sys/kernel/debug/gpio")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "|aisle") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the kernel still says\n%s", b)
		}
	}
}

// Lines that somebody else has, a wire that is cut, a chip that is pulled out, and one that comes
// back: each said in a sentence, and well again after it.
func TestVMTrouble(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, lines of its gpio-sim")
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		s := newTurnstile(t)
		var p, other process
		subject := classtest.Subject{Driver: "relay_gate", Config: s.config(t, nil), Start: p.start, Patience: patience}
		r := subject.Open(t)
		rival := subject
		rival.Start = other.start
		if _, err := other.start(t).Open(t.Context(), rival.Request(1)); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), `line UNLOCK of `+s.Path+`: the line is in use by "aisle"`) {
			t.Errorf("busy: %v", err)
		}
		s.body(passedOut)
		r.Next()
		s.Edge(fire, true) // the wire is cut
		r.Says("fire input is open")
		if s.High(unlock) {
			t.Error("the gate is not free")
		}
		s.Unplug()
		if l := r.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable || !strings.Contains(l.Err.Error(), "was pulled out") {
			t.Errorf("pulled out: %v", l.Err)
		}
		if _, err := r.Plugin.Open(t.Context(), subject.Request(r.Epoch+1)); fault.PathOf(err) != "chip" || !strings.Contains(err.Error(), "no such GPIO chip") {
			t.Errorf("nothing there: %v at %q", err, fault.PathOf(err))
		}
		r.Epoch++
		back := newTurnstile(t)
		r.Subject.Config = back.config(t, nil)
		r.Reopen()
		if err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), gate.Admission{Session: "visit", Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		back.body(passedIn)
		if got := r.Next().Evidence.(observe.Passage); got.Admission != "visit" || back.on() != 1 {
			t.Errorf("%+v, on %d times", got, back.on())
		}
	})
}
