package supervisor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/supervisor/relay"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
)

// Session is what somebody does with a plugin while it runs.
type Session interface {
	// Run uses one running instance until ctx ends. It is called again for each
	// new one. Where the instance is lost, the cause of ctx is a *Crash;
	// otherwise the host stops, and Run may stop the instance itself. Returning
	// before ctx ends means that the instance is of no use: it is stopped, and
	// that counts as a crash.
	Run(ctx context.Context, in *Instance) error
	// Health takes what the plugin last said of its devices. It is called
	// beside Run and must not block.
	Health(in *Instance, devices []host.DeviceHealth)
	// Changed tells of each change of the plugin's state, in order and from one
	// goroutine. In the states other than running and stopping, Run is not
	// under way.
	Changed(ctx context.Context, st Status)
}

// Crash is the cause of a session's context when its instance was lost.
type Crash struct{ Err error }

func (c *Crash) Error() string { return c.Err.Error() }

// Unwrap gives what happened.
func (c *Crash) Unwrap() error { return c.Err }

// State is a kept plugin's state.
type State string

// The states.
const (
	StateStarting    State = "starting"
	StateRunning     State = "running"
	StateRestarting  State = "restarting"
	StateQuarantined State = "quarantined"
	// StateUpgrading: it moves from one instance to another.
	StateUpgrading State = "upgrading"
	StateStopping  State = "stopping"
	StateStopped   State = "stopped"
)

// Status is what is known of a kept plugin.
type Status struct {
	Name, Path string
	State      State
	// Since is when it came into this state.
	Since time.Time
	// PID is the process's, 0 where there is none.
	PID int
	// Restarts counts them since Keep was called.
	Restarts int
	// Cause says why it crashed last or why it is given up.
	Cause error
	// Retry is when it is started again, where it waits for that.
	Retry time.Time
	// Dropped is how many bytes of its output were over the limit.
	Dropped int64
	// Isolation is what is enforced on its process; nil where there is none.
	Isolation sandbox.Report
	// Usage is what its process has taken, where control groups count it, and
	// Connections what was carried for it, an address each. Both are in
	// Supervisor.Status alone.
	Usage       cgroup.Usage
	Connections []relay.Stat
}

// keeper keeps one plugin running.
type keeper struct {
	s        *Supervisor
	session  Session
	restarts restarts
	release  chan struct{}
	swaps    chan *swap
	life     context.Context // Keep's
	upgrades sync.WaitGroup  // those under way, which Keep waits for

	mu        sync.Mutex
	spec      Spec
	status    Status
	instance  *Instance
	dropped   int64 // of instances that have ended
	upgrading bool
}

// Keep keeps a plugin running until ctx ends, and runs the session on each
// instance of it. It returns when the plugin has been stopped. The error says
// that the plugin is kept already or could not be stopped.
func (s *Supervisor) Keep(ctx context.Context, spec Spec, session Session) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k := &keeper{
		s: s, spec: spec, session: session, release: make(chan struct{}, 1), swaps: make(chan *swap), life: ctx,
		restarts: restarts{limits: s.limits, spread: s.spread},
		status:   Status{Name: spec.Name, Path: spec.Path},
	}
	s.mu.Lock()
	if old := s.kept[spec.Name]; old != nil && old.read().State != StateStopped {
		s.mu.Unlock()
		return fmt.Errorf("plugin %q is kept already", spec.Name)
	}
	k.status.State, k.status.Since = StateStarting, s.now()
	s.kept[spec.Name] = k
	s.mu.Unlock()
	err := k.run(ctx)
	cancel() // no upgrade begins any more, and one that has begun ends
	k.mu.Lock()
	k.mu.Unlock() //nolint:staticcheck // after one that was just beginning
	k.upgrades.Wait()
	k.to(ctx, StateStopped, nil)
	return err
}

func (k *keeper) run(ctx context.Context) error {
	var next *swap // whose instance is used next, instead of one that is started
	for {
		count, w := 1, next
		var in *Instance
		var cause error
		if w != nil {
			in, next = w.in, nil
		} else {
			count = k.s.limits.StartCrashes
			k.to(ctx, StateStarting, nil)
			in, cause = k.s.Start(ctx, k.spec)
		}
		if cause == nil {
			count = 1
			var err error
			if cause, err = k.serve(ctx, in, w); err != nil {
				return err
			}
		}
		if ctx.Err() != nil || errors.Is(cause, errClosed) {
			return nil
		}
		if k.broken() {
			count = k.s.limits.CrashLimit // no second attempt makes it better
		}
		var away *AwayError
		if !k.broken() && errors.As(cause, &away) {
			if !k.reach(ctx, away) {
				return nil
			}
			continue
		}
		if errors.Is(cause, errSwapFailed) {
			count = 0 // it is as it was before
		}
		var again bool
		if next, again = k.wait(ctx, count, cause); !again {
			return nil
		}
	}
}

// broken reports whether it can't be started as it is.
func (k *keeper) broken() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.spec.Broken != nil
}

// errSwapFailed is the cause where an upgrade failed and there is no old
// instance to go back to.
var errSwapFailed = errors.New("it was not running")

// wait waits until the plugin may be started again, or another version of it is
// there; false when it is to stop.
func (k *keeper) wait(ctx context.Context, count int, cause error) (*swap, bool) {
	delay, again := k.restarts.crashed(k.s.now(), count)
	if !again {
		k.s.log.Error("plugin is given up until it is released", "plugin", k.spec.Name, "cause", cause,
			"output", k.s.logs.path(k.spec.Name))
		k.to(ctx, StateQuarantined, cause)
		select {
		case <-k.release:
			k.restarts.reset()
			return nil, true
		case w := <-k.swaps:
			return w, true
		case <-ctx.Done():
			return nil, false
		}
	}
	k.s.log.Warn("plugin is restarted", "plugin", k.spec.Name, "in", delay, "cause", cause)
	k.change(ctx, func(s *Status) {
		s.State, s.Cause, s.Retry = StateRestarting, cause, k.s.now().Add(delay)
		s.Restarts++
	})
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil, true
	case w := <-k.swaps:
		return w, true
	case <-ctx.Done():
		return nil, false
	}
}

// ping asks the plugin for its health again and again. It returns when ctx
// ends, or the plugin has not answered too often.
func (k *keeper) ping(ctx context.Context, in *Instance) error {
	if in.remote != nil {
		return k.pingRemote(ctx, in)
	}
	l := k.s.limits
	missed := 0
	for {
		if missed == 0 {
			t := time.NewTimer(l.PingEvery)
			select {
			case <-ctx.Done():
				t.Stop()
				return ctx.Err()
			case <-t.C:
			}
		}
		call, cancel := context.WithTimeout(ctx, l.PingWithin)
		devices, err := in.Plugin().Health(call)
		<-late(call, err)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			missed = 0
			k.session.Health(in, devices)
			continue
		}
		if missed++; missed >= l.PingMisses {
			return fmt.Errorf("%w: %d health checks in a row failed, each within %v: %w", ErrHung, missed, l.PingWithin, err)
		}
	}
}

// late waits, after an error, for the rest of the call's time: a call that
// fails at once is no reason to kill a plugin at once.
func late(call context.Context, err error) <-chan struct{} {
	if err != nil {
		return call.Done()
	}
	done := make(chan struct{})
	close(done)
	return done
}

// to goes to a state.
func (k *keeper) to(ctx context.Context, state State, cause error) {
	k.change(ctx, func(s *Status) {
		s.State, s.Retry = state, time.Time{}
		if cause != nil {
			s.Cause = cause
		}
	})
}

func (k *keeper) change(ctx context.Context, f func(*Status)) {
	k.mu.Lock()
	f(&k.status)
	k.status.Since = k.s.now()
	k.mu.Unlock()
	st := k.read()
	k.s.notify(st)
	k.session.Changed(ctx, st)
}

// measured is how it is, with what has to be measured for that.
func (k *keeper) measured() Status {
	st := k.read()
	k.mu.Lock()
	in := k.instance
	k.mu.Unlock()
	if in != nil {
		st.Usage, st.Connections = in.Usage(), in.Connections()
	}
	return st
}

func (k *keeper) read() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.status
	v.Dropped = k.dropped
	if k.instance != nil {
		v.PID, v.Isolation = k.instance.PID(), k.instance.Isolation()
		v.Dropped += k.instance.Dropped()
	}
	return v
}
