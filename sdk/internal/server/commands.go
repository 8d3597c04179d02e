package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// methods are the unary methods of the classes' services by full name: what the
// command stream calls is what gRPC would.
type methods map[string]method

type method struct {
	handler grpc.MethodHandler
	impl    any
}

// registrar registers a class's service with gRPC and remembers its methods.
type registrar struct {
	grpc.ServiceRegistrar
	methods methods
}

func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	r.ServiceRegistrar.RegisterService(desc, impl)
	for _, m := range desc.Methods {
		r.methods["/"+desc.ServiceName+"/"+m.MethodName] = method{m.Handler, impl}
	}
}

// maxCommandStreams bounds the command streams that are open at once: that of
// the host, and those of hosts that died without a word.
const maxCommandStreams = 8

type commandStream = grpc.BidiStreamingServer[pb.CommandRequest, pb.CommandResponse]

// Command runs commands until the host ends the stream, and then waits for those
// under way, whose contexts have ended.
func (s *Server) Command(stream commandStream) error {
	if err := s.enterCommands(); err != nil {
		return wire.StatusOf(err)
	}
	c := &commander{server: s, stream: stream, ctx: stream.Context(), ended: make(chan error, 1), paces: map[string]*pace{}}
	c.roused.L = &c.mu
	c.watch = time.AfterFunc(time.Hour, c.look)
	c.out = wire.Outbox{Send: func(b wire.Bytes) error { return stream.SendMsg(b) }, Sent: c.sent}
	err := stream.SendMsg(wire.Bytes{}) // the host waits for it
	if err == nil {
		c.mu.Lock()
		c.vacant = true
		c.rouse()
		c.mu.Unlock()
		err = wire.StatusOf(<-c.ended)
	}
	s.commandStreams.Add(-1) // a command that never ends keeps nobody else out
	c.end()
	c.workers.Wait()
	return err
}

func (s *Server) enterCommands() error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return fault.New(fault.Unavailable, "the plugin is stopping")
	}
	if s.commandStreams.Add(1) > maxCommandStreams {
		s.commandStreams.Add(-1)
		return fault.Errorf(fault.Unavailable, "more than %d command streams", maxCommandStreams)
	}
	return nil
}

// commander is one command stream.
type commander struct {
	server  *Server
	stream  commandStream
	ctx     context.Context
	ended   chan error // holds what ended the stream
	message wire.Scratch
	paces   map[string]*pace // by method; of who receives
	out     wire.Outbox
	workers sync.WaitGroup
	workQueue
	lookout

	mu      sync.Mutex
	running *job // the first of those that have no answer, linked
	last    uint64
	unsent  int // commands taken whose answers have not been sent
}

// job is one command on its way to a worker.
type job struct {
	id      uint64
	method  method
	pace    *pace
	ctx     *callContext
	request []byte
	answer  []byte

	before, after *job // in commander.running
}

var jobPool = sync.Pool{New: func() any { return new(job) }}

// next takes the commands of the next message.
func (c *commander) next() error {
	if err := c.stream.RecvMsg(&c.message); err != nil {
		return errStreamOver // the end of the host's half is the end of the stream, however it came
	}
	if err := wire.ReadCommands(c.message.Bytes(), c.take, c.cancel); err != nil {
		return fault.Wrap(fault.Invalid, "command", err)
	}
	return nil
}

var errStreamOver = errors.New("the stream is over")

// finish tells Command why the stream is over. The lock is held.
func (c *commander) finish(err error) {
	c.over = true
	if errors.Is(err, errStreamOver) {
		err = nil
	}
	c.ended <- err // there is one who receives, and it is the last
}

// take puts a command in the queue, or answers it at once where it can't be run.
func (c *commander) take(m wire.Command) error {
	found, known := c.server.methods[string(m.Method)]
	c.mu.Lock()
	if m.ID <= c.last {
		defer c.mu.Unlock()
		return fmt.Errorf("command %d after %d: each number is used once, in order", m.ID, c.last)
	}
	c.last = m.ID
	c.unsent++
	crowd := c.unsent
	if known && crowd <= wire.MaxCommands {
		defer c.mu.Unlock()
		j, _ := jobPool.Get().(*job)
		j.id, j.method, j.pace = m.ID, found, c.paceOf(m.Method)
		j.ctx = newCallContext(c.ctx, m.Timeout)
		j.request = append(j.request[:0], m.Request...)
		c.link(j)
		if j.pace.quick() {
			c.quick = append(c.quick, j)
		} else {
			c.jobs = append(c.jobs, j)
		}
		return nil
	}
	c.mu.Unlock()
	switch {
	case crowd > wire.MaxCommands:
		c.fail(m.ID, fault.Errorf(fault.Unavailable, "more than %d commands under way", wire.MaxCommands))
	default:
		c.fail(m.ID, fault.Errorf(fault.Unsupported, "this plugin has no method %.100q", m.Method))
	}
	return nil
}

// paceOf is how a method's commands go. It is one that there is.
func (c *commander) paceOf(method []byte) *pace {
	p := c.paces[string(method)]
	if p == nil {
		p = &pace{}
		c.paces[string(method)] = p
	}
	return p
}

// run runs a command from a time on, and gives when it was done. Held is its
// answer where more commands are run at once.
func (c *commander) run(j *job, held bool, start time.Time) (done time.Time) {
	defer j.ctx.end(context.Canceled)
	err := guard("command", func() (err error) {
		response, err := j.method.handler(j.method.impl, j.ctx, j.decode, nil)
		if err != nil {
			return err
		}
		m, ok := response.(proto.Message)
		if !ok {
			return fault.New(fault.Internal, "a method answered with no message")
		}
		j.answer, err = proto.MarshalOptions{}.MarshalAppend(j.answer[:0], m)
		return err
	})
	done = time.Now()
	j.pace.took(done.Sub(start))
	c.mu.Lock()
	c.unlink(j)
	crowded := c.running != nil
	c.mu.Unlock()
	if err == nil && len(j.answer) > wire.MaxAnswer {
		err = fault.Errorf(fault.Unknown, "the answer has %d bytes, the limit is %d", len(j.answer), wire.MaxAnswer)
	}
	if err != nil {
		f := faultOf(err)
		c.answer(held, crowded, func(b []byte) []byte { return wire.AppendFault(b, j.id, f) })
		return done
	}
	c.answer(held, crowded, func(b []byte) []byte { return wire.AppendResponse(b, j.id, j.answer) })
	return done
}

func (j *job) decode(v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return errors.New("a method takes no message")
	}
	if err := wire.ReadRequest(j.request, m); err != nil {
		return wire.StatusOf(fault.Wrap(fault.Invalid, "read the request", err))
	}
	return nil
}

// fail answers with a fault.
func (c *commander) fail(id uint64, err error) {
	f := faultOf(err)
	c.answer(false, false, func(b []byte) []byte { return wire.AppendFault(b, id, f) })
}

// faultOf is the fault of a method's error, which may travel as a status already.
func faultOf(err error) *pb.Fault {
	if s, ok := status.FromError(err); ok {
		for _, d := range s.Details() {
			if f, ok := d.(*pb.Fault); ok {
				return f
			}
		}
	}
	return wire.FaultOf(err)
}

// cancel ends the context of a command under way.
func (c *commander) cancel(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for j := c.running; j != nil; j = j.after {
		if j.id == id {
			j.ctx.end(context.Canceled)
			return
		}
	}
}

func (c *commander) sent(parts int) {
	c.mu.Lock()
	c.unsent -= parts
	c.mu.Unlock()
}
