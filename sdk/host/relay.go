package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Clock gives what an agent's clock shows at an instant, in microseconds, never
// more than it does; false where that is not known.
type Clock func(time.Time) (us uint64, known bool)

// Through says that an agent is between the host and the plugin, which relays
// commands (Relay): each is told when its time is over by that one's clock, for it
// may be held up on the way. It is called before the first command, if at all.
func (p *Plugin) Through(agent Clock) { p.agent = agent }

// byAgent is a deadline by the agent's clock; 0 where there is none.
func (p *Plugin) byAgent(deadline time.Time) uint64 {
	if p.agent == nil {
		return 0
	}
	us, known := p.agent(deadline)
	if !known {
		return 0
	}
	return max(us, 1)
}

// Relay is the host's command stream at an agent.
type Relay struct {
	// Receive waits for the host's next message, which is valid until the next
	// call; io.EOF where it sends no more. Send sends one.
	Receive func() ([]byte, error)
	Send    func([]byte) error
	// Now is the agent's clock, in microseconds.
	Now func() uint64
	// Allowed says whether the host may still command the plugin.
	Allowed func() error
}

// Relay makes a host's commands, until it ends its stream or ctx ends, and then
// waits for those under way, whose contexts have ended. One whose time was over
// when it came is refused: it certainly did nothing. The error is a gRPC status.
func (p *Plugin) Relay(ctx context.Context, r Relay) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &carrier{Relay: r, plugin: p, ctx: ctx, running: map[uint64]context.CancelFunc{}}
	c.out.Send = func(b wire.Bytes) error { return r.Send(b) }
	defer c.work.Wait()
	defer cancel()
	if err := r.Send(nil); err != nil { // the host waits for it
		return err
	}
	for {
		message, err := r.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.Allowed(); err != nil {
			return wire.StatusOf(err)
		}
		if err := wire.ReadCommands(message, c.take, c.cancel); err != nil {
			return wire.StatusOf(fault.Wrap(fault.Invalid, "command", err))
		}
	}
}

// carrier is one stream that is relayed.
type carrier struct {
	Relay
	plugin *Plugin
	ctx    context.Context
	out    wire.Outbox
	work   sync.WaitGroup
	last   uint64 // of who receives

	mu      sync.Mutex
	running map[uint64]context.CancelFunc
}

// take makes one command, or refuses it.
func (c *carrier) take(m wire.Command) error {
	if m.ID <= c.last {
		return fmt.Errorf("command %d after %d: each number is used once, in order", m.ID, c.last)
	}
	c.last = m.ID
	within := m.Timeout
	if m.By > 0 {
		now := c.Now()
		if now >= m.By {
			c.fail(m.ID, fault.New(fault.Unavailable, "the command's time was over when it came to the agent"))
			return nil
		}
		left := time.Duration(min(m.By-now, uint64(maxRelayed/time.Microsecond))) * time.Microsecond //nolint:gosec // a day at most
		if within == 0 || left < within {
			within = left
		}
	}
	ctx, cancel := c.begin(m.ID, within)
	if ctx == nil {
		c.fail(m.ID, fault.Errorf(fault.Unavailable, "more than %d commands under way", wire.MaxCommands))
		return nil
	}
	method, request := string(m.Method), bytes.Clone(m.Request)
	c.work.Go(func() { // ends with its context at the latest
		defer cancel()
		c.run(ctx, m.ID, method, request)
	})
	return nil
}

// begin makes the context of a command that may take so long; nil where there are
// too many. 0 is for ever.
func (c *carrier) begin(id uint64, within time.Duration) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.running) >= wire.MaxCommands {
		return nil, nil
	}
	if within == 0 {
		within = maxRelayed
	}
	ctx, cancel := context.WithTimeout(c.ctx, within)
	c.running[id] = cancel
	return ctx, cancel
}

// maxRelayed is the longest that a command may take that has no deadline.
const maxRelayed = 24 * time.Hour

// run makes a command and answers. A message without fields of its own carries
// any other as it is.
func (c *carrier) run(ctx context.Context, id uint64, method string, request []byte) {
	asked, answered := &pb.AdmitResponse{}, &pb.AdmitResponse{}
	asked.ProtoReflect().SetUnknown(request)
	op := strings.ToLower(method[strings.LastIndexByte(method, '/')+1:])
	err := c.plugin.command(ctx, op, method, asked, answered)
	answer := answered.ProtoReflect().GetUnknown()
	if err == nil && len(answer) > wire.MaxAnswer {
		err = fault.Errorf(fault.Unknown, "%s: the answer has %d bytes, the limit is %d", op, len(answer), wire.MaxAnswer)
	}
	c.mu.Lock()
	delete(c.running, id)
	c.mu.Unlock()
	if err != nil {
		c.fail(id, err)
		return
	}
	_ = c.out.Put(false, func(b []byte) []byte { return wire.AppendResponse(b, id, answer) }) // the stream's end tells why
}

func (c *carrier) fail(id uint64, err error) {
	f := wire.FaultOf(err)
	_ = c.out.Put(false, func(b []byte) []byte { return wire.AppendFault(b, id, f) }) // the stream's end tells why
}

// cancel ends the context of a command under way.
func (c *carrier) cancel(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.running[id]; cancel != nil {
		cancel()
	}
}
