package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent/internal/agentpb"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
)

// instance is one process at the agent (supervisor.RemoteInstance).
type instance struct {
	link   *Link
	name   string
	id     uint64
	boot   uint64
	pid    int
	since  uint64 // the first beat whose answer must list it
	plugin *host.Plugin
	desc   host.Description
	// isolation is what the agent says that it enforces.
	isolation sandbox.Report

	dropped  atomic.Int64
	outdated atomic.Bool
	once     sync.Once
	done     chan struct{}
	err      error
}

var _ supervisor.RemoteInstance = (*instance)(nil)

// Start starts the agent's program for a plugin (supervisor.Remote).
func (l *Link) Start(ctx context.Context, spec supervisor.Spec) (supervisor.RemoteInstance, error) {
	n, err := l.outcome(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.starting++
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.starting--
		l.mu.Unlock()
	}()
	use, err := json.Marshal(usage{spec.Grants, spec.Isolation})
	if err != nil {
		return nil, err
	}
	r, err := n.agent.Start(ctx, &agentpb.StartRequest{Plugin: spec.Name, UsageJson: use}, grpc.MaxCallRecvMsgSize(maxControl))
	if err != nil {
		return nil, l.startError(ctx, spec, n, err)
	}
	if f := r.GetFailure(); f != nil {
		return nil, &supervisor.StartError{Plugin: spec.Name, Path: l.path(), Reason: supervisor.Reason(bound(f.GetReason())),
			Detail: bound(f.GetDetail()), Output: boundAll(f.GetOutput())}
	}
	i := &instance{link: l, name: spec.Name, id: r.GetInstance().GetId(), boot: n.boot, pid: max(0, int(r.GetInstance().GetPid())), done: make(chan struct{})}
	i.plugin = host.New(&far{i})
	i.plugin.Through(i.at)
	i.isolation = boundReport(r.GetIsolationJson())
	if err := l.adopt(i, n); err != nil {
		return nil, err
	}
	if i.desc, err = i.plugin.Describe(ctx); err != nil {
		i.Kill()
		return nil, l.startError(ctx, spec, n, err)
	}
	if i.desc.Contract != host.Contract {
		i.Kill()
		return nil, &supervisor.StartError{Plugin: spec.Name, Path: l.path(), Reason: supervisor.ReasonOtherContract,
			Detail: fmt.Sprintf("speaks contract version %d and this host version %d", i.desc.Contract, host.Contract)}
	}
	return i, nil
}

// adopt takes an instance over, unless its line has gone meanwhile.
func (l *Link) adopt(i *instance, n *line) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.boot != n.boot:
		return &supervisor.AwayError{Plugin: i.name, Agent: l.o.Name, Err: errors.New("the agent was started again")}
	case l.instances[i.id] != nil:
		return &supervisor.StartError{Plugin: i.name, Path: l.path(), Reason: supervisor.ReasonHost,
			Detail: fmt.Sprintf("could not be started: the agent gives the instance %d twice", i.id)}
	case len(l.instances) >= MaxInstances:
		return &supervisor.StartError{Plugin: i.name, Path: l.path(), Reason: supervisor.ReasonHost,
			Detail: fmt.Sprintf("could not be started: the agent runs %d processes already", MaxInstances)}
	}
	i.since = n.beat.Load() + 1
	l.instances[i.id] = i
	return nil
}

func (l *Link) path() string { return "on agent " + l.o.Name }

// startError tells a start that failed from a line that is cut.
func (l *Link) startError(ctx context.Context, spec supervisor.Spec, n *line, err error) error {
	now, cause, _ := l.state()
	if now != n {
		if cause == nil {
			cause = errors.New("the line was cut")
		}
		return &supervisor.AwayError{Plugin: spec.Name, Agent: l.o.Name, Err: cause}
	}
	reason := supervisor.ReasonSilent
	if ctx.Err() != nil {
		reason = supervisor.ReasonHung
	}
	text := err.Error()
	if st, ok := status.FromError(err); ok {
		text = st.Message()
	}
	return &supervisor.StartError{Plugin: spec.Name, Path: l.path(), Reason: reason, Detail: "did not start: " + bound(text), Err: err}
}

// Describe asks a program of the agent's what it is (supervisor.Remote). It takes
// no lease.
func (l *Link) Describe(ctx context.Context, spec supervisor.Spec) (host.Description, error) {
	ctx, cancel := context.WithTimeout(ctx, DialWithin+supervisor.StartWithin)
	defer cancel()
	cc, s, err := l.connect()
	if err != nil {
		return host.Description{}, &supervisor.AwayError{Plugin: spec.Name, Agent: l.o.Name, Err: err}
	}
	defer func() { _ = cc.Close() }() // nothing is under way
	d, err := host.New(cc).Describe(metadata.AppendToOutgoingContext(ctx, keyPlugin, spec.Name))
	if err != nil {
		if why := s.why(nil); why != nil {
			return d, &supervisor.AwayError{Plugin: spec.Name, Agent: l.o.Name, Err: why}
		}
		return d, fmt.Errorf("plugin %q on agent %q: %w", spec.Name, l.o.Name, err)
	}
	return d, nil
}

// Plugin is the host's end of the plugin.
func (i *instance) Plugin() *host.Plugin { return i.plugin }

// Description is what the plugin said of itself when it started.
func (i *instance) Description() host.Description { return i.desc }

// PID is its process id on the agent's machine.
func (i *instance) PID() int { return i.pid }

// Done is closed when the process has gone.
func (i *instance) Done() <-chan struct{} { return i.done }

// Err says how it ended, once Done is closed.
func (i *instance) Err() error { return i.err }

// Isolation is what the agent says that its machine enforces.
func (i *instance) Isolation() sandbox.Report { return i.isolation }

// Dropped is how many bytes of its output were over the limit.
func (i *instance) Dropped() int64 { return i.dropped.Load() }

// Outdated reports whether a USB device was plugged in that only another instance gets.
func (i *instance) Outdated() bool { return i.outdated.Load() }

// Line says why the instance can't be reached.
func (i *instance) Line() (error, <-chan struct{}) { //nolint:staticcheck // the error is a value here
	n, cause, changed := i.link.state()
	if n != nil {
		return nil, changed
	}
	return fmt.Errorf("agent %q can't be reached: %w", i.link.o.Name, cause), changed
}

// Heard is when the agent last gave a sign of life.
func (i *instance) Heard() time.Time {
	n, _, _ := i.link.state()
	if n == nil {
		return time.Time{}
	}
	return started.Add(time.Duration(n.heard.Load()) * time.Microsecond)
}

// at is what the agent's clock shows at an instant (host.Clock).
func (i *instance) at(t time.Time) (us uint64, known bool) {
	n, _, _ := i.link.state()
	if n == nil || n.boot != i.boot {
		return 0, false // nothing is sent
	}
	return n.clock.at(t)
}

// ClockOffset is the agent's time of day less the host's.
func (i *instance) ClockOffset() time.Duration {
	i.link.mu.Lock()
	defer i.link.mu.Unlock()
	if n := i.link.line; n != nil {
		i.link.ahead = n.clock.offset()
	}
	return i.link.ahead
}

// gone says how the process ended.
func (i *instance) gone(state string, output []string) {
	i.once.Do(func() {
		i.err = &supervisor.ExitError{Plugin: i.name, State: state, Output: output}
		close(i.done)
	})
}

// Kill has the process killed. It does not wait.
func (i *instance) Kill() {
	l := i.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.line; n != nil && !l.closed {
		l.threads.Go(func() { _ = i.stop(n, true, LeaseWithin) }) // what goes on is swept
	}
}

// Stop has the process stopped. Where the line is cut it goes on at the agent
// until this host is back, or another takes the agent.
func (i *instance) Stop(within time.Duration) error {
	n, cause, _ := i.link.state()
	if n == nil || n.boot != i.boot {
		i.link.log.Warn("plugin can't be stopped and goes on at its agent", "plugin", i.name, "cause", cause)
		i.link.forget(i)
		i.gone("left at its agent", nil)
		return nil
	}
	return i.stop(n, false, within)
}

func (i *instance) stop(n *line, kill bool, within time.Duration) error {
	ctx, cancel := context.WithTimeout(n.life, within+DialWithin)
	defer cancel()
	_, err := n.agent.Stop(ctx, &agentpb.StopRequest{Id: i.id, Kill: kill})
	if now, _, _ := i.link.state(); err != nil && now == n && ctx.Err() != nil {
		return fmt.Errorf("plugin %q, process %d on agent %q, does not end although it was killed", i.name, i.pid, i.link.o.Name)
	}
	i.link.forget(i)
	i.gone("stopped", nil)
	return nil
}

func (l *Link) forget(i *instance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.instances[i.id] == i {
		delete(l.instances, i.id)
	}
}

// far is an instance's connection: whichever line there is at the moment.
type far struct{ i *instance }

var _ grpc.ClientConnInterface = (*far)(nil)

// Invoke makes a call, which fails at once where there is no line: then it has
// not left this machine.
func (f *far) Invoke(ctx context.Context, method string, args, reply any, o ...grpc.CallOption) error {
	n, cause, _ := f.i.link.state()
	if n == nil {
		return status.Errorf(codes.Unavailable, "agent %q can't be reached: %v", f.i.link.o.Name, cause)
	}
	if n.boot != f.i.boot {
		return status.Errorf(codes.Unavailable, "agent %q was started again", f.i.link.o.Name)
	}
	return n.cc.Invoke(f.tag(ctx, n), method, args, reply, o...)
}

// NewStream opens a stream. That of evidence waits for the line.
func (f *far) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, o ...grpc.CallOption) (grpc.ClientStream, error) {
	if method == methodCommand {
		method = methodRelay
	}
	for {
		n, cause, changed := f.i.link.state()
		switch {
		case n != nil && n.boot != f.i.boot:
			return nil, status.Errorf(codes.Unavailable, "agent %q was started again", f.i.link.o.Name)
		case n != nil:
			return n.cc.NewStream(f.tag(ctx, n), d, method, o...)
		case method != methodObserve:
			return nil, status.Errorf(codes.Unavailable, "agent %q can't be reached: %v", f.i.link.o.Name, cause)
		}
		select {
		case <-changed:
		case <-f.i.done:
			return nil, status.Error(codes.Unavailable, "the plugin has ended")
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
}

// tag says which instance a call is for, and when its time is over by the
// agent's clock.
func (f *far) tag(ctx context.Context, n *line) context.Context {
	pairs := []string{keyInstance, strconv.FormatUint(f.i.id, 10)}
	if d, ok := ctx.Deadline(); ok {
		if by, ok := n.clock.at(d); ok {
			pairs = append(pairs, keyBy, strconv.FormatUint(by, 10))
		}
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}
