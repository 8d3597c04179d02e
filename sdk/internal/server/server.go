package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Info names the plugin.
type Info struct {
	Name, Version string
	Drivers       []class.Driver
	Needs         class.Needs
}

// Options are the server's settings. Nil is the default.
type Options struct {
	// Log gets the plugin's log.
	Log *slog.Logger
	// SpoolBytes and SpoolEvents bound the spool; zero is the default.
	SpoolBytes, SpoolEvents int
	// BeforeOpen is called before any vendor code runs.
	BeforeOpen func()
}

// maxIdentity bounds each part of a device's identity, in bytes.
const maxIdentity = 256

// MaxDevices is the most devices that one plugin may have open.
const MaxDevices = 2048

// Server serves the base service and finds devices for commands.
type Server struct {
	pb.UnimplementedPluginServer
	info  Info
	opts  Options
	spool *spool
	// methods are those of the classes' services, from Register on.
	methods        methods
	commandStreams atomic.Int32
	looks          atomic.Uint64 // of all lookouts, for tests

	mu      sync.Mutex
	devices map[uint32]*device
	opening map[uint32]bool
	closed  bool
	stream  context.CancelFunc // ends the present Observe stream
	ended   chan struct{}      // closed when that stream has let go of the spool
	// readFrom is which of the open devices' readings a health gives first.
	readFrom int
}

// New checks the plugin's drivers and makes its server. It starts nothing.
func New(info Info, opts *Options) (*Server, error) {
	s := &Server{info: info, devices: map[uint32]*device{}, opening: map[uint32]bool{}, methods: methods{}}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Log == nil {
		s.opts.Log = slog.Default()
	}
	if s.opts.SpoolBytes == 0 {
		s.opts.SpoolBytes = MaxSpoolBytes
	}
	if s.opts.SpoolEvents == 0 {
		s.opts.SpoolEvents = MaxSpoolEvents
	}
	s.spool = newSpool(s.opts.SpoolBytes, s.opts.SpoolEvents)
	if len(info.Drivers) == 0 {
		return nil, errors.New("a plugin needs at least one driver")
	}
	if err := info.Needs.Check(); err != nil {
		return nil, fmt.Errorf("needs: %w", err)
	}
	seen := map[string]bool{}
	for _, d := range info.Drivers {
		if err := d.Check(); err != nil {
			return nil, err
		}
		if seen[d.Name] {
			return nil, fmt.Errorf("driver %s is named twice", d.Name)
		}
		seen[d.Name] = true
	}
	return s, nil
}

// Register registers the base service and the service of each class once.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	pb.RegisterPluginServer(r, s)
	classes := registrar{r, s.methods}
	seen := map[string]bool{}
	for _, d := range s.info.Drivers {
		if !seen[d.Class] {
			d.Register(classes, s)
		}
		seen[d.Class] = true
	}
}

// Describe names the plugin and its drivers.
func (s *Server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	r := &pb.DescribeResponse{Name: s.info.Name, Version: s.info.Version, Contract: wire.Contract, Needs: wire.NeedsOf(s.info.Needs)}
	for _, d := range s.info.Drivers {
		r.Drivers = append(r.Drivers, &pb.Driver{Name: d.Name, Class: d.Class, Doc: d.Doc, Schema: wire.BlockOf(d.Schema),
			Processing: wire.ProcessingOf(d.Processing)})
	}
	return r, nil
}

// Open opens one device.
func (s *Server) Open(ctx context.Context, r *pb.OpenRequest) (*pb.OpenResponse, error) {
	resp, err := s.open(ctx, r)
	return resp, wire.StatusOf(err)
}

func (s *Server) open(ctx context.Context, r *pb.OpenRequest) (*pb.OpenResponse, error) {
	i := slices.IndexFunc(s.info.Drivers, func(d class.Driver) bool { return d.Name == r.GetDriver() })
	if i < 0 {
		return nil, fault.Errorf(fault.Invalid, "there is no driver %q", r.GetDriver())
	}
	if r.GetEpoch() == 0 {
		return nil, fault.New(fault.Invalid, "an epoch is needed")
	}
	older, err := s.reserve(r.GetHandle(), r.GetEpoch())
	if err != nil {
		return nil, err
	}
	defer s.release(r.GetHandle())
	if older != nil {
		if err := older.stop(ctx); err != nil {
			s.opts.Log.Warn("older opening left behind", "address", r.GetAddress(), "error", err)
		}
	}
	if s.opts.BeforeOpen != nil {
		s.opts.BeforeOpen()
	}
	d := s.device(r, s.older(r.GetHandle()))
	dev, err := open(ctx, d, s.info.Drivers[i], s.env(d, r), r.GetConfigJson())
	if err != nil {
		d.cancel()
		return nil, err
	}
	d.value = dev.Value
	resp := &pb.OpenResponse{Abilities: dev.Abilities}
	if id, ok := dev.Value.(class.Identifier); ok {
		if err := guard("identity", func() error { identify(resp, id.Identity()); return nil }); err != nil {
			s.opts.Log.Warn("device doesn't know its identity", "address", r.GetAddress(), "error", err)
		}
	}
	if err := s.adopt(d); err != nil {
		d.cancel()
		discard(dev)
		return nil, err
	}
	go d.run(dev)
	return resp, nil
}

func identify(r *pb.OpenResponse, id class.Identity) {
	r.Model, r.SerialNumber = wire.Bound(id.Model, maxIdentity), wire.Bound(id.SerialNumber, maxIdentity)
	r.Firmware = wire.Bound(id.Firmware, maxIdentity)
}

// reserve takes the handle for one opening and gives the older one to stop.
func (s *Server) reserve(handle uint32, epoch uint64) (*device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	older := s.devices[handle]
	switch {
	case s.closed:
		return nil, fault.New(fault.Unavailable, "the plugin is stopping")
	case s.opening[handle]:
		return nil, fault.New(fault.Unavailable, "the device is being opened already")
	case older != nil && older.epoch >= epoch:
		return nil, fault.Errorf(fault.Invalid, "epoch %d is not newer than %d", epoch, older.epoch)
	case len(s.devices)+len(s.opening) >= MaxDevices && older == nil:
		return nil, fault.Errorf(fault.Invalid, "more than %d devices", MaxDevices)
	}
	s.opening[handle] = true
	return older, nil
}

func (s *Server) release(handle uint32) {
	s.mu.Lock()
	delete(s.opening, handle)
	s.mu.Unlock()
}

func (s *Server) adopt(d *device) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fault.New(fault.Unavailable, "the plugin is stopping")
	}
	s.devices[d.handle] = d
	return nil
}

// older is the source of the opening of a handle before the one under way, if it
// still keeps rows.
func (s *Server) older(handle uint32) *source {
	s.spool.mu.Lock()
	defer s.spool.mu.Unlock()
	var newest *source
	for _, o := range s.spool.sources {
		if o.handle == handle && (newest == nil || o.epoch > newest.epoch) {
			newest = o
		}
	}
	return newest
}

func (s *Server) device(r *pb.OpenRequest, older *source) *device {
	d := &device{
		handle: r.GetHandle(), epoch: r.GetEpoch(), done: make(chan struct{}),
		log: s.opts.Log.With("device", r.GetAddress()),
	}
	d.life, d.cancel = context.WithCancel(context.Background())
	d.source = s.spool.source(r.GetHandle(), r.GetEpoch(), older, d.life.Done())
	return d
}

func (s *Server) env(d *device, r *pb.OpenRequest) class.Env {
	points := r.GetPoints()
	if points == nil {
		points = map[string]string{}
	}
	return class.Env{
		Address: r.GetAddress(), Points: points, Log: d.log, Link: link{d},
		Safety: class.Safety{FreeExitAfter: time.Duration(r.GetSafety().GetFreeExitAfterMs()) * time.Millisecond},
	}
}

// Close closes one device. Closing a closed one, or an older opening, is no
// error.
func (s *Server) Close(ctx context.Context, r *pb.CloseRequest) (*pb.CloseResponse, error) {
	s.mu.Lock()
	d := s.devices[r.GetHandle()]
	if d == nil || d.epoch != r.GetEpoch() {
		s.mu.Unlock()
		return &pb.CloseResponse{}, nil
	}
	delete(s.devices, r.GetHandle())
	s.mu.Unlock()
	err := d.stop(ctx)
	return &pb.CloseResponse{Reported: d.source.counts().reported}, wire.StatusOf(fault.During("close", err))
}

// Health states the condition of each open device, by handle, and its newest
// readings.
func (s *Server) Health(ctx context.Context, _ *pb.HealthRequest) (*pb.HealthResponse, error) {
	s.mu.Lock()
	open := make([]*device, 0, len(s.devices))
	for _, d := range s.devices {
		open = append(open, d)
	}
	s.mu.Unlock()
	slices.SortFunc(open, func(a, b *device) int { return cmp.Compare(a.handle, b.handle) })
	r := &pb.HealthResponse{}
	for _, d := range open {
		c, n := d.condition(), d.source.counts()
		r.Devices = append(r.Devices, &pb.DeviceHealth{
			Handle: d.handle, Epoch: d.epoch, State: pb.HealthState(c.State), Cause: wire.Bound(c.Cause, min(wire.MaxFaultText, wire.MaxStatement/4/len(open))),
			Reported: n.reported, Acknowledged: n.acked, Lost: n.lost, Power: pb.PowerState(c.Power),
			Refused: d.refused.Load(),
		})
	}
	s.read(ctx, open, r)
	return r, nil
}

// Do runs a command on an open device (class.Commands).
func (s *Server) Do(ctx context.Context, c class.Call, f func(context.Context, any) error) error {
	s.mu.Lock()
	d := s.devices[c.Handle]
	s.mu.Unlock()
	if d == nil || d.epoch != c.Epoch {
		if d != nil {
			d.refused.Add(1)
		}
		return wire.StatusOf(&fault.Error{Code: staleEpoch, Op: c.Op, Message: "the device is not open under this epoch"})
	}
	return wire.StatusOf(d.call(ctx, c, f))
}

// staleEpoch is the code of a command for another opening. Nothing happened and
// it may be asked again, under the same key, of the present opening. It is not
// Refused: for a payment that would mean that the issuer declined, and a
// re-opened device would turn shoppers' cards down.
const staleEpoch = fault.Unavailable

// Shutdown ends all devices, and gives up waiting when ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	open := make([]*device, 0, len(s.devices))
	for h, d := range s.devices {
		open = append(open, d)
		delete(s.devices, h)
	}
	stream, ended := s.stream, s.ended
	s.mu.Unlock()
	for _, d := range open {
		d.cancel() // all at once, before waiting for any
	}
	var err error
	for _, d := range open {
		err = errors.Join(err, d.stop(ctx))
	}
	if stream == nil {
		return err
	}
	stream() // sends what is left first
	select {
	case <-ended:
	case <-ctx.Done():
	}
	return err
}
