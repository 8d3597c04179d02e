package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	c := &commander{server: s, ctx: stream.Context(), jobs: make(chan *job), over: make(chan struct{}), running: map[uint64]*callContext{}}
	c.out = wire.Outbox{Send: func(b wire.Bytes) error { return stream.SendMsg(b) }, Sent: c.sent}
	err := stream.SendMsg(wire.Bytes{}) // the host waits for it
	if err == nil {
		err = wire.StatusOf(c.receive(stream))
	}
	s.commandStreams.Add(-1) // a command that never ends keeps nobody else out
	close(c.over)
	c.mu.Lock()
	for _, call := range c.running {
		call.end(context.Canceled)
	}
	c.mu.Unlock()
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
	ctx     context.Context
	out     wire.Outbox
	jobs    chan *job // to workers that wait
	over    chan struct{}
	workers sync.WaitGroup

	mu      sync.Mutex
	running map[uint64]*callContext
	last    uint64
	unsent  int // commands taken whose answers have not been sent
}

// job is one command on its way to a worker.
type job struct {
	id      uint64
	method  method
	ctx     *callContext
	request []byte
	answer  []byte
}

var jobPool = sync.Pool{New: func() any { return new(job) }}

// receive takes commands until the stream ends.
func (c *commander) receive(stream commandStream) error {
	var message wire.Scratch
	for {
		if err := stream.RecvMsg(&message); err != nil {
			return nil // the end of the host's half is the end of the stream, however it came
		}
		if err := wire.ReadCommands(message.Bytes(), c.take, c.cancel); err != nil {
			return fault.Wrap(fault.Invalid, "command", err)
		}
	}
}

// take hands a command to a worker, or answers it at once where it can't be.
func (c *commander) take(m wire.Command) error {
	c.mu.Lock()
	if m.ID <= c.last {
		c.mu.Unlock()
		return fmt.Errorf("command %d after %d: each number is used once, in order", m.ID, c.last)
	}
	c.last = m.ID
	c.unsent++
	crowd := c.unsent
	c.mu.Unlock()
	found, known := c.server.methods[string(m.Method)]
	switch {
	case crowd > wire.MaxCommands:
		c.fail(m.ID, fault.Errorf(fault.Unavailable, "more than %d commands under way", wire.MaxCommands))
		return nil
	case !known:
		c.fail(m.ID, fault.Errorf(fault.Unsupported, "this plugin has no method %.100q", m.Method))
		return nil
	}
	j, _ := jobPool.Get().(*job)
	j.id, j.method = m.ID, found
	j.ctx = newCallContext(c.ctx, m.Timeout)
	c.mu.Lock()
	c.running[j.id] = j.ctx
	c.mu.Unlock()
	j.request = append(j.request[:0], m.Request...)
	select {
	case c.jobs <- j:
	default:
		c.workers.Go(func() { c.work(j) })
	}
	return nil
}

// work runs one command, and then others until the stream is over.
func (c *commander) work(j *job) {
	for {
		c.run(j)
		jobPool.Put(j)
		select {
		case j = <-c.jobs:
		case <-c.over:
			return
		}
	}
}

func (c *commander) run(j *job) {
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
	c.mu.Lock()
	delete(c.running, j.id)
	crowded := len(c.running) > 0
	c.mu.Unlock()
	if err == nil && len(j.answer) > wire.MaxAnswer {
		err = fault.Errorf(fault.Unknown, "the answer has %d bytes, the limit is %d", len(j.answer), wire.MaxAnswer)
	}
	if err != nil {
		c.fail(j.id, err)
		return
	}
	_ = c.out.Put(crowded, func(b []byte) []byte { return wire.AppendResponse(b, j.id, j.answer) }) // the stream's end tells why
}

func (j *job) decode(v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return errors.New("a method takes no message")
	}
	if err := proto.Unmarshal(j.request, m); err != nil {
		return wire.StatusOf(fault.Wrap(fault.Invalid, "read the request", err))
	}
	return nil
}

// fail answers with a fault.
func (c *commander) fail(id uint64, err error) {
	f := wire.FaultOf(err)
	if s, ok := status.FromError(err); ok {
		for _, d := range s.Details() {
			if detail, ok := d.(*pb.Fault); ok {
				f = detail
			}
		}
	}
	_ = c.out.Put(false, func(b []byte) []byte { return wire.AppendFault(b, id, f) }) // the stream's end tells why
}

// cancel ends the context of a command under way.
func (c *commander) cancel(id uint64) {
	c.mu.Lock()
	call := c.running[id]
	c.mu.Unlock()
	if call != nil {
		call.end(context.Canceled)
	}
}

func (c *commander) sent(parts int) {
	c.mu.Lock()
	c.unsent -= parts
	c.mu.Unlock()
}
