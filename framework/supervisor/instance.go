package supervisor

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/supervisor/relay"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
)

// Spec says which plugin to start.
type Spec struct {
	// Name is the plugin's in the store file, and in every log line of it.
	Name string
	// Path is the program's.
	Path string
	// Want is the SHA-256 that the program must have; zero for any. Where
	// programs run from sealed memory, what runs is what was checked.
	Want [32]byte
	Args []string
	// Dir is its working directory; empty for the host's own.
	Dir string
	// Agent runs it on another machine, which has its own program for the
	// name; nil for this one.
	Agent Remote
	// Grants is what it may use of the machine. Nothing else is there for it.
	Grants sandbox.Grants
	// Isolation says whether it may run where a measure is missing.
	Isolation sandbox.Level
	// Broken says why it can't be started at all: nobody could find its program,
	// or learn what it is. It is given up at once, until it is upgraded.
	Broken error
	// StartWithin is how long it may take to get ready; 0 is the limit of all.
	StartWithin time.Duration
}

// Instance is one running process of a plugin. It is never started again.
type Instance struct {
	spec   Spec
	launch *launch
	root   string
	remote RemoteInstance // where it is elsewhere; then it has no launch

	limits  Limits
	once    sync.Once
	stopErr error
}

// Start starts a plugin and returns when it has described itself. The error is
// a *StartError, or that of ctx. Whoever starts an instance stops it.
func (s *Supervisor) Start(ctx context.Context, spec Spec) (*Instance, error) {
	if spec.Broken != nil {
		return nil, spec.Broken
	}
	if spec.Agent != nil {
		return s.startRemote(ctx, spec)
	}
	if err := spec.Grants.Check(s.Rules()); err != nil {
		return nil, &StartError{Plugin: spec.Name, Path: spec.Path, Reason: ReasonGrants, Detail: "was not started: " + err.Error(), Err: err}
	}
	root, err := s.dirs.instance()
	if err != nil {
		return nil, &StartError{Plugin: spec.Name, Path: spec.Path, Reason: ReasonHost, Detail: "could not be started: " + err.Error(), Err: err}
	}
	_, _ = s.with.launcher() // is looked for, or built, before time counts
	defer s.with.turn(ctx)()
	limits := s.limits
	if spec.StartWithin > 0 {
		limits.StartWithin = spec.StartWithin
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.StartWithin, errLate)
	defer cancel()
	out := s.output(spec.Name)
	in := &Instance{spec: spec, launch: newLaunch(newProcess(spec, root, out, &s.with), limits), root: root, limits: limits}
	if err := in.launch.run(ctx); err != nil {
		in.discard()
		return nil, err
	}
	in.launch.proc.group.Set(cgroup.ByClass(classesOf(in.launch.desc)...))
	return in, nil
}

// Describe starts a plugin, asks what it is and stops it. To say what it needs
// it is granted nothing.
func (s *Supervisor) Describe(ctx context.Context, spec Spec) (host.Description, error) {
	spec.Grants = sandbox.Grants{}
	if spec.Agent != nil {
		return spec.Agent.Describe(ctx, spec)
	}
	in, err := s.Start(ctx, spec)
	if err != nil {
		return host.Description{}, err
	}
	return in.Description(), in.Stop()
}

// Plugin is the host's end of the plugin.
func (in *Instance) Plugin() *host.Plugin {
	if in.remote != nil {
		return in.remote.Plugin()
	}
	return in.launch.plugin
}

// Description is what the plugin said of itself when it started.
func (in *Instance) Description() host.Description {
	if in.remote != nil {
		return in.remote.Description()
	}
	return in.launch.desc
}

// Spec is what it was started by.
func (in *Instance) Spec() Spec { return in.spec }

// Outdated reports whether a USB device that it is granted was plugged in since it was
// started, or plugged in again: what a process may use is settled when it starts, so
// only another instance gets it.
func (in *Instance) Outdated() bool {
	if in.remote != nil {
		return in.remote.Outdated()
	}
	p := in.launch.proc
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.jail != nil && p.jail.outdated()
}

// PID is the process id.
func (in *Instance) PID() int {
	if in.remote != nil {
		return in.remote.PID()
	}
	return in.launch.proc.pid()
}

// Done is closed when the process has gone, for whatever reason.
func (in *Instance) Done() <-chan struct{} {
	if in.remote != nil {
		return in.remote.Done()
	}
	return in.launch.proc.gone
}

// Err says how the process ended, once Done is closed. It waits a moment for
// the last words.
func (in *Instance) Err() error {
	if in.remote != nil {
		return in.remote.Err()
	}
	p := in.launch.proc
	<-p.drained
	return &ExitError{Plugin: p.spec.Name, State: p.exit(), Output: p.out.last()}
}

// Isolation says what is enforced on the process, and by what.
func (in *Instance) Isolation() sandbox.Report {
	if in.remote != nil {
		if r, ok := in.remote.(interface{ Isolation() sandbox.Report }); ok {
			return r.Isolation()
		}
		return nil
	}
	return in.launch.proc.isolation
}

// ClockOffset is the time of day where it runs less the host's, as far as that
// is known.
func (in *Instance) ClockOffset() time.Duration {
	if in.remote != nil {
		return in.remote.ClockOffset()
	}
	return 0
}

// Usage is what the process has taken of the machine, where control groups
// count it.
func (in *Instance) Usage() cgroup.Usage {
	if in.remote != nil {
		return cgroup.Usage{}
	}
	return in.launch.proc.group.Usage()
}

// Connections counts, for each granted address that the host carries, what went
// through it. Nil where nothing is carried: no grant, no namespace of its own, or
// another machine.
func (in *Instance) Connections() []relay.Stat {
	if in.remote != nil {
		return nil
	}
	p := in.launch.proc
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jail == nil {
		return nil
	}
	return p.jail.connections()
}

// classesOf lists the classes of device that a plugin drives: what it may take
// of the machine goes by them.
func classesOf(d host.Description) (l []string) {
	for _, v := range d.Drivers {
		l = append(l, v.Class)
	}
	return l
}

// Dropped is how many bytes of output were over the limit.
func (in *Instance) Dropped() int64 {
	if in.remote != nil {
		return in.remote.Dropped()
	}
	return in.launch.proc.out.droppedBytes()
}

// Kill kills the process group at once. It does not wait.
func (in *Instance) Kill() {
	if in.remote != nil {
		in.remote.Kill()
		return
	}
	in.launch.proc.kill()
}

// end kills the process group of an instance that is of no more use. It returns
// why it is: how the plugin ended where it did so by itself, for then what was
// seen first is no more than a sign of it.
func (in *Instance) end(cause error) error {
	if in.remote != nil {
		in.remote.Kill()
		return cause
	}
	in.launch.proc.end()
	if in.launch.proc.exitedItself() {
		return in.Err()
	}
	return cause
}

// Stop asks the plugin to end (SIGTERM, on which the SDK closes what is open and
// sends what is left to send), kills its process group when the grace is over,
// and returns when the process has been reaped, in Limits.StopWithin at most.
// An error says that it is still there, which only the kernel can cause.
func (in *Instance) Stop() error {
	in.once.Do(func() { in.stopErr = in.stop() })
	return in.stopErr
}

func (in *Instance) stop() error {
	if in.remote != nil {
		return in.remote.Stop(in.limits.StopWithin)
	}
	p := in.launch.proc
	limit := time.NewTimer(in.launch.limits.StopWithin)
	defer limit.Stop()
	grace := time.NewTimer(in.launch.limits.StopGrace)
	defer grace.Stop()
	p.terminate()
	select {
	case <-p.gone:
	case <-grace.C:
		p.kill()
	}
	closed := make(chan struct{})
	go func() { // and whatever it has to wait for, not for long
		defer close(closed)
		<-p.gone
		in.launch.close()
	}()
	for _, c := range []<-chan struct{}{p.gone, closed, p.drained} {
		select {
		case <-c:
		case <-limit.C:
			return fmt.Errorf("plugin %q, process %d, does not end although it was killed", p.spec.Name, p.pid())
		}
	}
	return os.RemoveAll(in.root)
}

// discard clears up after a start that failed: the process has been killed and
// its output read.
func (in *Instance) discard() {
	in.launch.close()
	_ = os.RemoveAll(in.root) // swept when a host next starts
}
