package devices

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// plugin is one plugin and its devices: what the supervisor runs on each
// instance.
type plugin struct {
	all    *Devices
	name   string
	spec   supervisor.Spec
	roster atomic.Pointer[roster]
	base   context.Context // Run's, which outlives every session
	fail   func(error)
	leave  context.CancelFunc // ends Keep, which closes ended and leaves err
	ended  chan struct{}
	err    error

	restarts atomic.Int64

	mu         sync.Mutex
	host       *host.Plugin // of the running instance
	complaints complaints
	upgrade    *upgrade
	session    *session      // of the running instance
	news       chan struct{} // closed when a device changes, where somebody waits for that

	heard <-chan struct{} // closed when what the last observer took is handed on; Run's alone
}

var _ supervisor.Session = (*plugin)(nil)

func newPlugin(d *Devices, name string, spec supervisor.Spec) *plugin {
	p := &plugin{all: d, name: name, spec: spec, base: context.Background(), fail: func(error) {}}
	p.roster.Store(&roster{})
	return p
}

func (p *plugin) running() *host.Plugin {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.host
}

func (p *plugin) use(h *host.Plugin) {
	p.mu.Lock()
	p.host = h
	p.mu.Unlock()
}

// drop lets go of an instance and keeps what it counted.
func (p *plugin) drop(h *host.Plugin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.live() {
		v.counters.duplicates.Add(h.Duplicates(v.handle))
	}
	p.host = nil
}

// duplicates counts those of a device.
func (p *plugin) duplicates(v *device) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := v.counters.duplicates.Load()
	if p.host != nil {
		n += p.host.Duplicates(v.handle)
	}
	return n
}

// Run opens the plugin's devices on an instance, keeps them open and takes
// their evidence until ctx ends.
func (p *plugin) Run(ctx context.Context, in *supervisor.Instance) error {
	p.use(in.Plugin())
	defer p.drop(in.Plugin())
	for _, v := range p.live() { // what the journal took while nobody listened
		in.Plugin().Ack(v.handle, v.taking.Load(), v.counters.acked.Load())
	}
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	o := p.listen(ctx, in, func(err error) { give(&supervisor.Crash{Err: err}) }) // the plugin is of no use
	defer o.hangUp()
	p.attend(&session{ctx: ctx, in: in, observed: o.ended})
	l := p.all.limits
	if errors.Is(context.Cause(ctx), supervisor.ErrSwap) {
		settle, cancel := context.WithTimeout(o.stream, l.ArriveWithin)
		defer cancel()
		return p.arrived(settle, in, p.live()...)
	}
	var crash *supervisor.Crash
	if !errors.As(context.Cause(ctx), &crash) && ctx.Err() != nil {
		o.stopping.Store(true)
		if err := in.Stop(); err != nil {
			p.all.log.Error("stop plugin", "plugin", p.name, "error", err)
		}
		settle := time.AfterFunc(l.SettleWithin, o.giveUp)
		defer settle.Stop()
	}
	<-o.ended
	return o.broken
}

// observe takes evidence until the instance has ended or the stream is hung up.
// The error says that the plugin can't be listened to. A plugin that is stopping
// ends its stream before its process goes: that is no news, but it is still
// listened to again, for what it sends last.
func (p *plugin) observe(o *observer, in *supervisor.Instance) error {
	heard, ctx := false, o.stream
	sink := host.Sink{
		Reports: func(r []host.Report) { heard = true; onHostsClock(r, in.ClockOffset()); p.reports(o.hand, r) },
		Lost:    p.lost,
	}
	for n := 1; ; n++ {
		start := time.Now()
		heard = false
		err := in.Plugin().Observe(ctx, sink)
		if heard || time.Since(start) > p.all.limits.QuietFor {
			n = 1
		}
		if n >= StreamTries && p.spec.Agent == nil && !o.stopping.Load() && ctx.Err() == nil {
			if ends(in) {
				return nil
			}
			return fmt.Errorf("plugin %q: its evidence can't be read, %d streams broke in a row: %w", p.name, n, err)
		}
		if fault.CodeOf(err) == fault.Invalid || fault.CodeOf(err) == fault.Unsupported {
			return fmt.Errorf("plugin %q: %w", p.name, err)
		}
		t := time.NewTimer(p.all.limits.delay(n+1, 0.5))
		select {
		case <-in.Done():
			t.Stop()
			return nil
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
			if o.stopping.Load() {
				continue
			}
			p.all.log.Warn("evidence stream broke and is opened again", "plugin", p.name, "error", err)
		}
	}
}

// endWithin is how long a plugin whose calls and streams break may take to be
// seen to have ended: how it ended says more than that it can't be talked to.
const endWithin = supervisor.EndWithin

// ends reports whether an instance has ended, or does so now.
func ends(in *supervisor.Instance) bool {
	t := time.NewTimer(endWithin)
	defer t.Stop()
	select {
	case <-in.Done():
		return true
	case <-t.C:
		return false
	}
}

// lost hands the word that a device ended by itself to whoever keeps it.
func (p *plugin) lost(l host.Lost) {
	if v := p.device(l.Handle); v != nil {
		v.tellPanic("run", l.Err)
		v.tell(lossOf(l))
	}
}

// Health hands each device's condition to whoever keeps it, and keeps its
// readings.
func (p *plugin) Health(in *supervisor.Instance, list []host.DeviceHealth) {
	byHandle := map[uint32]host.DeviceHealth{}
	for _, h := range list {
		byHandle[h.Handle] = h
	}
	for _, v := range p.live() {
		h, ok := byHandle[v.handle]
		v.sawHealth(h, ok)
		if ok && h.Readings != nil {
			v.sawReadings(h, in.ClockOffset())
		}
	}
}

// Changed states what the plugin's state means for its devices, where no
// session does.
func (p *plugin) Changed(ctx context.Context, st supervisor.Status) {
	p.restarts.Store(int64(st.Restarts))
	state := event.StateFailed
	switch st.State {
	case supervisor.StateQuarantined:
		state = event.StateQuarantined
	case supervisor.StateRestarting:
	case supervisor.StateStarting, supervisor.StateRunning, supervisor.StateUpgrading, supervisor.StateStopping, supervisor.StateStopped:
		return
	}
	if away(st.Cause) {
		state = event.StateOffline
	}
	err := &PluginError{Plugin: p.name, Err: st.Cause}
	for _, v := range p.live() {
		err.Devices = append(err.Devices, v.def.Address)
	}
	for _, v := range p.live() {
		now := v.read().State
		if !Legal(now, state) { // its plugin was given up before it was known to have failed
			v.to(ctx, event.StateFailed, v.epoch(), st.Cause.Error())
		}
		v.to(ctx, state, v.epoch(), st.Cause.Error())
		v.outcome(err)
	}
}
