package devices

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// move closes the device on an instance that it leaves for another.
func (v *device) move(ctx context.Context, in *supervisor.Instance) {
	v.finish(ctx, in, "its plugin is replaced by another version")
}

// finish closes the device on an instance that goes on running: commands wait
// from now on, and those under way get a while to end.
func (v *device) finish(ctx context.Context, in *supervisor.Instance, why string) {
	l := v.plugin.all.limits
	v.traffic.hold()
	drain, cancel := context.WithTimeout(ctx, l.DrainWithin)
	v.traffic.drained(drain)
	cancel()
	v.mu.Lock()
	open, epoch := v.host != nil, v.view.Epoch
	v.host, v.last = nil, 0
	v.mu.Unlock()
	late, cancel := context.WithTimeout(ctx, l.CloseWithin)
	defer cancel()
	v.to(late, event.StateClosing, epoch, why)
	last, err := in.Plugin().Finish(late, v.handle, epoch)
	if err != nil {
		v.plugin.all.log.Warn("device did not close for its move", "device", v.def.Address, "error", err)
		last = v.counters.reported.Load()
	}
	if open {
		v.mu.Lock()
		v.last, v.lastOn = max(last, v.counters.seen.Load()), in
		v.mu.Unlock()
	}
}

// arrived waits until the journal has the last report of each device that has
// moved off an instance.
func (p *plugin) arrived(ctx context.Context, in *supervisor.Instance, devices ...*device) error {
	for {
		var behind *device
		for _, v := range devices {
			if v.awaits(in) {
				behind = v
			}
		}
		if behind == nil {
			return nil
		}
		select {
		case <-in.Done():
			return nil // nothing more comes
		default:
		}
		if !pause(ctx, p.all.limits.PollEvery) {
			return fmt.Errorf("the journal has not taken the last reports of %s in time", behind.def.Address)
		}
	}
}

// awaits reports whether the journal lacks reports of the opening that the
// device has moved off an instance with.
func (v *device) awaits(in *supervisor.Instance) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lastOn != in || v.counters.acked.Load() >= v.last {
		v.last = 0
	}
	return v.last > 0
}

// driver is the device's on an instance.
func (v *device) driver(in *supervisor.Instance) (host.DriverInfo, error) {
	info, ok := in.Description().Driver(v.def.Driver)
	if !ok {
		return info, fault.Errorf(fault.Invalid, "plugin %q has no driver %q", v.plugin.name, v.def.Driver)
	}
	if want := v.def.Class.Contract(); info.Class != want {
		return info, fault.Errorf(fault.Invalid, "driver %q of plugin %q is for %s devices and this is a %s",
			v.def.Driver, v.plugin.name, info.Class, v.def.Class)
	}
	return info, nil
}

// config is the device's config block on an instance.
func (v *device) config(in *supervisor.Instance) json.RawMessage {
	if u := v.plugin.upgrading(); u != nil && u.to(in) {
		if c, ok := u.configs[v.def.Address]; ok {
			return orEmpty(c)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return orEmpty(v.conf)
}

// configure sets the config block of openings to come.
func (v *device) configure(c json.RawMessage) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conf = c
}

func orEmpty(c json.RawMessage) json.RawMessage {
	if len(c) == 0 {
		return json.RawMessage("{}")
	}
	return c
}
