package devices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/host"
)

// Sink takes what devices report and how they are: it is the engine. Both calls
// may block, which holds the plugin back. An error ends Run.
type Sink interface {
	// Evidence takes reports in the order in which they came. The slice is the
	// callee's to keep.
	Evidence(ctx context.Context, batch []event.Evidence) error
	// Status takes a change of a device's state, after all evidence that the
	// device reported before it.
	Status(ctx context.Context, s event.DeviceStatus) error
	// Notice takes what a processor says by itself, and returns once it is
	// durable. An error means that it must be said again, and ends nothing.
	Notice(ctx context.Context, n event.Notice) error
}

// Options say what to open, and by whom.
type Options struct {
	Store storedef.Store
	// Plugins are the programs of the store's plugins, by name.
	Plugins    map[string]supervisor.Spec
	Supervisor *supervisor.Supervisor
	Sink       Sink
	// Log gets what is lost and found again; nil for slog's default.
	Log *slog.Logger
	// Floor is the newest epoch that the journal knows: those minted here are
	// greater.
	Floor uint64
	// Leases is the machine's folder of leases; empty for the machine's own.
	Leases string
	Limits *Limits
}

// Devices are a store's devices.
type Devices struct {
	log    *slog.Logger
	limits Limits
	store  string // its name
	leases string
	sup    *supervisor.Supervisor
	sink   Sink
	epochs epochs
	safety class.Safety
	// all is what there is at the moment; it is replaced and never changed.
	all atomic.Pointer[registry]
	// run is what Run goes on in, once it does, and keeping the plugins that it
	// keeps.
	mu      sync.Mutex
	run     *runs
	keeping sync.WaitGroup
	// illegal is told of a transition that the table does not have: a defect of
	// this package.
	illegal func(address string, t Transition)
}

// New makes the devices of a store. It starts nothing. An error is the caller's
// mistake: a device whose plugin has no program.
func New(o *Options) (*Devices, error) {
	d := &Devices{
		log: o.Log, limits: o.Limits.withDefaults(), sup: o.Supervisor, sink: o.Sink,
		epochs: epochs{now: time.Now, random: rand.Uint64, last: o.Floor},
		store:  o.Store.Name, leases: cmp.Or(o.Leases, lease.Default()),
		safety: class.Safety{FreeExitAfter: o.Store.Safety.FreeExitAfter},
	}
	all := &registry{devices: map[string]*device{}, plugins: map[string]*plugin{}}
	d.all.Store(all)
	if d.log == nil {
		d.log = slog.Default()
	}
	d.illegal = func(address string, t Transition) {
		d.log.Error("a device went where it can't: this is a defect of the host", "device", address, "from", t.From, "to", t.State, "cause", t.Cause)
	}
	for _, def := range o.Store.Devices {
		p := all.plugins[def.Plugin]
		if p == nil {
			spec, ok := o.Plugins[def.Plugin]
			if !ok {
				return nil, fmt.Errorf("%s: plugin %q has no program", def.Address, def.Plugin)
			}
			p = newPlugin(d, def.Plugin, spec)
			all.plugins[def.Plugin] = p
		}
		if all.devices[def.Address] != nil {
			return nil, fmt.Errorf("%s is there twice", def.Address)
		}
		all.devices[def.Address] = p.add(def)
	}
	return d, nil
}

// Run starts the plugins, opens the devices and keeps them open until ctx ends;
// then it closes them and stops the plugins. It returns the Sink's error, if
// that was the end, or that of a plugin that could not be stopped.
func (d *Devices) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.mu.Lock()
	d.run = &runs{ctx: ctx, fail: cancel}
	for _, name := range slices.Sorted(maps.Keys(d.all.Load().plugins)) {
		d.keep(d.all.Load().plugins[name])
	}
	d.mu.Unlock()
	<-ctx.Done()
	d.mu.Lock()
	errs := d.run.errs
	d.run = nil // no change begins any more
	d.mu.Unlock()
	d.keeping.Wait()
	for _, p := range d.all.Load().plugins {
		p.heardOut()
		errs = append(errs, p.err)
	}
	var sink *sinkError
	if errors.As(context.Cause(ctx), &sink) {
		errs = append(errs, sink.err)
	}
	return errors.Join(errs...)
}

// registry is the plugins and devices that there are, by name and address.
type registry struct {
	devices map[string]*device
	plugins map[string]*plugin
}

// clone gives a registry to be changed.
func (r *registry) clone() *registry {
	return &registry{devices: maps.Clone(r.devices), plugins: maps.Clone(r.plugins)}
}

// runs is Run, while it goes on.
type runs struct {
	ctx  context.Context
	fail context.CancelCauseFunc
	errs []error // of plugins that are not there any more
}

// keep keeps a plugin running until it is dropped or Run ends. The lock is held.
func (d *Devices) keep(p *plugin) {
	ctx, drop := context.WithCancel(d.run.ctx)
	p.base, p.fail, p.leave, p.ended = d.run.ctx, d.run.fail, drop, make(chan struct{})
	d.keeping.Go(func() {
		defer close(p.ended)
		defer drop()
		p.err = d.sup.Keep(ctx, p.spec, p)
	})
}

// sinkError is the cause of the end where the Sink failed.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

// Opened waits until every device has opened or failed to for the first time.
// The error joins a *PluginError for each plugin that did not start and a
// *DeviceError for each device that did not open.
func (d *Devices) Opened(ctx context.Context) error {
	var errs []error
	all := d.all.Load()
	for _, name := range slices.Sorted(maps.Keys(all.plugins)) {
		var err error
		for _, v := range all.plugins[name].live() {
			select {
			case <-v.first:
			case <-ctx.Done():
				return fmt.Errorf("%s is still being opened: %w", v.def.Address, ctx.Err())
			}
			var plugin *PluginError
			if errors.As(v.firstErr, &plugin) { // once for all its devices
				err = v.firstErr
				continue
			}
			errs = append(errs, v.firstErr)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Ack says that the journal has all reports of one opening of a device up to
// seq. It never blocks.
func (d *Devices) Ack(address string, epoch, seq uint64) {
	v := d.all.Load().devices[address]
	if v == nil {
		return
	}
	if v.taking.Load() == epoch {
		atLeast(&v.counters.acked, seq)
	}
	if p := v.plugin.running(); p != nil {
		p.Ack(v.handle, epoch, seq)
	}
}

// View is how a device is.
type View struct {
	Address, Plugin, Driver string
	Class                   storedef.Class
	State                   event.DeviceState
	// Cause is one sentence where the state is not ready.
	Cause string
	// Power is what the device says of its power.
	Power event.PowerState
	// Since is when it came into this state.
	Since time.Time
	// Epoch is that of the present or last opening, 0 before the first.
	Epoch uint64
	// Identity and Abilities are what the device said when it opened.
	Identity  class.Identity
	Abilities []string
	// Lease says how the device is kept from other hosts; empty where its class
	// needs no lease or it has none yet.
	Lease string
	// LastError is the last cause of a state that is not ready, or the last
	// error of a command that is no plain refusal; LastErrorAt is its time.
	LastError   string
	LastErrorAt time.Time
	// History are its last transitions, the oldest first.
	History []Transition
	// Readings are the newest of what it measures beside its evidence, by name,
	// while it is open: none older than ReadingFor, on the host's clock.
	Readings []host.Reading
	Counters
}

// Status gives how all devices are, by address.
func (d *Devices) Status() []View {
	devices := d.all.Load().devices
	all := make([]View, 0, len(devices))
	for _, v := range devices {
		all = append(all, v.read())
	}
	slices.SortFunc(all, func(a, b View) int { return cmp.Compare(a.Address, b.Address) })
	return all
}
