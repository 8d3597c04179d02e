package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/lonestream"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

const (
	// helloWithin is how long a plugin may take to open the command stream.
	helloWithin = 5 * time.Second
	// maxUnanswered bounds the bytes of commands that have no answer: less than
	// gRPC holds of a stream before it makes the sender wait, which it would do
	// beyond a caller's deadline.
	maxUnanswered = 48 << 10
	// leastRoom is how much of that is left for new commands at the least: where
	// commands that nobody waits for any more take more, the stream begins again.
	leastRoom = maxUnanswered / 2
	// maxStrays is how many answers may come that nobody waits for, beyond those
	// to commands whose callers gave up.
	maxStrays = 64
)

// command calls one method of a class's service, on the command stream where the
// plugin has one. It is sent once at most: an error of code unavailable says that
// it never left, and one of code unknown that its answer did not come.
func (p *Plugin) command(ctx context.Context, op, method string, request, response proto.Message) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, op, err) // nothing has left
	}
	for range mostStale {
		line, err := p.line(ctx)
		switch {
		case err != nil:
			return fault.During(op, err)
		case line == nil:
			return p.unary(ctx, op, method, request, response)
		}
		if err = line.do(ctx, op, method, request, response); !errors.Is(err, errStale) {
			return err
		}
	}
	return fault.Wrap(fault.Unavailable, op, errLineEnded)
}

// mostStale is how many streams in turn may be found to have ended before a
// command was sent on them.
const mostStale = 3

// unary calls a method as gRPC does.
func (p *Plugin) unary(ctx context.Context, op, method string, request, response proto.Message) error {
	return p.inTurn(ctx, op, func() error {
		return call(ctx, op, func(ctx context.Context, o grpc.CallOption) error {
			return p.conn.Invoke(ctx, method, request, response, o, grpc.MaxCallRecvMsgSize(wire.MaxCommandMessage))
		})
	})
}

// line gives the open command stream, opening it first where there is none, or
// nil for a plugin that has none.
func (p *Plugin) line(ctx context.Context) (*line, error) {
	if l := p.open.Load(); l != nil && !l.dead.Load() {
		return l, nil
	}
	p.mu.Lock()
	l := p.commands
	if l == nil || l.ended() && !l.unserved() {
		l = newLine(p)
		p.commands = l
		go l.run(p.direct) // ends with the stream, at the latest with the connection
	}
	p.mu.Unlock()
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "open the command stream", ctx.Err())
	}
	switch {
	case l.unserved():
		return nil, nil
	case !l.opened:
		return nil, fault.Wrap(fault.Unavailable, "open the command stream", l.why)
	}
	p.open.Store(l)
	return l, nil
}

// line is one command stream.
type line struct {
	plugin *Plugin
	ready  chan struct{} // closed once it stands or could not be opened
	over   chan struct{} // closed when it has ended
	dead   atomic.Bool   // from over on
	opened bool          // from ready on
	why    error         // from over on: what ended it
	none   bool          // from ready on: the plugin serves no such stream
	out    wire.Outbox
	life   context.Context // of the opening, and of a stream of gRPC's
	stop   context.CancelFunc
	// direct is the stream on a connection of its own; nil for one of gRPC's, on
	// which run receives. From ready on.
	direct *lonestream.Stream
	// answers are those of a message that is being read; of who receives.
	answers []*pending
	// crowd says that many wait for who receives, and lookout what it does before
	// it waits. Of who receives.
	crowd   bool
	lookout wire.Lookout

	mu      sync.Mutex
	reading bool // somebody receives from direct
	readers sync.WaitGroup
	waiting map[uint64]*pending
	last    uint64
	count   int // commands that have no answer, with those on their way out
	bytes   int // of these
	given   int // of these, those whose callers gave up
	kept    int // bytes of those
	strays  int
	freed   chan struct{} // closed when there is room again; nil where nobody waits
	// pool is of *pending. It is the line's own: a channel made in one bubble of
	// testing/synctest may not be used in another.
	pool sync.Pool
	flow
}

// pending is one command that has no answer.
type pending struct {
	id      uint64
	size    int
	period  uint64        // of flow, in which it was added
	counted bool          // in flow.fresh
	done    chan struct{} // holds one token once there is an outcome
	request []byte
	answer  []byte
	fault   *pb.Fault
	broken  error // the stream ended
	sent    bool
	given   bool // nobody waits for it any more
}

func newLine(p *Plugin) *line {
	l := &line{plugin: p, ready: make(chan struct{}), over: make(chan struct{}), waiting: map[uint64]*pending{},
		pool: sync.Pool{New: func() any { return &pending{done: make(chan struct{}, 1)} }}}
	l.life, l.stop = context.WithCancel(context.Background())
	l.out.Ripe = l.ripe
	l.out.Sent = func(int) { l.sends.Add(1) }
	l.rescue = time.AfterFunc(time.Hour, l.relax)
	l.rescue.Stop()
	return l
}

func (l *line) ended() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

func (l *line) unserved() bool {
	select {
	case <-l.ready:
		return l.none
	default:
		return false
	}
}

// end fails all that waits: what has been sent may have happened. It is done
// once.
func (l *line) end(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead.Swap(true) {
		return
	}
	l.why = why
	close(l.over)
	l.rescue.Stop()
	for id, c := range l.waiting {
		delete(l.waiting, id)
		if !c.given {
			c.broken = why
			c.done <- struct{}{}
		}
	}
}

// take hands out the answers of one message. Callers who got theirs together are
// likely to have their next commands ready together.
func (l *line) take(message []byte) error {
	read := func() error { return l.read(message) }
	if wire.Single(message) {
		defer l.out.Push()
		return read()
	}
	return l.out.Gather(read)
}

// read takes all answers of a message and rouses those who wait for them when it
// is through: who is roused needs the lock at once.
func (l *line) read(message []byte) error {
	l.mu.Lock()
	err := wire.ReadAnswers(message, l.answered)
	l.mu.Unlock()
	for i, c := range l.answers {
		l.answers[i] = nil
		c.done <- struct{}{}
	}
	l.answers = l.answers[:0]
	return err
}

// answered notes one answer. The lock is held.
func (l *line) answered(a wire.Answer) error {
	if len(a.Response) > wire.MaxAnswer || len(a.Fault) > wire.MaxAnswer {
		return fmt.Errorf("an answer of more than %d bytes", wire.MaxAnswer)
	}
	c := l.waiting[a.ID]
	if c == nil || c.given {
		l.plugin.stray()
	}
	if c == nil {
		if l.strays++; l.strays > maxStrays {
			return fmt.Errorf("more than %d answers to nothing", maxStrays)
		}
		return nil
	}
	delete(l.waiting, a.ID)
	l.leave(c)
	l.settle(c)
	if c.given {
		l.given--
		l.kept -= c.size
		return nil
	}
	c.answer = append(c.answer[:0], a.Response...)
	if a.Fault != nil {
		c.fault = &pb.Fault{}
		if err := proto.Unmarshal(a.Fault, c.fault); err != nil {
			c.fault = &pb.Fault{Code: pb.FaultCode_FAULT_CODE_UNKNOWN, Message: "its fault is malformed"}
		}
	}
	l.answers = append(l.answers, c)
	return nil
}

var errLineEnded = errors.New("the command stream ended")

// enter waits for room. The error says that nothing was sent. Crowded says that
// others are under way, reads that the caller receives from now on.
func (l *line) enter(ctx context.Context, c *pending) (crowded, reads bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.count >= wire.MaxCommands || l.count > 0 && l.bytes+c.size > maxUnanswered {
		if l.freed == nil {
			l.freed = make(chan struct{})
		}
		freed := l.freed
		l.mu.Unlock()
		select {
		case <-freed:
		case <-l.over:
			err = errLineEnded
		case <-ctx.Done():
			err = ctx.Err()
		}
		l.mu.Lock()
		if err != nil {
			return false, false, err
		}
	}
	l.count++
	l.bytes += c.size
	reads = l.direct != nil && !l.reading
	l.reading = l.reading || reads
	return l.count > 1, reads, nil
}

// drop lets go of a command that was not sent.
func (l *line) drop(c *pending) {
	l.mu.Lock()
	l.leave(c)
	l.mu.Unlock()
	l.pool.Put(c)
}

// leave makes the room of a command free. The lock is held.
func (l *line) leave(c *pending) {
	l.count--
	l.bytes -= c.size
	if l.freed != nil {
		close(l.freed)
		l.freed = nil
	}
}

// add gives a command its number and writes it behind what waits to be sent.
func (l *line) add(b []byte, c *pending, method string, timeout time.Duration, by uint64) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead.Load() {
		return b // it is never sent
	}
	l.last++
	c.id, c.sent = l.last, true
	l.begin(c)
	l.waiting[c.id] = c
	return wire.AppendCommand(b, c.id, method, timeout, by, c.request)
}

// do sends one command and waits for its answer.
func (l *line) do(ctx context.Context, op, method string, request, response proto.Message) error {
	c, _ := l.pool.Get().(*pending)
	c.fault, c.broken, c.sent = nil, nil, false
	var err error
	if c.request, err = wire.AppendRequest(c.request[:0], request); err != nil {
		return fault.Wrap(fault.Invalid, op, err)
	}
	if c.size = len(c.request) + len(method) + commandBytes; c.size > maxUnanswered {
		return fault.Errorf(fault.Invalid, "%s: a request of %d bytes, the limit is %d", op, len(c.request), maxUnanswered)
	}
	crowded, reads, err := l.enter(ctx, c)
	if err != nil {
		l.pool.Put(c)
		return fault.Wrap(fault.Unavailable, op, err)
	}
	if reads {
		if err := l.settleUp(ctx); err != nil {
			l.drop(c)
			l.retire()
			return fault.Wrap(fault.Unavailable, op, err)
		}
	}
	var timeout time.Duration
	var by uint64
	if deadline, ok := ctx.Deadline(); ok { // less what it waited for room
		timeout = max(time.Until(deadline), 1)
		by = l.plugin.byAgent(deadline)
	}
	err = l.out.Put(crowded, func(b []byte) []byte { return l.add(b, c, method, timeout, by) })
	if !c.sent { // written only by add, which has run or never will
		l.drop(c)
		if reads {
			l.retire()
		}
		return fault.Wrap(fault.Unavailable, op, errors.Join(errLineEnded, err))
	}
	if !l.await(ctx, c, reads) {
		if l.give(c) {
			return wire.FromStatus(op, status.FromContextError(ctx.Err()).Err(), true)
		}
		<-c.done // it came at the same moment
	}
	err = c.outcome(op, response)
	l.pool.Put(c)
	return err
}

// commandBytes is about what a command takes beside method and request.
const commandBytes = 32

// give leaves a command to itself: its answer comes late or never. It is false
// where the outcome is there.
func (l *line) give(c *pending) bool {
	l.mu.Lock()
	if l.waiting[c.id] != c {
		l.mu.Unlock()
		return false
	}
	c.given = true
	l.settle(c)
	l.given++
	l.kept += c.size
	full := l.given >= wire.MaxCommands || l.kept > maxUnanswered-leastRoom
	l.mu.Unlock()
	if full {
		l.abandon() // none of so many is answered: begin again
		return true
	}
	_ = l.out.Put(false, func(b []byte) []byte { return wire.AppendCancel(b, c.id) }) // the stream's end tells why
	return true
}

// outcome reads the answer.
func (c *pending) outcome(op string, response proto.Message) error {
	switch {
	case c.broken != nil:
		return brokenOff(op, c.broken)
	case c.fault != nil:
		return wire.ErrorOf(c.fault)
	}
	if len(c.answer) == 0 {
		return nil // all in it has its default
	}
	if err := proto.Unmarshal(c.answer, response); err != nil {
		return fault.Wrap(fault.Unknown, op, fmt.Errorf("its answer is malformed: %w", err))
	}
	return nil
}

// brokenOff is the error of a command that was sent and whose stream ended,
// whatever the plugin says of it.
func brokenOff(op string, why error) error {
	if s, ok := status.FromError(why); ok {
		why = errors.New(wire.Bound(s.Message(), wire.MaxFaultText))
	}
	return fault.Wrap(fault.Unknown, op, fmt.Errorf("%w: %w", errLineEnded, why))
}
