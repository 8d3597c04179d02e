package devices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/fault"
)

// UpgradeOptions are those of Upgrade. Nil is the default.
type UpgradeOptions struct {
	// Configs are the config blocks, by address, of the plugin's devices whose
	// config changes with its version.
	Configs map[string]json.RawMessage
	// Progress is told of each stage as it begins.
	Progress func(supervisor.Stage)
}

// upgrade is what is known of an upgrade under way.
type upgrade struct {
	configs map[string]json.RawMessage

	mu      sync.Mutex
	in      *supervisor.Instance // the new one
	serving []*device            // those that served when the devices moved
}

func (u *upgrade) to(in *supervisor.Instance) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.in == in
}

var _ supervisor.Mover = (*plugin)(nil)

// Upgrade replaces a plugin by another version of it, or by a fresh instance of
// the same, while the store is open: the new instance is started beside the old
// one and checked, the devices are closed on the old and opened on the new, and
// the old one is stopped. Devices of other plugins see nothing of it.
//
// Commands that come meanwhile wait. What the old instance had spooled is in the
// journal before the new one opens anything. Whatever fails before the devices
// that served serve again is undone, and the old instance serves on with the old
// configs: the error, a *supervisor.UpgradeError, says at which stage and why.
// Two upgrades of a plugin at once are one too many: the second is refused.
func (d *Devices) Upgrade(ctx context.Context, name string, spec supervisor.Spec, o *UpgradeOptions) error {
	all := d.all.Load()
	p := all.plugins[name]
	if p == nil {
		return fmt.Errorf("upgrade plugin %q: no device of the store uses it", name)
	}
	if o == nil {
		o = &UpgradeOptions{}
	}
	u := &upgrade{configs: maps.Clone(o.Configs)}
	for address := range u.configs {
		if v := all.devices[address]; v == nil || v.plugin != p {
			return fmt.Errorf("upgrade plugin %q: %s is no device of it", name, address)
		}
	}
	if !p.begin(u) {
		return fmt.Errorf("upgrade plugin %q: %w", name, supervisor.ErrUpgrading)
	}
	defer p.finish()
	spec.Name = name
	return d.sup.Upgrade(ctx, spec, o.Progress)
}

// renew moves a plugin to a fresh instance of the version that runs, where only that gets
// a USB device which was plugged in since. It is asked whenever a device does not open, so
// that nobody's are moved for one that nobody misses.
func (p *plugin) renew(in *supervisor.Instance) {
	if p.upgrading() != nil || !in.Outdated() {
		return
	}
	p.all.log.Info("plugin moves to a fresh instance, for a USB device that was plugged in", "plugin", p.name)
	p.all.keeping.Go(func() { // beside Keep, which waits for it
		err := p.all.Upgrade(p.base, p.name, in.Spec(), nil)
		if err != nil && p.base.Err() == nil && !errors.Is(err, supervisor.ErrUpgrading) {
			p.all.log.Warn("plugin stays without a USB device that was plugged in", "plugin", p.name, "error", err)
		}
	})
}

func (p *plugin) begin(u *upgrade) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.upgrade != nil {
		return false
	}
	p.upgrade = u
	return true
}

// finish lets commands go that still wait: to the devices that are open, and
// back where none is.
func (p *plugin) finish() {
	p.mu.Lock()
	p.upgrade = nil
	p.mu.Unlock()
	for _, v := range p.live() {
		v.traffic.release()
	}
}

func (p *plugin) upgrading() *upgrade {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.upgrade
}

// Check judges a new instance: it must have the driver of every device, of its
// class, and take its config.
func (p *plugin) Check(_ context.Context, in *supervisor.Instance) error {
	u := p.upgrading()
	if u == nil {
		return errors.New("nobody asked for it")
	}
	u.mu.Lock()
	u.in = in
	u.mu.Unlock()
	var errs []error
	for _, v := range p.live() {
		info, err := v.driver(in)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", v.def.Address, err))
			continue
		}
		for _, problem := range info.Schema.Check(v.config(in)) {
			errs = append(errs, fmt.Errorf("%s: its config does not suit driver %q of version %s: %s",
				v.def.Address, v.def.Driver, in.Description().Version, problem))
		}
	}
	return errors.Join(errs...)
}

// Drain waits until the journal is nearly up to date with what the plugin
// reported: else its devices would be out for as long as that takes.
func (p *plugin) Drain(ctx context.Context) error {
	for {
		behind := p.behind(MaxBehind)
		if behind == nil {
			return nil
		}
		if !pause(ctx, p.all.limits.PollEvery) {
			return fmt.Errorf("the journal is %d reports of %s behind", behind.counters.queue(), behind.def.Address)
		}
	}
}

// behind is a device of which more reports wait for the journal.
func (p *plugin) behind(most uint64) *device {
	for _, v := range p.live() {
		if v.counters.queue() > most {
			return v
		}
	}
	return nil
}

// Moved keeps the configs that came with the new instance.
func (p *plugin) Moved(*supervisor.Instance) {
	if u := p.upgrading(); u != nil {
		for address, c := range u.configs {
			if v := p.all.all.Load().devices[address]; v != nil {
				v.configure(c)
			}
		}
	}
}

// Ready waits until every device that served when the devices moved serves on an
// instance, and, on a new one, until every other has been tried: it may be the
// version that is no good, and it may be the device itself that is away. One that
// did not serve and does not answer in time is not held against an instance.
// Where nothing was there to move off, as after a crash, every device must have
// been tried.
func (p *plugin) Ready(ctx context.Context, in *supervisor.Instance) error {
	u := p.upgrading()
	if u == nil {
		return nil
	}
	for {
		changed := p.changes()
		waits, must, err := u.waits(in, p.live())
		if err != nil {
			return err
		}
		if waits == nil {
			_, err := in.Plugin().Health(ctx) // it may have died of what it did last
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if !must && errors.Is(ctx.Err(), context.DeadlineExceeded) && running(in) {
				return nil
			}
			_, _, state := waits.opening()
			return fmt.Errorf("%s did not serve in time: it is %s", waits.def.Address, state)
		}
	}
}

func running(in *supervisor.Instance) bool {
	select {
	case <-in.Done():
		return false
	default:
		return true
	}
}

// waits gives a device that is still waited for on an instance, and whether the
// upgrade fails without it; or the error of one that won't serve.
func (u *upgrade) waits(in *supervisor.Instance, all []*device) (waits *device, must bool, err error) {
	u.mu.Lock()
	moved, serving, back := u.serving != nil, u.serving, u.in != in
	u.mu.Unlock()
	for _, v := range all {
		served := slices.Contains(serving, v)
		if moved && !served && back {
			continue // it is as it was
		}
		done, err := v.outcomeOn(in, served)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", v.def.Address, err)
		}
		if !done && !must {
			waits, must = v, served || !moved
		}
	}
	return waits, must, nil
}

// outcomeOn reports whether the device serves on an instance, or, where it did
// not serve before, has been tried on it. The error says that it won't serve.
func (v *device) outcomeOn(in *supervisor.Instance, served bool) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.host == in.Plugin() && v.view.State.Serving() {
		return true, nil
	}
	if v.tried != in || v.triedErr == nil {
		return false, nil
	}
	switch fault.CodeOf(v.triedErr) {
	case fault.Invalid, fault.Unsupported, fault.Internal:
		if served || v.opened {
			return false, v.triedErr
		}
		return true, nil
	case fault.Refused, fault.Unavailable:
		return !served, nil
	case fault.None, fault.Unknown: // no answer is no outcome
	}
	return false, nil
}

// tries notes how the last try to open the device on an instance went.
func (v *device) tries(in *supervisor.Instance, err error) {
	v.mu.Lock()
	v.tried, v.triedErr = in, err
	v.mu.Unlock()
	v.plugin.changed()
}

// changes gives what is closed when a device of the plugin changes.
func (p *plugin) changes() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.news == nil {
		p.news = make(chan struct{})
	}
	return p.news
}

func (p *plugin) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.news != nil {
		close(p.news)
		p.news = nil
	}
}

// leaving notes which devices serve, before they move to the new instance. On
// the way back the same ones must serve again.
func (u *upgrade) leaving(devices []*device) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.serving != nil {
		return
	}
	u.serving = []*device{}
	for _, v := range devices {
		v.mu.Lock()
		serves := v.host != nil && v.view.State.Serving()
		v.mu.Unlock()
		if serves {
			u.serving = append(u.serving, v)
		}
	}
}
