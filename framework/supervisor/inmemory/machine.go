package inmemory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/host"
)

// Options say what runs on a machine.
type Options struct {
	// Name is the machine's.
	Name string
	// Plugin gives the plugin, anew for each process.
	Plugin func() sdk.Plugin
	// SpoolEvents is sdk.TestOptions'.
	SpoolEvents int
	// Delay says how long the next bytes are under way; nil for no time.
	Delay func() time.Duration
	// Again says whether the message that was just received from a plugin's
	// stream comes a second time; nil for never.
	Again func() bool
	// Ended is told when a process has gone, and whether it was asked to; nil for
	// nobody.
	Ended func(asked bool)
	// Log gets what the SDK says; nil is silence.
	Log *slog.Logger
}

// Machine runs the processes of one plugin.
type Machine struct {
	opt Options
	weather

	state     sync.Mutex
	unreached time.Time // nobody gets through to it before
	running   *instance
	work      sync.WaitGroup
}

var _ supervisor.Remote = (*Machine)(nil)

// New makes a machine. It starts nothing.
func New(o Options) *Machine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m := &Machine{opt: o}
	m.delay, m.halves = o.Delay, map[*half]bool{}
	return m
}

// Close kills what runs and waits until nothing is left of it.
func (m *Machine) Close() {
	m.Crash(errors.New("the machine is switched off"))
	m.work.Wait()
}

// Running reports whether a process runs.
func (m *Machine) Running() bool {
	m.state.Lock()
	defer m.state.Unlock()
	return m.running != nil
}

// Crash ends the process that runs, without a word, and reports whether one did.
func (m *Machine) Crash(why error) bool {
	m.state.Lock()
	in := m.running
	m.state.Unlock()
	if in == nil {
		return false
	}
	in.end(why)
	return true
}

// Cut breaks all connections. The process goes on, and may be called again.
func (m *Machine) Cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for h := range m.halves {
		h.sever(errReset)
	}
}

// Unreached has nobody get through to the machine for a time. Connections stay.
func (m *Machine) Unreached(d time.Duration) {
	m.state.Lock()
	defer m.state.Unlock()
	m.unreached = time.Now().Add(d)
}

// Stall has nothing arrive in a way for a time. What is sent waits; no end is
// told.
func (m *Machine) Stall(way Way, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.since[way], m.stalled[way] = now, now.Add(d)
	m.changed()
}

// Slow has no more than so many bytes a second arrive in a way for a time.
func (m *Machine) Slow(way Way, rate int, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rate[way], m.slow[way] = rate, time.Now().Add(d)
	m.changed()
}

// Hang has the process that runs answer nothing any more, as one that was
// stopped, while its machine is well; it reports whether one did. It stays so
// until it is killed.
func (m *Machine) Hang() bool {
	m.state.Lock()
	in := m.running
	m.state.Unlock()
	if in == nil {
		return false
	}
	in.say(nil)
	in.mu.Lock()
	in.hung = true
	in.mu.Unlock()
	m.Stall(ToPlugin, forever)
	m.Stall(ToHost, forever)
	return true
}

const forever = 365 * 24 * time.Hour

// Heal ends whatever is in the way.
func (m *Machine) Heal() {
	m.state.Lock()
	m.unreached = time.Time{}
	hung := m.running != nil && m.running.isHung()
	m.state.Unlock()
	if hung {
		return // until it is killed
	}
	m.calm()
}

func (m *Machine) calm() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalled, m.slow = [ways]time.Time{}, [ways]time.Time{}
	m.changed()
}

// cut off says until when nobody gets through, nil where somebody does.
func (m *Machine) cutOff() error {
	m.state.Lock()
	defer m.state.Unlock()
	if left := time.Until(m.unreached); left > 0 {
		return fmt.Errorf("no route for another %v", left)
	}
	return nil
}

// Reached waits until somebody gets through (supervisor.Remote).
func (m *Machine) Reached(ctx context.Context) error {
	for m.cutOff() != nil {
		t := time.NewTimer(agent.RetryMost)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// Describe starts a process, asks what it is and ends it (supervisor.Remote).
func (m *Machine) Describe(ctx context.Context, spec supervisor.Spec) (host.Description, error) {
	in, err := m.start(ctx, spec)
	if err != nil {
		return host.Description{}, err
	}
	return in.Description(), in.Stop(agent.StopWithin)
}

// Start starts a process (supervisor.Remote).
func (m *Machine) Start(ctx context.Context, spec supervisor.Spec) (supervisor.RemoteInstance, error) {
	in, err := m.start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return in, nil
}

func (m *Machine) start(ctx context.Context, spec supervisor.Spec) (*instance, error) {
	away := func(err error) error {
		return &supervisor.AwayError{Plugin: spec.Name, Agent: m.opt.Name, Err: err}
	}
	if err := m.cutOff(); err != nil {
		return nil, away(err)
	}
	in := &instance{m: m, name: spec.Name, lis: newListener(), gone: make(chan struct{}), changed: make(chan struct{}), left: make(chan struct{})}
	in.life, in.stop = context.WithCancel(context.Background())
	conn, err := grpc.NewClient("passthrough:///"+spec.Name, in.options()...)
	if err != nil {
		return nil, err
	}
	in.conn = conn
	m.state.Lock()
	if m.running != nil {
		m.state.Unlock()
		in.stop()
		return nil, errors.Join(errors.New("it runs already"), conn.Close())
	}
	m.running = in
	m.state.Unlock()
	in.plugin = host.New(conn)
	m.work.Go(in.serve)
	m.work.Go(in.watch)
	if in.desc, err = in.plugin.Describe(ctx); err != nil {
		in.end(err)
		if m.cutOff() != nil {
			err = away(err)
		}
		return nil, err
	}
	return in, nil
}

// instance is one process.
type instance struct {
	m      *Machine
	name   string
	lis    *listener
	conn   *grpc.ClientConn
	plugin *host.Plugin
	desc   host.Description
	life   context.Context
	stop   context.CancelFunc // asks it to end
	gone   chan struct{}      // closed when it has
	left   chan struct{}      // closed when its last goroutine has returned
	once   sync.Once

	mu      sync.Mutex
	hung    bool
	err     error
	cause   error // why it can't be reached
	changed chan struct{}
}

// options are those of a line to an agent, over memory.
func (in *instance) options() []grpc.DialOption {
	pace := backoff.Config{BaseDelay: agent.RetryFirst, Multiplier: 2, Jitter: 0.3, MaxDelay: agent.RetryMost}
	return append(host.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(in.dial),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: pace, MinConnectTimeout: agent.DialWithin}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: agent.KeepaliveEvery, Timeout: agent.KeepaliveWithin, PermitWithoutStream: true}),
		grpc.WithStreamInterceptor(in.m.repeat),
	)
}

func (in *instance) dial(ctx context.Context, _ string) (net.Conn, error) {
	if err := in.m.cutOff(); err != nil {
		return nil, err
	}
	here, there := in.m.pipe()
	select {
	case in.lis.conns <- there:
		return here, nil
	case <-in.gone:
		return nil, errors.Join(errors.New("nobody listens"), here.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), here.Close())
	}
}

// serve is the process.
func (in *instance) serve() {
	defer close(in.left)
	err := sdk.ServeTestWith(in.life, in.lis, in.m.opt.Plugin(), sdk.TestOptions{Log: in.m.opt.Log, SpoolEvents: in.m.opt.SpoolEvents})
	if err == nil {
		err = errAsked
	}
	in.end(err)
}

var errAsked = errors.New("it ended when it was asked to")

// end is the end of the process, and of all that it was talking to.
func (in *instance) end(why error) {
	in.once.Do(func() {
		in.mu.Lock()
		in.err = why
		in.mu.Unlock()
		close(in.gone)
		in.lis.Close()
		in.m.Cut()
		in.stop()
		_ = in.conn.Close() // it is closed but once
		in.m.state.Lock()
		if in.m.running == in {
			in.m.running = nil
		}
		in.m.state.Unlock()
		if in.isHung() {
			in.m.calm()
		}
		if in.m.opt.Ended != nil {
			in.m.opt.Ended(errors.Is(why, errAsked))
		}
	})
}

func (in *instance) isHung() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.hung
}

// watch tells of the line by what gRPC thinks of it.
func (in *instance) watch() {
	stood := false
	for s := in.conn.GetState(); ; s = in.conn.GetState() {
		var cause error
		switch s {
		case connectivity.Ready:
			stood = true
		case connectivity.Idle:
			in.conn.Connect()
			cause = errLine
		case connectivity.Connecting, connectivity.TransientFailure, connectivity.Shutdown:
			cause = errLine
		}
		if stood {
			in.say(cause)
		}
		if !in.conn.WaitForStateChange(in.life, s) || s == connectivity.Shutdown {
			return
		}
	}
}

var errLine = errors.New("the line is cut")

func (in *instance) say(cause error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.hung || (cause == nil) == (in.cause == nil) { // that it hangs is not the line's fault
		return
	}
	in.cause = cause
	close(in.changed)
	in.changed = make(chan struct{})
}

func (in *instance) Plugin() *host.Plugin          { return in.plugin }
func (in *instance) Description() host.Description { return in.desc }
func (in *instance) PID() int                      { return 0 }
func (in *instance) Done() <-chan struct{}         { return in.gone }
func (in *instance) Dropped() int64                { return 0 }
func (in *instance) Outdated() bool                { return false } // nothing is plugged in here
func (in *instance) ClockOffset() time.Duration    { return 0 }

// Err says how it ended.
func (in *instance) Err() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return fmt.Errorf("plugin %q: %w", in.name, in.err)
}

var errKilled = errors.New("it was killed")

// Kill ends it at once.
func (in *instance) Kill() { in.end(errKilled) }

// Stop asks it to end, and kills it when the time is over.
func (in *instance) Stop(within time.Duration) error {
	in.stop()
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-in.gone:
	case <-t.C:
		in.Kill()
	}
	return nil
}

// Line is what gRPC thinks of the connection.
func (in *instance) Line() (cause error, changed <-chan struct{}) { //nolint:staticcheck // supervisor.RemoteInstance's
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.cause, in.changed
}

// Heard is now, but for a machine of which nothing is to be heard.
func (in *instance) Heard() time.Time {
	if in.isHung() {
		return time.Now()
	}
	m := in.m
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	heard := now
	for way := range ways {
		if m.stalled[way].After(now) && m.since[way].Before(heard) {
			heard = m.since[way]
		}
	}
	return heard
}
