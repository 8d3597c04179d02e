package store

import (
	"context"
	"errors"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/host"
)

// mendEvery is how often a plugin is asked again what it is that took too long
// when the store opened: the machine may have been busy.
const mendEvery = 30 * time.Second

// opens reports whether a store with these problems opens: nothing is wrong but
// with plugins, and not with all of those that drive a device.
func (p *prepared) opens(problems storefile.Problems) bool {
	var errs int
	for _, x := range problems {
		if x.Severity == storefile.Error {
			errs++
		}
	}
	if errs > len(p.broken) {
		return false
	}
	for _, d := range p.def.Store.Devices {
		if _, broken := p.broken[d.Plugin]; !broken {
			return true
		}
	}
	return errs == 0
}

// warn tells of what is wrong and does not keep the store from running.
func (m *machine) warn(problems storefile.Problems) {
	var errs storefile.Problems
	for _, x := range problems {
		if x.Severity != storefile.Error {
			continue
		}
		x.Detail = m.opt.Secrets.Text(x.Detail)
		m.opt.Log.Error("the store opens without a plugin", "problem", x.String())
		errs = append(errs, x)
	}
	if len(errs) > 0 && m.opt.Warn != nil {
		m.opt.Warn(errs)
	}
}

// rememberPlugin keeps what a plugin said of itself, for a start at which it
// says nothing.
func (m *machine) rememberPlugin(def *storefile.Definition, name string, d host.Description) error {
	for _, v := range def.Store.Plugins {
		if v.Name == name {
			return rememberDescription(m.opt.Data, v, d)
		}
	}
	return nil
}

// programBroken reports whether a plugin can't be started as it is.
func (m *machine) programBroken(name string) bool { return m.programs[name].Broken != nil }

// broken reports whether a plugin can't be started before it is mended.
func (o *operator) broken(name string) bool {
	o.changing.RLock()
	defer o.changing.RUnlock()
	return o.m.programBroken(name)
}

// mend asks plugins again that took too long to say what they are, until ctx
// ends or all have.
func (o *operator) mend(ctx context.Context) error {
	tick := time.NewTicker(mendEvery)
	defer tick.Stop()
	for {
		var slow []string
		o.changing.RLock()
		plugins := o.m.def.Store.Plugins
		o.changing.RUnlock()
		for _, p := range plugins {
			if o.hung(p) {
				slow = append(slow, p.Name)
			}
		}
		if len(slow) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		for _, name := range slow {
			if _, err := o.Upgrade(ctx, name, control.By{Actor: "host", Reason: "it took too long"}, func(control.Progress) {}); err != nil && ctx.Err() == nil {
				o.m.opt.Log.Warn("a plugin is still not there", "plugin", name, "err", err)
			}
		}
	}
}

// hung reports whether a plugin is broken for it took too long to start.
func (o *operator) hung(p storedef.Plugin) bool {
	o.changing.RLock()
	defer o.changing.RUnlock()
	var start *supervisor.StartError
	return errors.As(o.m.programs[p.Name].Broken, &start) && start.Reason == supervisor.ReasonHung
}
