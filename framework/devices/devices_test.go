package devices

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
)

func admit(t *testing.T, d *Devices, session string) error {
	t.Helper()
	g, _, err := d.Gate("gate.north")
	if err != nil {
		return err
	}
	return g.Admit(t.Context(), gate.Admission{Session: session, Bodies: 1, Expires: time.Now().Add(time.Minute)})
}

func TestOpenReportAckCommand(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Each mass after the first comes only when the one before was acknowledged.
	r.journal.await(t, func(in []event.Input) bool { m, _ := masses(in, "weight_shelf.top"); return len(m) >= 3 })
	r.journal.await(t, func(in []event.Input) bool {
		return words(states(in, "gate.north")) == "claiming ready " && words(states(in, "weight_shelf.top")) == "claiming ready "
	})
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Error(err)
	}
	if err := admit(t, r.Devices, "nobody"); fault.CodeOf(err) != fault.Refused {
		t.Errorf("refused: %v", err)
	}
	if _, _, err := r.Payment("gate.north"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a gate as processor: %v", err)
	}
	if _, _, err := r.Gate("gate.south"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no such gate: %v", err)
	}
	if v := r.Status(); len(v) != 2 || v[0].State != event.StateReady || v[1].Reports < 3 || v[0].Epoch == v[1].Epoch {
		t.Errorf("status %+v", v)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	r.journal.await(t, func(in []event.Input) bool { return words(states(in, "gate.north")) == "claiming ready closing " })
	if err := admit(t, r.Devices, "s2"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("after the end: %v", err)
	}
}

func TestCrashReopens(t *testing.T) {
	r := start(t, newJournal(), testSpec(), &supervisor.Limits{RestartFirst: time.Millisecond}, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, old, err := r.Gate("gate.north")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		return words(states(in, "gate.north")) == "claiming ready failed claiming ready " &&
			words(states(in, "weight_shelf.top")) == "claiming ready failed claiming ready "
	})
	s := states(r.journal.list(), "gate.north")
	if !strings.Contains(s[2].Cause, "signal: killed") || s[2].Epoch != old || s[4].Epoch <= old || s[3].Epoch != s[4].Epoch {
		t.Errorf("states %+v", s)
	}
	r.journal.await(t, func(in []event.Input) bool {
		m, epoch := masses(in, "weight_shelf.top")
		return epoch > old && len(m) >= 2 && m[0] == 1
	})
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Error(err)
	}
	// Evidence of an opening never follows the word of its end.
	ended := uint64(0)
	for _, in := range r.journal.list() {
		if st, ok := in.(event.DeviceStatus); ok && st.State == event.StateFailed && st.Device == "weight_shelf.top" {
			ended = st.Epoch
		}
		if e, ok := in.(event.Evidence); ok && e.Epoch == ended && e.Device == "weight_shelf.top" {
			t.Error("evidence after the end of its opening")
		}
	}
}

// A plugin that was asked to end ends its stream before its process is gone,
// which is nothing to warn of.
func TestStopIsSilent(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if w := r.warned.list(); len(w) > 0 {
		t.Errorf("warned of %q", w)
	}
}

// The word that a device ended waits for the evidence that came before it, also
// where the engine is slow to take that.
func TestEndWaitsForEvidence(t *testing.T) {
	j := newJournal()
	j.blockers = make(chan struct{})
	r := start(t, j, testSpec(), &supervisor.Limits{RestartFirst: time.Millisecond}, shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-j.blocked // a report waits in the engine's door
	in := r.all.Load().devices["weight_shelf.top"].plugin.running()
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for { // until the host has seen that
		if _, err := in.Health(t.Context()); err != nil {
			break
		}
	}
	early := time.NewTimer(200 * time.Millisecond)
	defer early.Stop()
	<-early.C // time for a mistake to show
	if w := words(states(j.list(), "weight_shelf.top")); w != "claiming ready " {
		t.Errorf("went %s before its evidence was taken", w)
	}
	close(j.blockers)
	j.await(t, func(in []event.Input) bool {
		return words(states(in, "weight_shelf.top")) == "claiming ready failed claiming ready "
	})
}

func TestLostDeviceReopens(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(`{"lost":`+file(t)+`}`), shelfDef())
	r.journal.await(t, func(in []event.Input) bool {
		return words(states(in, "gate.north")) == "claiming ready offline claiming ready "
	})
	if s := states(r.journal.list(), "gate.north"); !strings.Contains(s[2].Cause, "cable pulled") {
		t.Errorf("states %+v", s)
	}
	if w := words(states(r.journal.list(), "weight_shelf.top")); strings.Contains(w, "offline") || strings.Contains(w, "failed") {
		t.Errorf("the other device went %s", w)
	}
}

// A vendor finds the line of a panic in the host's log.
func TestPanicIsLoggedWithItsStack(t *testing.T) {
	for config, want := range map[string][]string{
		"panics": {"gate.north run: ", "index out of range", "(*testGate).Run"},
		"bad":    {"gate.north open: ", "no such board", "openGate"},
	} {
		r := start(t, newJournal(), testSpec(), nil, gateDef(`{"`+config+`":`+file(t)+`}`), shelfDef())
		r.journal.await(t, func(in []event.Input) bool {
			return strings.HasSuffix(words(states(in, "gate.north")), "failed ready ") ||
				strings.HasSuffix(words(states(in, "gate.north")), "failed claiming ready ")
		})
		r.warned.mu.Lock()
		stacks := strings.Join(r.warned.stacks, "\n")
		r.warned.mu.Unlock()
		for _, w := range want {
			if !strings.Contains(stacks, w) {
				t.Errorf("%s: %q is not in the log's stacks %q", config, w, stacks)
			}
		}
	}
}

func TestOpenFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		def    func(t *testing.T) storedef.Device
		states string
		path   string
		says   string
	}{
		{"comes back", func(t *testing.T) storedef.Device { return gateDef(`{"offline":` + file(t) + `}`) },
			"claiming offline ready ", "", "no answer from the lane"},
		{"invalid", func(*testing.T) storedef.Device { return gateDef(`{"invalid":true}`) }, "claiming failed ", "invalid", "no such gate"},
		{"config of another shape", func(*testing.T) storedef.Device { return gateDef(`{"colour":"red"}`) }, "claiming failed ", "colour", "gate.north"},
		{"no such driver", func(*testing.T) storedef.Device { d := gateDef(""); d.Driver = "door"; return d }, "claiming failed ", "", `no driver "door"`},
		{"driver of another class", func(*testing.T) storedef.Device { d := gateDef(""); d.Driver = "cells"; return d },
			"claiming failed ", "", "is for shelf devices"},
		{"hangs", func(*testing.T) storedef.Device { return gateDef(`{"hang":true}`) }, "claiming offline ", "", "within 5s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Leases: filepath.Join(t.TempDir(), "leases")}
			if tt.name == "hangs" {
				o.Limits = &Limits{OpenWithin: 5 * time.Second}
			}
			r := startWith(t, newJournal(), o, testSpec(), nil, tt.def(t), shelfDef())
			err := r.Opened(t.Context())
			var e *DeviceError
			if !errors.As(err, &e) || e.Address != "gate.north" || e.Path != tt.path || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, path %q", err, e.Path)
			}
			r.journal.await(t, func(in []event.Input) bool { return strings.HasPrefix(words(states(in, "gate.north")), tt.states) })
			if v := r.Status()[1]; v.State != event.StateReady {
				t.Errorf("the other device is %s", v.State)
			}
		})
	}
}

func TestPluginDoesNotStart(t *testing.T) {
	r := start(t, newJournal(), supervisor.Spec{Name: "test", Path: "/none/at/all"}, &supervisor.Limits{RestartFirst: time.Millisecond},
		gateDef(""), shelfDef())
	err := r.Opened(t.Context())
	var e *PluginError
	var s *supervisor.StartError
	if !errors.As(err, &e) || !errors.As(err, &s) || s.Reason != supervisor.ReasonMissing || len(e.Devices) != 2 ||
		strings.Count(err.Error(), "is missing") != 1 {
		t.Errorf("got %v", err)
	}
	r.journal.await(t, func(in []event.Input) bool { return words(states(in, "gate.north")) == "failed quarantined " })
	if err := admit(t, r.Devices, "s1"); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "quarantined") {
		t.Errorf("got %v", err)
	}
}

func TestCondition(t *testing.T) {
	r := start(t, newJournal(), testSpec(), &supervisor.Limits{PingEvery: 10 * time.Millisecond}, gateDef(`{"worn":true}`))
	r.journal.await(t, func(in []event.Input) bool { return words(states(in, "gate.north")) == "claiming ready degraded " })
	if v := r.Status()[0]; v.Cause != "the motor is worn" {
		t.Errorf("%+v", v)
	}
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Errorf("a degraded gate opens: %v", err)
	}
}

func TestSinkFails(t *testing.T) {
	j := newJournal()
	j.err = errors.New("disk full")
	r := start(t, j, testSpec(), nil, gateDef(""))
	<-r.ended
	if err := r.stop(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

func TestEndsBesideBlockedSink(t *testing.T) {
	j := newJournal()
	j.blockers = make(chan struct{})
	r := start(t, j, testSpec(), nil, shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
}

func TestEndsWithStoppedPlugin(t *testing.T) {
	r := start(t, newJournal(), testSpec(), &supervisor.Limits{StopGrace: 200 * time.Millisecond}, gateDef(""))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
}

func TestOpenedWaits(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(`{"hang":true}`))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := r.Opened(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "gate.north") {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		defs []storedef.Device
		says string
	}{
		{[]storedef.Device{{Address: "gate.a", Plugin: "other"}}, `plugin "other" has no program`},
		{[]storedef.Device{gateDef(""), gateDef("")}, "twice"},
	} {
		_, err := New(&Options{Store: storedef.Store{Devices: tt.defs}, Plugins: map[string]supervisor.Spec{"test": {}}})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("got %v", err)
		}
	}
}
