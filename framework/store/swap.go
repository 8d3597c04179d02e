package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// swap moves the devices of each plugin to its new program. Where one does not
// become ready, all are moved back.
func (c *change) swap(ctx context.Context) ([]control.Swapped, error) {
	m := c.o.m
	var done []control.Swapped
	for _, name := range slices.Sorted(maps.Keys(c.specs)) {
		told := c.step("swap", name)
		out, err := c.upgrade(ctx, name, c.specs[name], c.def)
		if err != nil {
			code, what := control.CodeFailed, "was not swapped, and goes on as it was"
			var failed *supervisor.UpgradeError
			if errors.As(err, &failed) && failed.Back != nil {
				code, what = control.CodeInternal, "was not swapped, and does not serve as it did"
			}
			text := m.opt.Secrets.Text(err.Error())
			if undo := c.undo(done); undo != nil {
				return nil, control.Errorf(control.CodeInternal, "plugin %q %s: %s\nThose that were swapped before it could not be brought back: %v", name, what, text, undo)
			}
			return nil, control.Errorf(code, "plugin %q %s: %s", name, what, text)
		}
		told()
		done = append(done, control.Swapped{
			Plugin: name, From: m.described[name].Version, To: c.described[name].Version, OutNS: int64(out), Added: c.added[name],
		})
	}
	return done, nil
}

// undo brings plugins back to the programs that they ran before.
func (c *change) undo(swapped []control.Swapped) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), undoWithin)
	defer cancel()
	for _, s := range slices.Backward(swapped) {
		_, back := c.upgrade(ctx, s.Plugin, c.o.m.programs[s.Plugin], c.o.m.def)
		err = errors.Join(err, back)
	}
	return err
}

// keep makes what was swapped in what the store is.
func (c *change) keep() {
	m := c.o.m
	c.o.changing.Lock()
	defer c.o.changing.Unlock()
	m.def, m.described = c.def, c.described
	m.programs = maps.Clone(m.programs)
	maps.Copy(m.programs, c.specs)
	maps.Copy(m.programs, c.fresh)
	maps.DeleteFunc(m.programs, func(name string, _ supervisor.Spec) bool {
		return !slices.ContainsFunc(c.def.Store.Plugins, func(p storedef.Plugin) bool { return p.Name == name })
	})
	for name := range merge(c.specs, c.fresh) {
		if err := m.rememberPlugin(c.def, name, c.described[name]); err != nil {
			m.opt.Log.Warn("what a plugin is can't be kept for a start without it", "plugin", name, "err", err)
		}
	}
}

// sweep removes the programs that the store does not run, after an order.
func (o *operator) sweep() {
	if err := sweep(o.m.opt.Data, o.m.programs); err != nil {
		o.m.opt.Log.Warn("programs that are not needed any more are still there", "err", err)
	}
}

// runs says whether a device is open on the same driver of the same plugin as it was.
func runs(def *storefile.Definition, d storedef.Device) bool {
	return slices.ContainsFunc(def.Store.Devices, func(x storedef.Device) bool {
		return x.Address == d.Address && x.Plugin == d.Plugin && x.Driver == d.Driver
	})
}

// upgrade moves one plugin's devices to a program, with the config blocks that a
// definition has for them, and says for how long they were out.
func (c *change) upgrade(ctx context.Context, name string, spec supervisor.Spec, def *storefile.Definition) (out time.Duration, err error) {
	m := c.o.m
	configs, used := map[string]json.RawMessage{}, false
	for _, d := range def.Store.Devices {
		if d.Plugin != name {
			continue
		}
		if !runs(m.def, d) {
			continue // what is added is opened later
		}
		used = true
		if len(d.Config) > 0 {
			configs[d.Address] = d.Config
		}
	}
	if !used {
		return 0, nil // nobody runs it
	}
	var moved time.Time
	err = m.devs.Upgrade(ctx, name, spec, &devices.UpgradeOptions{Configs: configs, Progress: func(s supervisor.Stage) {
		switch s {
		case supervisor.StageMove:
			moved = time.Now()
		case supervisor.StageStop:
			out = time.Since(moved)
		case supervisor.StageStart, supervisor.StageCheck, supervisor.StageDrain, supervisor.StageOpen, supervisor.StageBack:
		}
		c.tell(control.Progress{Stage: string(s), Name: name})
	}})
	return out, err
}
