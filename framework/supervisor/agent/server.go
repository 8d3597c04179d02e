package agent

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent/internal/agentpb"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// ServerOptions are what an agent is made of.
type ServerOptions struct {
	// Identity is the agent's, and Dir where it notes who uses it.
	Identity *Identity
	Dir      string
	// Programs are what it may run, by the plugin's name in the store file. A
	// host can ask for these names and for nothing else.
	Programs map[string]string
	// Isolation is the least that it asks for, whatever a host does.
	Isolation sandbox.Level
	// Supervisor owns the processes.
	Supervisor *supervisor.Supervisor
	// Log gets what the agent does; nil for slog's default.
	Log *slog.Logger
}

// Server is an agent.
type Server struct {
	agentpb.UnimplementedAgentServer
	id       *Identity
	programs map[string]string
	start    func(ctx context.Context, spec supervisor.Spec) (process, error)
	level    sandbox.Level
	log      *slog.Logger
	lease    *lease
	codec    raw
	boot     uint64
	pipes    sync.WaitGroup

	mu        sync.Mutex
	next      uint64
	instances map[uint64]*running
	changed   chan struct{} // closed at the next change of instances
}

// running is one process that the agent's host asked for.
type running struct {
	id     uint64
	plugin string
	in     process
	ended  *agentpb.Ended
}

// process is what an agent needs of a *supervisor.Instance.
type process interface {
	Plugin() *host.Plugin
	PID() int
	Done() <-chan struct{}
	Err() error
	Dropped() int64
	Outdated() bool
	Kill()
	Stop() error
}

// NewServer makes an agent. It starts nothing.
func NewServer(o *ServerOptions) (*Server, error) {
	s := &Server{id: o.Identity, programs: maps.Clone(o.Programs), level: o.Isolation, log: o.Log, codec: newRaw(),
		instances: map[uint64]*running{}, changed: make(chan struct{})}
	s.start = func(ctx context.Context, spec supervisor.Spec) (process, error) { return o.Supervisor.Start(ctx, spec) }
	if s.log == nil {
		s.log = slog.Default()
	}
	if len(s.programs) == 0 {
		return nil, errors.New("the agent has no program to run")
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, err
	}
	s.boot = binary.BigEndian.Uint64(b[:])
	var err error
	s.lease, err = newLease(o.Dir, time.Now)
	return s, err
}

// Serve serves hosts on a listener until ctx ends; then it stops the plugins. It
// closes the listener.
func (s *Server) Serve(ctx context.Context, lis net.Listener) error {
	g := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(s.id.server())),
		grpc.ForceServerCodecV2(s.codec),
		grpc.UnknownServiceHandler(s.forward),
		grpc.MaxRecvMsgSize(host.MaxMessage), grpc.MaxSendMsgSize(host.MaxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(DeadAfter),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: KeepaliveEvery, Timeout: KeepaliveWithin}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: KeepaliveEvery / 2, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true),
	)
	agentpb.RegisterAgentServer(g, s)
	served := make(chan error, 1)
	go func() { served <- g.Serve(newListener(lis)) }()
	var err error
	select {
	case <-ctx.Done():
		s.clear("the agent stops")
		g.Stop()
		if err = <-served; errors.Is(err, grpc.ErrServerStopped) { // before it had begun
			err = nil
		}
	case err = <-served:
		s.clear("the agent stops")
	}
	s.pipes.Wait()
	return err
}

// Lease makes the caller the agent's host.
func (s *Server) Lease(stream grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
	c := connOf(stream.Context())
	name := caller(stream.Context())
	if c == nil || name == "" {
		return host.StatusOf(fault.New(fault.Internal, "the connection is not known"))
	}
	first := time.AfterFunc(DeadAfter, c.cut)
	q, err := stream.Recv()
	first.Stop()
	if err != nil {
		return err
	}
	clear := func() { s.clear("a newer host takes the agent") }
	if err := s.lease.take(c, q.GetEpoch(), name, clear); err != nil {
		s.log.Warn("a host is refused", "host", name, "error", err)
		return host.StatusOf(fault.Wrap(fault.Unavailable, "lease", err))
	}
	s.log.Info("a host uses the agent", "host", name, "epoch", q.GetEpoch())
	// Calls of this connection end with it, and nothing that was held up on it
	// is heard after the host was taken for gone.
	dead := time.AfterFunc(DeadAfter, c.cut)
	defer func() {
		dead.Stop()
		s.lease.drop(c)
		c.cut()
		s.log.Warn("the line to the host is cut", "host", name)
	}()
	return s.beats(stream, q.GetBeat(), dead)
}

// beats answers the host's beats and tells of instances that end.
func (s *Server) beats(stream grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse], beat uint64, dead *time.Timer) error {
	asked := make(chan uint64)
	ended := make(chan error, 1)
	ctx := stream.Context()
	s.pipes.Go(func() { // ends with the stream
		surplus := newSurplus(time.Now())
		for {
			q, err := stream.Recv()
			if err == nil && !surplus.take(time.Now()) {
				err = errors.New("the host floods the lease")
			}
			if err != nil {
				ended <- err
				return
			}
			dead.Reset(DeadAfter)
			select {
			case asked <- q.GetBeat():
			case <-ctx.Done():
				return
			}
		}
	})
	for {
		list, changed := s.list()
		if err := stream.Send(&agentpb.LeaseResponse{Beat: beat, ClockUs: ticks(), WallUs: time.Now().UnixMicro(), Boot: s.boot, Instances: list}); err != nil {
			return err
		}
		beat = 0
		select {
		case beat = <-asked:
		case <-changed:
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Start starts the program of a name.
func (s *Server) Start(ctx context.Context, q *agentpb.StartRequest) (*agentpb.StartResponse, error) {
	if !s.lease.has(connOf(ctx)) {
		return nil, host.StatusOf(errNoLease)
	}
	spec, err := s.program(q.GetPlugin())
	if err != nil {
		return &agentpb.StartResponse{Failure: &agentpb.Failure{Reason: string(supervisor.ReasonMissing), Detail: err.Error()}}, nil
	}
	var use usage
	if err := json.Unmarshal(q.GetUsageJson(), &use); err != nil {
		return nil, host.StatusOf(fault.Wrap(fault.Invalid, "read what the plugin may use", err))
	}
	spec.Grants, spec.Isolation = use.Grants, max(use.Isolation, s.level)
	s.mu.Lock()
	full := len(s.instances) >= MaxInstances
	s.mu.Unlock()
	if full {
		return &agentpb.StartResponse{Failure: &agentpb.Failure{Reason: string(supervisor.ReasonHost),
			Detail: fmt.Sprintf("could not be started: the agent runs %d processes already", MaxInstances)}}, nil
	}
	in, err := s.start(ctx, spec)
	var why *supervisor.StartError
	switch {
	case errors.As(err, &why):
		return &agentpb.StartResponse{Failure: &agentpb.Failure{Reason: string(why.Reason), Detail: why.Detail, Output: why.Output}}, nil
	case err != nil:
		return nil, host.StatusOf(fault.Wrap(fault.Unavailable, "start", err))
	}
	r := s.adopt(ctx, spec.Name, in)
	if r == nil { // nobody knows of it
		return nil, host.StatusOf(errors.Join(errNoLease, in.Stop()))
	}
	isolation, err := json.Marshal(isolationOf(in))
	if err != nil {
		return nil, host.StatusOf(err)
	}
	s.log.Info("plugin started", "plugin", spec.Name, "instance", r.id, "pid", in.PID())
	return &agentpb.StartResponse{Instance: &agentpb.Instance{Id: r.id, Plugin: r.plugin, Pid: int32(in.PID())}, IsolationJson: isolation}, nil //nolint:gosec // a process id
}

// usage is what a host grants a plugin.
type usage struct {
	Grants    sandbox.Grants `json:"grants"`
	Isolation sandbox.Level  `json:"isolation"`
}

func isolationOf(in process) sandbox.Report {
	if i, ok := in.(interface{ Isolation() sandbox.Report }); ok {
		return i.Isolation()
	}
	return nil
}

// adopt takes an instance over for the host on whose connection it was asked
// for, unless that has lost the lease meanwhile.
func (s *Server) adopt(ctx context.Context, plugin string, in process) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || !s.lease.has(connOf(ctx)) {
		return nil
	}
	s.next++
	r := &running{id: s.next, plugin: plugin, in: in}
	s.instances[r.id] = r
	s.pipes.Go(func() {
		<-in.Done()
		err := in.Err()
		ended := &agentpb.Ended{State: "gone"}
		var exit *supervisor.ExitError
		if errors.As(err, &exit) {
			ended.State, ended.Output = exit.State, exit.Output
		}
		s.mu.Lock()
		r.ended = ended
		s.change()
		s.mu.Unlock()
	})
	return r
}

// change tells whoever waits that the instances changed. The lock is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Stop stops an instance and forgets it.
func (s *Server) Stop(ctx context.Context, q *agentpb.StopRequest) (*agentpb.StopResponse, error) {
	r, err := s.instance(ctx, q.GetId())
	if err != nil {
		return nil, host.StatusOf(err)
	}
	if q.GetKill() {
		r.in.Kill()
	}
	if err := r.in.Stop(); err != nil {
		return nil, host.StatusOf(fault.Wrap(fault.Internal, "stop", err))
	}
	s.forget(r)
	return &agentpb.StopResponse{}, nil
}

func (s *Server) forget(r *running) {
	s.mu.Lock()
	delete(s.instances, r.id)
	s.mu.Unlock()
}

// List tells what there is.
func (s *Server) List(context.Context, *agentpb.ListRequest) (*agentpb.ListResponse, error) {
	list, _ := s.list()
	h, connected := s.lease.read()
	return &agentpb.ListResponse{Name: s.id.Name, Boot: s.boot, Plugins: slices.Sorted(maps.Keys(s.programs)), Instances: list,
		Holder: h.Holder, Epoch: h.Epoch, Connected: connected}, nil
}

func (s *Server) list() ([]*agentpb.Instance, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*agentpb.Instance
	for _, id := range slices.Sorted(maps.Keys(s.instances)) {
		r := s.instances[id]
		all = append(all, &agentpb.Instance{Id: id, Plugin: r.plugin, Pid: int32(r.in.PID()), //nolint:gosec // a process id
			Dropped: r.in.Dropped(), Ended: r.ended, Outdated: r.in.Outdated()})
	}
	return all, s.changed
}

var errNoLease = fault.New(fault.Unavailable, "this connection does not have the agent's lease")

// instance finds what a call is for, if the caller has the lease.
func (s *Server) instance(ctx context.Context, id uint64) (*running, error) {
	if !s.lease.has(connOf(ctx)) {
		return nil, errNoLease
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.instances[id]
	if r == nil {
		return nil, fault.Errorf(fault.Unavailable, "the agent has no instance %d", id)
	}
	return r, nil
}

// program is what the agent itself has for a name.
func (s *Server) program(name string) (supervisor.Spec, error) {
	path, ok := s.programs[name]
	if !ok {
		return supervisor.Spec{}, fault.Errorf(fault.Invalid, "may not run on agent %q, which has programs for: %s; give it one with --allow %s=PROGRAM",
			s.id.Name, strings.Join(slices.Sorted(maps.Keys(s.programs)), ", "), name)
	}
	return supervisor.Spec{Name: name, Path: path, Isolation: s.level}, nil
}

// clear stops all instances at once and forgets them. What they had not handed
// over to their host is told.
func (s *Server) clear(why string) {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.instances))
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, r := range all {
		wg.Go(func() {
			s.log.Info("plugin is stopped", "plugin", r.plugin, "because", why, "unacknowledged", unacknowledged(r.in))
			if err := r.in.Stop(); err != nil {
				s.log.Error("stop plugin", "plugin", r.plugin, "error", err)
			}
			s.forget(r)
		})
	}
	wg.Wait()
}

// unacknowledged counts the reports that no host has made durable.
func unacknowledged(in process) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	devices, err := in.Plugin().Health(ctx)
	if err != nil {
		return 0
	}
	var n uint64
	for _, d := range devices {
		n += d.Reported - min(d.Acknowledged, d.Reported)
	}
	return n
}
