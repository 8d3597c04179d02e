package devices

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// errDropped is the cause of the end of a device that is closed for good.
var errDropped = errors.New("the device is dropped")

// openedWithin is how long a change waits for a device that it opens: an
// opening and what may be in its way.
func (l Limits) openedWithin() time.Duration { return l.OpenWithin + l.DrainWithin + l.CloseWithin }

// Change is what becomes of single devices of an open store. Others see nothing
// of it.
type Change struct {
	// Close are the addresses of devices that are closed: those that are there
	// no longer, and those that are opened otherwise.
	Close []string
	// Open are devices that are opened, under addresses that are free or in
	// Close.
	Open []storedef.Device
	// Plugins are the programs of plugins that had no device before.
	Plugins map[string]supervisor.Spec
}

// Changed is a change that was made and is not yet in force: the devices that it
// opened are open, and what they report waits. One of Keep and Undo must be
// called.
type Changed struct {
	d       *Devices
	opened  []*device
	closed  []*device // as they were
	started []*plugin
	// Late are the openings that did not succeed and may yet, as of a device that
	// does not answer.
	Late []error
}

// Apply closes and opens devices while the store is open. A device that is
// opened is kept from then on; its reports wait until Keep, so that they come
// under the definition that knows it. An error, a *DeviceError or *PluginError,
// is of a device that can't be right later either: then all is as it was,
// but for the devices in Close, which were closed and opened again.
//
// One change, upgrade or undoing is made at a time: the caller sees to that.
func (d *Devices) Apply(ctx context.Context, c Change) (*Changed, error) {
	all := d.all.Load()
	done := &Changed{d: d}
	for _, address := range c.Close {
		v := all.devices[address]
		if v == nil {
			return nil, fmt.Errorf("change: there is no device %s", address)
		}
		done.closed = append(done.closed, v)
	}
	for _, def := range c.Open {
		if v := all.devices[def.Address]; v != nil && !slices.Contains(done.closed, v) {
			return nil, fmt.Errorf("change: %s is there already", def.Address)
		}
	}
	for _, v := range done.closed {
		d.drop(v)
	}
	err := d.openAll(ctx, done, c)
	if err == nil {
		return done, nil
	}
	return nil, errors.Join(err, done.Undo())
}

// openAll opens what a change opens and waits for the outcomes.
func (d *Devices) openAll(ctx context.Context, done *Changed, c Change) error {
	for _, def := range c.Open {
		p, err := d.pluginOf(def.Plugin, c.Plugins, done)
		if err != nil {
			return err
		}
		done.opened = append(done.opened, d.insert(p, def, true))
	}
	ctx, cancel := context.WithTimeout(ctx, d.limits.openedWithin())
	defer cancel()
	for _, v := range done.opened {
		select {
		case <-v.first:
		case <-ctx.Done():
			done.Late = append(done.Late, &DeviceError{Address: v.def.Address, Err: fault.New(fault.Unavailable, "it is still being opened")})
			continue
		}
		var plugin *PluginError
		switch code := fault.CodeOf(v.firstErr); {
		case v.firstErr == nil:
		case errors.As(v.firstErr, &plugin), code == fault.Invalid, code == fault.Refused, code == fault.Unsupported, code == fault.Internal:
			return v.firstErr
		default:
			done.Late = append(done.Late, v.firstErr)
		}
	}
	return nil
}

// pluginOf gives the plugin of a device, which is started where it has none yet.
func (d *Devices) pluginOf(name string, specs map[string]supervisor.Spec, done *Changed) (*plugin, error) {
	if p := d.all.Load().plugins[name]; p != nil {
		return p, nil
	}
	spec, ok := specs[name]
	if !ok {
		return nil, fmt.Errorf("change: plugin %q has no program", name)
	}
	p := newPlugin(d, name, spec)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.run == nil {
		return nil, errors.New("change: the store is closing")
	}
	all := d.all.Load().clone()
	all.plugins[name] = p
	d.all.Store(all)
	d.keep(p)
	done.started = append(done.started, p)
	return p, nil
}

// insert adds a device and begins to keep it.
func (d *Devices) insert(p *plugin, def storedef.Device, held bool) *device {
	v := p.add(def)
	if held {
		v.pending.on()
		v.traffic.hold() // until it is open; a failed opening lets go as well
	}
	d.mu.Lock()
	all := d.all.Load().clone()
	all.devices[def.Address] = v
	d.all.Store(all)
	d.mu.Unlock()
	p.join(v)
	return v
}

// drop closes a device for good: what it reported is in the journal then, or its
// plugin has ended.
func (d *Devices) drop(v *device) {
	if stop, ended := v.plugin.retire(v); stop != nil {
		stop(errDropped)
		<-ended
	}
	v.traffic.release()
	v.plugin.remove(v)
	d.mu.Lock()
	all := d.all.Load().clone()
	if all.devices[v.def.Address] == v {
		delete(all.devices, v.def.Address)
	}
	d.all.Store(all)
	d.mu.Unlock()
}

// Keep puts a change in force: what the new devices reported is handed on, and
// plugins without a device are stopped.
func (c *Changed) Keep(ctx context.Context) error {
	var errs []error
	for _, v := range c.opened {
		if err := v.pending.release(ctx, c.d.sink); err != nil {
			errs = append(errs, fmt.Errorf("hand on what %s reported: %w", v.def.Address, err))
		}
	}
	c.d.prune()
	return errors.Join(errs...)
}

// Undo brings back what was before: what was opened is closed and its reports,
// which nobody took, are given up; what was closed is opened again. It doesn't
// wait for the openings.
func (c *Changed) Undo() error {
	for _, v := range c.opened {
		v.pending.discard()
		c.d.drop(v)
	}
	for _, v := range c.closed {
		c.d.insert(v.plugin, v.def, false)
	}
	c.d.prune()
	return nil
}

// prune stops plugins that have no device.
func (d *Devices) prune() {
	for name, p := range d.all.Load().plugins {
		if len(p.live()) > 0 {
			continue
		}
		if p.leave == nil {
			continue // Run has not begun
		}
		p.leave()
		<-p.ended
		p.heardOut()
		d.mu.Lock()
		if d.run != nil {
			d.run.errs = append(d.run.errs, p.err)
		}
		all := d.all.Load().clone()
		delete(all.plugins, name)
		d.all.Store(all)
		d.mu.Unlock()
	}
}

// drop closes the device on an instance that goes on running, once the journal
// has all that it reported.
func (v *device) drop(ctx context.Context, in *supervisor.Instance) {
	defer v.unclaim()
	l := v.plugin.all.limits
	v.finish(ctx, in, "the store's definition changes")
	settle, cancel := context.WithTimeout(ctx, l.ArriveWithin)
	defer cancel()
	if v.pending.isOn() {
		return // nobody takes what it reported
	}
	if err := v.plugin.arrived(settle, in, v); err != nil {
		v.plugin.all.log.Warn("device is closed before the journal has all of it", "device", v.def.Address, "err", err)
	}
}

// hold is the reports of a device whose definition is not in force yet.
type hold struct {
	mu      sync.Mutex
	held    bool
	waiting []event.Evidence
	// lost are those beyond MaxWaiting, the last of which was last.
	lost uint64
	last event.Evidence
}

// maxWaiting is how many reports wait at most: more than a device tells in the
// seconds that a change takes. What is beyond becomes a gap.
const maxWaiting = 100_000

func (h *hold) on() {
	h.mu.Lock()
	h.held = true
	h.mu.Unlock()
}

func (h *hold) isOn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held
}

// keep takes a report that is to wait, and says whether it does.
func (h *hold) keep(e event.Evidence) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.held:
	case len(h.waiting) < maxWaiting:
		h.waiting = append(h.waiting, e)
	default:
		h.lost, h.last = h.lost+1, e
		if e.Gap != nil {
			h.lost += e.Gap.Lost - 1
		}
	}
	return h.held
}

// release hands on what waited, before anything that comes after.
func (h *hold) release(ctx context.Context, sink Sink) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = false
	waiting := h.waiting
	h.waiting = nil
	if h.lost > 0 {
		waiting = append(waiting, event.Evidence{Device: h.last.Device, Serial: h.last.Serial, Gap: &event.Gap{Lost: h.lost, Cause: "it told too much before its definition was in force"}})
	}
	if len(waiting) == 0 {
		return nil
	}
	return sink.Evidence(ctx, waiting)
}

func (h *hold) discard() {
	h.mu.Lock()
	h.waiting = nil
	h.mu.Unlock()
}
