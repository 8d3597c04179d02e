package supervisor

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// follow is a session that tells of each instance and waits for its end.
type follow struct {
	up     chan *Instance
	down   chan struct{}
	health chan []host.DeviceHealth
}

func newFollow() *follow {
	return &follow{up: make(chan *Instance), down: make(chan struct{}, 100), health: make(chan []host.DeviceHealth, 1)}
}

func (f *follow) Run(ctx context.Context, in *Instance) error {
	f.up <- in
	<-ctx.Done()
	f.down <- struct{}{}
	return nil
}

func (f *follow) Health(_ *Instance, h []host.DeviceHealth) {
	select {
	case f.health <- h:
	default:
	}
}

func (f *follow) Changed(context.Context, Status) {}

func keep(t *testing.T, o Options, spec Spec, session Session) (s *Supervisor, stop func()) {
	t.Helper()
	s = supervise(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Keep(ctx, spec, session) }()
	stop = func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	return s, stop
}

func TestKeepRestarts(t *testing.T) {
	f := newFollow()
	s, stop := keep(t, Options{Limits: &Limits{RestartFirst: time.Millisecond, PingEvery: 10 * time.Millisecond}}, spec("serve"), f)
	first := <-f.up
	<-f.health
	if st := s.Status(); len(st) != 1 || st[0].State != StateRunning || st[0].PID != first.PID() || st[0].Restarts != 0 {
		t.Errorf("running: %+v", st)
	}
	if err := s.Keep(t.Context(), spec("serve"), f); err == nil || !strings.Contains(err.Error(), "kept already") {
		t.Errorf("kept twice: %v", err)
	}
	if err := syscall.Kill(first.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := <-f.up
	if second.PID() == first.PID() || len(f.down) != 1 {
		t.Errorf("pid %d after %d, %d ended", second.PID(), first.PID(), len(f.down))
	}
	st := s.Status()[0]
	var exit *ExitError
	if st.Restarts != 1 || !errors.As(st.Cause, &exit) || exit.State != "signal: killed" {
		t.Errorf("after the crash: %+v", st)
	}
	stop()
	if st := s.Status()[0]; st.State != StateStopped || st.PID != 0 {
		t.Errorf("stopped: %+v", st)
	}
}

func TestKeepReplacesHung(t *testing.T) {
	f := newFollow()
	s, stop := keep(t, Options{Limits: &Limits{PingEvery: 10 * time.Millisecond, PingWithin: 2 * time.Second}}, spec("serve"), f)
	first := <-f.up
	if err := syscall.Kill(first.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-f.up
	<-first.Done()
	if cause := s.Status()[0].Cause; !errors.Is(cause, ErrHung) {
		t.Errorf("cause %v", cause)
	}
	stop()
}

func TestKeepStopsStopped(t *testing.T) {
	f := newFollow()
	_, stop := keep(t, Options{Limits: &Limits{StopGrace: 100 * time.Millisecond}}, spec("serve"), f)
	in := <-f.up
	if err := syscall.Kill(in.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stop()
	<-in.Done()
}

func TestCircuit(t *testing.T) {
	for _, tt := range []struct {
		mode   string
		starts int // a crash at start counts double
	}{{"serve", 5}, {"exit", 3}} {
		t.Run(tt.mode, func(t *testing.T) {
			states := make(chan Status, 1000)
			s, stop := keep(t, Options{
				Limits: &Limits{RestartFirst: time.Microsecond},
				Notify: func(st Status) { states <- st },
			}, spec(tt.mode), failing{})
			defer stop()
			count := func() (starts int, last Status) {
				for last = range states {
					switch last.State {
					case StateStarting:
						starts++
					case StateQuarantined:
						return starts, last
					}
				}
				return
			}
			starts, last := count()
			if starts != tt.starts || last.Cause == nil {
				t.Errorf("%d starts, want %d; cause %v", starts, tt.starts, last.Cause)
			}
			if s.Release("other") || !s.Release("acme") {
				t.Error("release")
			}
			if starts, _ := count(); starts != tt.starts {
				t.Errorf("%d starts after release, want %d", starts, tt.starts)
			}
		})
	}
}

// failing kills every instance.
type failing struct{}

func (failing) Run(ctx context.Context, in *Instance) error {
	p, _ := os.FindProcess(in.PID())
	_ = p.Kill()
	<-ctx.Done()
	return ctx.Err()
}

func (failing) Health(*Instance, []host.DeviceHealth) {}

func (failing) Changed(context.Context, Status) {}

func TestDelay(t *testing.T) {
	l := (*Limits)(nil).withDefaults()
	for _, tt := range []struct {
		n      int
		spread float64
		want   time.Duration
	}{
		{1, 0.5, 0}, {2, 0.5, 250 * time.Millisecond}, {3, 0.5, 500 * time.Millisecond}, {8, 0.5, 16 * time.Second},
		{9, 0.5, 30 * time.Second}, {100, 0.5, 30 * time.Second}, {100, 1, 30 * time.Second},
		{2, 0, 200 * time.Millisecond}, {2, 1, 300 * time.Millisecond},
	} {
		if got := l.delay(tt.n, tt.spread); got != tt.want {
			t.Errorf("delay %d at %v: %v, want %v", tt.n, tt.spread, got, tt.want)
		}
	}
}

func TestCrashWindow(t *testing.T) {
	start := time.Unix(0, 0)
	for _, tt := range []struct {
		name  string
		every time.Duration
		want  bool // closed after the fifth
	}{
		{"within", CrashWindow/4 - 1, false},
		{"over", CrashWindow / 4, true},
	} {
		r := restarts{limits: (*Limits)(nil).withDefaults(), spread: func() float64 { return 0.5 }}
		ok := true
		for i := range 5 {
			_, ok = r.crashed(start.Add(time.Duration(i)*tt.every), 1)
			if i < 4 && !ok {
				t.Errorf("%s: open after %d", tt.name, i+1)
			}
		}
		if ok != tt.want {
			t.Errorf("%s: closed %v", tt.name, ok)
		}
	}
}
