// Package dispatch turns asks into calls and what became of them into answers.
//
// A gate is driven one ask at a time; a processor has up to MaxPayments calls
// under way, but those of one session in order. Every call has a deadline on
// the store's clock, and a longer one on the machine's for a device that hangs
// while the store's clock stands. Every ask that is sent gets exactly one
// answer: done, refused, unavailable or unknown, by the fault code of what came
// back. Only an ask that was under way when the host stopped gets none: it is
// pending in the journal and goes out again under the same key.
//
// It retries nothing: whether and when to ask again is the core's decision. It
// knows no plugin and no process; a Directory gives it devices to call.
//
// Only package store joins it to the engine.
package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/payment"
)

// Limits.
const (
	// AdmitWithin is how long a gate may take to open: a shopper who stands
	// before it for longer has tapped again.
	AdmitWithin = 2 * time.Second
	// ReaderWithin is how long a reader may take to show an answer, to begin an
	// enrolment or to forget somebody.
	ReaderWithin = 5 * time.Second
	// PaymentWithin is how long a processor may take. Issuers answer within a
	// second or two; after ten the outcome is better looked up.
	PaymentWithin = 10 * time.Second
	// HangWithin is how long, on the machine's clock, a call may take where
	// the store's clock stands meanwhile.
	HangWithin = 30 * time.Second
	// MaxPayments is how many calls to one processor are under way at once.
	MaxPayments = 64
	// maxMessage bounds the text of an answer.
	maxMessage = 512
)

// Gate is what a gate can be asked.
type Gate interface {
	Admit(ctx context.Context, a gate.Admission) error
}

// Payment is what a processor can be asked. One that can't raise a hold answers
// that with code unsupported.
type Payment interface {
	payment.Processor
	payment.Increaser
}

// Reader is what a credential reader can be asked. One that can't answers with code
// unsupported.
type Reader interface {
	credential.Shower
	credential.Enroller
	credential.Forgetter
}

// Directory finds devices by address. A device that is not open is an error
// with a fault code, Unavailable where it may be open later.
type Directory interface {
	Gate(address string) (Gate, error)
	Payment(address string) (Payment, error)
	// Reader also says whether the reader shows answers.
	Reader(address string) (r Reader, shows bool, err error)
}

// Options join dispatch to the rest. Devices, Clock and Answer are required.
type Options struct {
	Devices Directory
	Clock   clock.Clock
	Work    *clock.Work
	// Answer takes an answer in. It may block.
	Answer func(context.Context, event.Answer) error
	Log    *slog.Logger
	// Patience is how many times as long as usual devices have to answer, for a machine
	// that is emulated or far too busy; 0 is once.
	Patience int
}

// patient is a limit on this machine.
func (o *Options) patient(limit time.Duration) time.Duration {
	return time.Duration(max(o.Patience, 1)) * limit
}

// Dispatcher sends asks. Send may be called from the start; calls are made
// while Run runs.
type Dispatcher struct {
	opt  Options
	news chan struct{}
	done chan *lane
	// toShow holds a token where there is something to show.
	toShow chan struct{}

	mu    sync.Mutex
	queue []task
	hand  map[string]bool // asks that have no answer yet, by ID
	over  bool
	// readers are where visits were opened; replies are what readers have yet to show.
	readers map[string]string
	replies map[string]credential.Reply
	closed  string // why no admission is sent any more

	// The rest belongs to Run.
	lanes map[string]*lane
	cards map[string]*pool
}

// task is an ask to carry out. Again says that it may have been sent already,
// before the host stopped.
type task struct {
	ask   event.Ask
	again bool
}

// lane is asks that go one after the other.
type lane struct {
	name  string
	queue []task
	pool  *pool // where the lane shares a limit with others
}

// pool is lanes that share a limit on how many run at once.
type pool struct {
	running int
	waiting []*lane
}

// New returns a dispatcher. It starts nothing.
func New(o Options) *Dispatcher {
	if o.Work == nil {
		o.Work = &clock.Work{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Dispatcher{
		opt: o, news: make(chan struct{}, 1), done: make(chan *lane), hand: map[string]bool{},
		toShow: make(chan struct{}, 1), readers: map[string]string{}, replies: map[string]credential.Reply{},
		lanes: map[string]*lane{}, cards: map[string]*pool{},
	}
}

// Send takes an ask that is durable. It never blocks. An ask that is already
// in hand is not sent twice. Again says that it may have been sent before, by a
// host that stopped since. After Run has ended asks are left to the journal.
func (d *Dispatcher) Send(a event.Ask, again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over || d.hand[a.ID] {
		return
	}
	d.hand[a.ID] = true
	d.queue = append(d.queue, task{a, again})
	d.opt.Work.Begin()
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// CloseEntry has every admission from now on refused.
func (d *Dispatcher) CloseEntry(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = reason
}

// InHand returns how many asks have no answer yet.
func (d *Dispatcher) InHand() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.hand)
}

// Run makes the calls, and has readers show what they are told, until ctx ends. Then calls under way are cancelled and
// waited for; they get no answer.
func (d *Dispatcher) Run(ctx context.Context) {
	var wg sync.WaitGroup
	stopped := make(chan struct{})
	defer wg.Wait()
	defer close(stopped)
	defer d.end()
	wg.Go(func() { d.showAll(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.news:
			for _, t := range d.take() {
				d.place(ctx, &wg, stopped, t)
			}
		case l := <-d.done:
			d.next(ctx, &wg, stopped, l)
		}
	}
}

func (d *Dispatcher) take() []task {
	d.mu.Lock()
	defer d.mu.Unlock()
	asks := d.queue
	d.queue = nil
	return asks
}

// end lets go of what was never begun.
func (d *Dispatcher) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	for range d.queue {
		d.opt.Work.End()
	}
	d.queue = nil
}

// place puts an ask in its lane, and begins it where the lane is free. An ask
// that waits for another is not in hand for the clock: the other one is.
func (d *Dispatcher) place(ctx context.Context, wg *sync.WaitGroup, stopped chan struct{}, t task) {
	name, shared := laneOf(t.ask)
	l := d.lanes[name]
	if l != nil {
		l.queue = append(l.queue, t)
		d.opt.Work.End()
		return
	}
	l = &lane{name: name, queue: []task{t}}
	d.lanes[name] = l
	if shared {
		l.pool = d.cards[t.ask.Device]
		if l.pool == nil {
			l.pool = &pool{}
			d.cards[t.ask.Device] = l.pool
		}
		if l.pool.running == MaxPayments {
			l.pool.waiting = append(l.pool.waiting, l)
			d.opt.Work.End()
			return
		}
		l.pool.running++
	}
	d.start(ctx, wg, stopped, l)
}

// laneOf names the lane of an ask: a gate's or reader's own, or a session's at a
// processor.
func laneOf(a event.Ask) (name string, shared bool) {
	if !a.Operation.Money() {
		return a.Device, false
	}
	return a.Device + "\x00" + a.Session, true
}

// start makes the first call of a lane. It is in hand.
func (d *Dispatcher) start(ctx context.Context, wg *sync.WaitGroup, stopped chan struct{}, l *lane) {
	t := l.queue[0]
	l.queue = l.queue[1:]
	wg.Go(func() {
		d.serve(ctx, t)
		select {
		case d.done <- l: // still in hand: the next of the lane must begin first
		case <-stopped:
			d.opt.Work.End()
		}
	})
}

// next goes on after a call of a lane ended: with the lane's next ask, or with
// the lane that waited longest.
func (d *Dispatcher) next(ctx context.Context, wg *sync.WaitGroup, stopped chan struct{}, l *lane) {
	p := l.pool
	if len(l.queue) == 0 {
		delete(d.lanes, l.name)
		l = nil
	}
	if p != nil && len(p.waiting) > 0 { // a lane with more to do goes to the end of those that wait
		if l != nil {
			p.waiting = append(p.waiting, l)
		}
		l, p.waiting = p.waiting[0], p.waiting[1:]
	}
	if l == nil {
		if p != nil {
			p.running--
		}
		d.opt.Work.End()
		return
	}
	d.start(ctx, wg, stopped, l) // takes over what the ended call had in hand
}

// serve carries one ask out and answers it. After ctx nothing goes out any more, though
// the end of a call may have been heard before that of ctx.
func (d *Dispatcher) serve(ctx context.Context, t task) {
	if ctx.Err() != nil {
		return // pending in the journal
	}
	ans := d.call(ctx, t)
	if ctx.Err() != nil {
		return // pending in the journal
	}
	d.mu.Lock()
	delete(d.hand, t.ask.ID)
	d.mu.Unlock()
	if err := d.opt.Answer(ctx, ans); err != nil && ctx.Err() == nil {
		d.opt.Log.Warn("an answer was not taken", "ask", t.ask.ID, "err", err)
	}
}
