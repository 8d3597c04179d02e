package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// The limits of one plugin's relay.
const (
	// Conns is how many connections it may have at a time; one more is reset.
	Conns = 64
	// DialRate is how many connections a second it may open once DialBurst are
	// used up. More wait in the kernel's queue, which costs the host nothing.
	DialRate  = 10
	DialBurst = 32
	// DialWithin is how long a dial may take, its look-up included.
	DialWithin = 5 * time.Second
	// HalfClosed is how long a connection that one side has finished may go
	// without a byte from the other.
	HalfClosed = 2 * time.Minute
	// A connection that nobody has finished may be silent for as long as the
	// other end is there: devices are. It is asked after KeepAliveIdle, and
	// given up after KeepAliveCount times KeepAliveEvery without an answer.
	KeepAliveIdle  = 15 * time.Second
	KeepAliveEvery = 5 * time.Second
	KeepAliveCount = 3
	// NoteEvery is how often at most one address is written of in the log.
	NoteEvery = 10 * time.Second

	// bufferSize is how much is carried at a time, in each direction.
	bufferSize = 16 << 10
)

// Limits are the limits of one relay. A field that is zero has its default.
type Limits struct {
	Conns, DialRate, DialBurst        int
	DialWithin, HalfClosed, NoteEvery time.Duration
}

func (l *Limits) withDefaults() Limits {
	var v Limits
	if l != nil {
		v = *l
	}
	set(&v.Conns, Conns)
	set(&v.DialRate, DialRate)
	set(&v.DialBurst, DialBurst)
	set(&v.DialWithin, DialWithin)
	set(&v.HalfClosed, HalfClosed)
	set(&v.NoteEvery, NoteEvery)
	return v
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Target is one granted address and the listener that stands for it inside.
type Target struct {
	// Address is "host:port", a name or an IP address and a number.
	Address string
	// Listener accepts TCP connections. It is the relay's from New on.
	Listener net.Listener
}

// Options are the relay's settings. Nil is the default.
type Options struct {
	// Plugin is the name in the log.
	Plugin string
	Log    *slog.Logger
	Limits *Limits
	// Resolver looks names up; nil for the system's.
	Resolver *net.Resolver
}

// Relay carries the connections of one plugin.
type Relay struct {
	log     *slog.Logger
	limits  Limits
	targets []*target
	slots   chan struct{}
	pace    *pace

	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once
	served chan struct{} // closed when Serve has returned, or can't be called
	all    sync.WaitGroup
}

// ErrClosed is Serve's error when the relay was closed before, or served twice.
var ErrClosed = errors.New("the relay is closed")

// New makes a relay. It accepts nothing yet. The listeners are closed if it
// fails: a relay that is half there would be an open question.
func New(targets []Target, o *Options) (*Relay, error) {
	if o == nil {
		o = &Options{}
	}
	l := o.Limits.withDefaults()
	r := &Relay{
		log: o.Log, limits: l, slots: make(chan struct{}, l.Conns),
		pace: newPace(l.DialRate, l.DialBurst), served: make(chan struct{}),
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	r.log = r.log.With("plugin", o.Plugin)
	r.ctx, r.cancel = context.WithCancel(context.Background())
	var bad error
	for _, t := range targets {
		made, err := newTarget(t, l, o.Resolver)
		bad = errors.Join(bad, err)
		r.targets = append(r.targets, made)
	}
	if bad != nil {
		r.cancel()
		r.closeListeners()
		return nil, fmt.Errorf("relay of plugin %q: %w", o.Plugin, bad)
	}
	return r, nil
}

// Serve carries connections until ctx ends or the relay is closed, and returns
// when all of them have gone. It is called once.
func (r *Relay) Serve(ctx context.Context) error {
	err := ErrClosed
	r.once.Do(func() {
		defer close(r.served)
		err = nil
		stop := context.AfterFunc(ctx, r.cancel)
		defer stop()
		unhook := context.AfterFunc(r.ctx, r.closeListeners)
		defer unhook()
		for _, t := range r.targets {
			r.all.Go(func() { r.accept(t) })
		}
		r.all.Wait()
		r.cancel()
		r.closeListeners()
	})
	return err
}

// Close resets all connections and returns when Serve has. It never fails.
func (r *Relay) Close() {
	r.cancel()
	r.once.Do(func() { // never served
		r.closeListeners()
		close(r.served)
	})
	<-r.served
}

func (r *Relay) closeListeners() {
	for _, t := range r.targets {
		if t.listener != nil {
			t.listener.Close()
		}
	}
}

// Stats are the counts of all addresses, in the order of the targets.
func (r *Relay) Stats() []Stat {
	all := make([]Stat, len(r.targets))
	for i, t := range r.targets {
		all[i] = t.stat()
	}
	return all
}
