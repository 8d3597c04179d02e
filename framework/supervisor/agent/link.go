package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent/internal/agentpb"
)

// LinkOptions say which agent to use.
type LinkOptions struct {
	// Name is the agent's in the store file and in its certificate, Address its
	// host:port.
	Name, Address string
	// Dir has the host's identity (aisle agent init).
	Dir string
	// Epoch is this host's: greater than that of every host before it. Zero
	// makes one of the clock.
	Epoch uint64
	// Log gets when the line is cut and when it is back; nil for slog's default.
	Log *slog.Logger
	// Dial makes connections; nil for TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Link is a host's end of an agent.
type Link struct {
	o   LinkOptions
	log *slog.Logger

	once    sync.Once
	stop    context.CancelFunc
	life    context.Context
	threads sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	line      *line
	cause     error         // why there is no line; nil before the first attempt
	changed   chan struct{} // closed when line or cause change
	since     time.Time
	instances map[uint64]*instance
	boot      uint64
	starting  int
	expires   time.Time // of the agent's certificate
	own       time.Time // when the host's ends
	ahead     time.Duration
}

var _ supervisor.Remote = (*Link)(nil)

// epochBits are the random low bits of an epoch that is made of the clock.
const epochBits = 12

// NewLink makes a host's end of an agent. It starts nothing: the line is made
// when it is first needed.
func NewLink(o LinkOptions) *Link {
	if o.Epoch == 0 {
		o.Epoch = uint64(time.Now().UnixMicro())<<epochBits | rand.Uint64()&(1<<epochBits-1) //nolint:gosec // this century's
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: DialWithin}).DialContext
	}
	l := &Link{o: o, log: o.Log.With("agent", o.Name), changed: make(chan struct{}), instances: map[uint64]*instance{}, since: time.Now()}
	l.life, l.stop = context.WithCancel(context.Background())
	return l
}

// After makes this host newer than an epoch: the newest that its journal knows,
// which a clock that was set back may be behind. It is called before anything is
// started.
func (l *Link) After(epoch uint64) { l.o.Epoch = max(l.o.Epoch, epoch+1) }

// Close ends the line. Instances that were not stopped go on at the agent until
// a host takes it.
func (l *Link) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.stop()
	l.threads.Wait()
	return nil
}

// Status is how a line is.
type Status struct {
	Name, Address string
	// Up says that the agent can be reached; Cause why not.
	Up    bool
	Cause error
	Since time.Time
	// Expires is when the agent's certificate ends; zero where it never
	// connected.
	Expires time.Time
	// HostExpires is when this host's certificate ends; zero before it called.
	HostExpires time.Time
	// Renew says how to renew the certificates that end within RenewWithin; empty
	// where none does.
	Renew string
	// ClockOffset is the agent's time of day less the host's.
	ClockOffset time.Duration
}

// Status tells how the line is.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Status{Name: l.o.Name, Address: l.o.Address, Up: l.line != nil, Cause: l.cause, Since: l.since, Expires: l.expires, HostExpires: l.own}
	s.Renew = renewals(time.Now(), l.o.Name, l.expires, l.own)
	if l.line != nil {
		s.Cause, s.ClockOffset = nil, l.line.clock.offset()
	}
	return s
}

// renewals says which certificates are due and how they are renewed. One whose
// end is not known, zero, is not due.
func renewals(now time.Time, name string, agents, own time.Time) string {
	var due []string
	if !agents.IsZero() && agents.Sub(now) <= RenewWithin {
		due = append(due, renewal(RoleAgent, name))
	}
	if !own.IsZero() && own.Sub(now) <= RenewWithin {
		due = append(due, renewal(RoleHost, name))
	}
	return strings.Join(due, "; ")
}

// begin makes and keeps the line from now on.
func (l *Link) begin() {
	l.once.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.closed {
			l.threads.Go(func() { l.keep(l.life) })
		}
	})
}

// keep makes the line again whenever it is cut, until ctx ends.
func (l *Link) keep(ctx context.Context) {
	for n := 0; ; n++ {
		begun := time.Now()
		err := l.attempt(ctx)
		l.down(err)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > DialWithin+LeaseWithin {
			n = 0
		}
		t := time.NewTimer(pauseBefore(n, rand.Float64()))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// pauseBefore is how long to wait after failure n in a row, from 0. Spread, from
// 0 to 1, is where it lies in its range.
func pauseBefore(n int, spread float64) time.Duration {
	d := min(RetryFirst<<min(n, 8), RetryMost)
	return time.Duration(float64(d) * (1 - retrySpread*spread))
}

// up says that there is a line.
func (l *Link) up(line *line) {
	l.mu.Lock()
	was := l.since
	l.line, l.since = line, time.Now()
	cause := l.cause
	l.cause = nil
	l.turn()
	l.mu.Unlock()
	if cause != nil {
		l.log.Info("the line to the agent is back", "after", time.Since(was).Round(time.Millisecond))
	} else {
		l.log.Info("the agent is connected", "address", l.o.Address)
	}
}

// down says why there is none.
func (l *Link) down(cause error) {
	l.mu.Lock()
	fresh := l.line != nil || l.cause == nil
	if fresh {
		l.since = time.Now()
	}
	if l.line != nil || l.cause == nil || l.cause.Error() != cause.Error() {
		l.line, l.cause = nil, cause
		l.turn()
	}
	closed := l.closed
	l.mu.Unlock()
	if fresh && !closed {
		l.log.Warn("the agent can't be reached", "address", l.o.Address, "cause", cause)
	}
}

// turn tells whoever waits. The lock is held.
func (l *Link) turn() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// state is the line, or why there is none, and what is closed when that changes.
func (l *Link) state() (*line, error, <-chan struct{}) { //nolint:staticcheck // the error is a value here
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line, l.cause, l.changed
}

// Reached returns when the agent can be reached (supervisor.Remote).
func (l *Link) Reached(ctx context.Context) error {
	l.begin()
	for {
		line, _, changed := l.state()
		if line != nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.life.Done():
			return errClosed
		}
	}
}

var errClosed = errors.New("the host lets the agent go")

// outcome waits for the line, or for why there is none.
func (l *Link) outcome(ctx context.Context, plugin string) (*line, error) {
	l.begin()
	for {
		line, cause, changed := l.state()
		switch {
		case line != nil:
			return line, nil
		case cause != nil:
			return nil, &supervisor.AwayError{Plugin: plugin, Agent: l.o.Name, Err: cause}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, &supervisor.AwayError{Plugin: plugin, Agent: l.o.Name, Err: fmt.Errorf("still connecting: %w", context.Cause(ctx))}
		case <-l.life.Done():
			return nil, &supervisor.AwayError{Plugin: plugin, Agent: l.o.Name, Err: errClosed}
		}
	}
}

// reconcile takes what the agent says it runs. Asked says that the answer is to
// a beat, so that what was started before it is in the list.
func (l *Link) reconcile(r *agentpb.LeaseResponse, line *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.GetBoot() != l.boot {
		for id, i := range l.instances {
			i.gone("the agent was started again, and its plugins with it", nil)
			delete(l.instances, id)
		}
		l.boot = r.GetBoot()
	}
	seen := map[uint64]bool{}
	var strange []uint64
	for _, told := range r.GetInstances() {
		seen[told.GetId()] = true
		i := l.instances[told.GetId()]
		switch {
		case i == nil && l.starting == 0 && r.GetBeat() != 0:
			strange = append(strange, told.GetId())
		case i == nil:
		case told.GetEnded() != nil:
			i.gone(bound(told.GetEnded().GetState()), boundAll(told.GetEnded().GetOutput()))
			delete(l.instances, i.id)
		default:
			i.dropped.Store(told.GetDropped())
			i.outdated.Store(told.GetOutdated())
		}
	}
	for id, i := range l.instances {
		if !seen[id] && r.GetBeat() >= i.since && r.GetBeat() != 0 {
			i.gone("the agent no longer has it", nil)
			delete(l.instances, id)
		}
	}
	if len(strange) > 0 {
		line.sweep(strange)
	}
}
