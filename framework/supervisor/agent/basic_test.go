package agent

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
)

func TestThroughAnAgent(t *testing.T) {
	s := newStore(t)
	l := s.link(t, s.agent(t).address)
	d, err := l.Describe(t.Context(), acme)
	for begun := time.Now(); err != nil && time.Since(begun) < within; { // on a busy machine it has too little time
		t.Log("described again:", err)
		d, err = l.Describe(t.Context(), acme)
	}
	if err != nil || d.Name != "test/gate" || len(d.Drivers) != 1 {
		t.Fatalf("describe: %+v, %v", d, err)
	}
	in := start(t, l)
	if in.Description().Version != "1.2.3" || in.PID() == 0 {
		t.Errorf("described itself as %+v, process %d", in.Description(), in.PID())
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if _, err := in.Plugin().Open(ctx, host.OpenRequest{Handle: 1, Epoch: 5, Driver: "ticking", Address: "gate.north", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	got := make(chan host.Report, 10)
	observed := make(chan error, 1)
	go func() {
		observed <- in.Plugin().Observe(ctx, host.Sink{Reports: func(r []host.Report) {
			for _, r := range r {
				got <- r
			}
		}})
	}()
	if err := in.Plugin().Gate(1, 5).Admit(ctx, gate.Admission{Session: "s1", Bodies: 1, Expires: time.Now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Epoch != 5 || r.Seq != 1 {
		t.Errorf("reported %+v", r)
	}
	// Faults keep their code, and a panic its stack.
	err = in.Plugin().Gate(1, 4).Admit(ctx, gate.Admission{Session: "s1", Bodies: 1, Expires: time.Now().Add(time.Minute)})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a command of an older epoch: %v", err)
	}
	err = in.Plugin().Gate(1, 5).Admit(ctx, gate.Admission{Session: "panic", Bodies: 1, Expires: time.Now().Add(time.Minute)})
	if fault.CodeOf(err) != fault.Internal || host.Stack(err) == "" {
		t.Errorf("a panic: %v, stack %q", err, host.Stack(err))
	}
	if err := in.Stop(within); err != nil {
		t.Error(err)
	}
	<-in.Done()
	if err := <-observed; err == nil {
		t.Error("a stream of evidence ended without an error")
	}
}

func TestPluginEnds(t *testing.T) {
	s := newStore(t)
	in := start(t, s.link(t, s.agent(t).address))
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if _, err := in.Plugin().Open(ctx, host.OpenRequest{Handle: 1, Epoch: 5, Driver: "ticking", Address: "gate.north", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	err := in.Plugin().Gate(1, 5).Admit(ctx, gate.Admission{Session: "die", Bodies: 1, Expires: time.Now().Add(time.Minute)})
	if fault.CodeOf(err) != fault.Unknown {
		t.Errorf("an answer that was lost: %v", err)
	}
	<-in.Done()
	var exit *supervisor.ExitError
	if !errors.As(in.Err(), &exit) || exit.State != "exit status 7" {
		t.Errorf("ended with %v", in.Err())
	}
}

// That a USB device was plugged in at an agent's comes with its signs of life.
func TestOutdated(t *testing.T) {
	s := newStore(t)
	far := &inTest{plugin: classtest.InProcess(t, testPlugin()), done: make(chan struct{})}
	a := s.serveWith(t, s.identity(t, RoleAgent, "back", time.Now()), "127.0.0.1:0", func(context.Context, supervisor.Spec) (process, error) { return far, nil })
	in := start(t, s.link(t, a.address))
	if in.Outdated() {
		t.Error("it is out of date at once")
	}
	far.outdated.Store(true)
	for limit := time.Now().Add(within); !in.Outdated(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the host never heard of it")
		}
	}
}

func TestAgentHasNoSuchProgram(t *testing.T) {
	s := newStore(t)
	l := s.link(t, s.agent(t).address)
	for _, name := range []string{"other", "/bin/sh", "../acme", ""} {
		_, err := l.Start(t.Context(), supervisor.Spec{Name: name, Path: "/bin/sh"})
		has(t, err, "may not run on agent", "acme", "--allow")
		_, err = l.Describe(t.Context(), supervisor.Spec{Name: name, Path: "/bin/sh"})
		if err == nil {
			t.Errorf("%q was described", name)
		}
	}
}

// What an agent asks for at least holds for whatever it starts, also for a
// program that is only asked what it is.
func TestLeastIsolation(t *testing.T) {
	s := newStore(t)
	asked := make(chan sandbox.Level, 2)
	a := s.serveWith(t, s.identity(t, RoleAgent, "back", time.Now()), "127.0.0.1:0", func(_ context.Context, spec supervisor.Spec) (process, error) {
		asked <- spec.Isolation
		return nil, errors.New("not here")
	})
	a.server.level = sandbox.Required
	l := s.link(t, a.address)
	_, err := l.Describe(t.Context(), acme)
	has(t, err, "not here")
	_, err = l.Start(t.Context(), acme)
	has(t, err, "not here")
	for _, deed := range []string{"describe", "start"} {
		if got := <-asked; got != sandbox.Required {
			t.Errorf("%s: level %v", deed, got)
		}
	}
}
