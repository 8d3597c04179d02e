package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// Remote runs plugins on another machine. Package agent has the one there is.
type Remote interface {
	// Start starts the program that the other machine has for the spec's name,
	// and returns when it has described itself. The error is a *StartError, an
	// *AwayError, or that of ctx.
	Start(ctx context.Context, spec Spec) (RemoteInstance, error)
	// Describe asks such a program what it is and leaves none behind. It
	// disturbs no host that uses the machine.
	Describe(ctx context.Context, spec Spec) (host.Description, error)
	// Reached returns when the other machine can be reached, or ctx ends.
	Reached(ctx context.Context) error
}

// RemoteInstance is one process of a plugin on another machine. It outlives the
// line to it: while that is cut, calls fail at once and the process goes on.
type RemoteInstance interface {
	Plugin() *host.Plugin
	Description() host.Description
	PID() int
	Done() <-chan struct{}
	Err() error
	Dropped() int64
	// Outdated is as Instance's, and as old as the agent's last sign of life.
	Outdated() bool
	Kill()
	// Stop returns within a time, whether the other machine answers or not.
	Stop(within time.Duration) error
	// Line says why the instance can't be reached, nil where it can, and gives
	// what is closed when that changes.
	Line() (cause error, changed <-chan struct{})
	// ClockOffset is the other machine's time of day less the host's, 0 where
	// the difference is too small to tell.
	ClockOffset() time.Duration
	// Heard is when the other machine last gave a sign of life.
	Heard() time.Time
}

// Distant is a Session that is told when the line to its instance is cut.
// Meanwhile the instance is neither stopped nor lost.
type Distant interface {
	Session
	// Away tells why the instance can't be reached. The next Health says that it
	// can again. It must not block.
	Away(in *Instance, cause error)
}

// AwayError says that a plugin is where nobody can be reached at present.
type AwayError struct {
	// Plugin is the plugin's name, Agent the other machine's.
	Plugin, Agent string
	Err           error
}

func (e *AwayError) Error() string {
	return fmt.Sprintf("plugin %q runs on agent %q, which can't be reached: %v", e.Plugin, e.Agent, e.Err)
}

// Unwrap gives the cause.
func (e *AwayError) Unwrap() error { return e.Err }

func (s *Supervisor) startRemote(ctx context.Context, spec Spec) (*Instance, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.StartWithin, errLate)
	defer cancel()
	r, err := spec.Agent.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &Instance{spec: spec, remote: r, limits: s.limits}, nil
}

// reach waits until the other machine can be reached. That it can't is no crash
// of the plugin. It is false when the plugin is to stop.
func (k *keeper) reach(ctx context.Context, away *AwayError) bool {
	k.s.log.Warn("plugin's agent can't be reached", "plugin", k.spec.Name, "agent", away.Agent, "cause", away.Err)
	k.to(ctx, StateRestarting, away)
	if k.spec.Agent.Reached(ctx) != nil {
		return false
	}
	t := time.NewTimer(k.s.limits.RestartFirst) // an agent that is reached and lost again must not spin
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pingRemote is ping over a line that may be cut: what goes unanswered then is
// no sign that the plugin hangs. It counts against the plugin only what it left
// unanswered while its agent did answer.
func (k *keeper) pingRemote(ctx context.Context, in *Instance) error {
	l := k.s.limits
	session, _ := k.session.(Distant)
	for missed := 0; ; {
		cause, changed := in.remote.Line()
		if cause != nil {
			if session != nil {
				session.Away(in, cause)
			}
			missed = 0
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		asked := time.Now()
		call, cancel := context.WithTimeout(ctx, l.PingWithin)
		devices, err := in.Plugin().Health(call)
		if err != nil {
			select {
			case <-call.Done(): // a call that fails at once is no reason to kill a plugin at once
			case <-changed:
			}
		}
		cancel()
		cause, _ = in.remote.Line()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			missed = 0
			k.session.Health(in, devices)
		case cause == nil && in.remote.Heard().After(asked.Add(l.PingWithin/2)):
			if missed++; missed >= l.PingMisses {
				return fmt.Errorf("%w: %d health checks in a row failed, each within %v: %w", ErrHung, missed, l.PingWithin, err)
			}
		}
		if err != nil {
			continue
		}
		t := time.NewTimer(l.PingEvery)
		select {
		case <-t.C:
		case <-changed:
		case <-ctx.Done():
		}
		t.Stop()
	}
}
