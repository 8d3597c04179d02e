package store

import (
	"context"
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storefile"
)

// leaving are the devices that one definition opens on a plugin and the next does not.
func leaving(before, after *storefile.Definition, name string) (all []string) {
	for _, d := range before.Store.Devices {
		if d.Plugin == name && !runs(after, d) {
			all = append(all, d.Address)
		}
	}
	return all
}

// staged parts what plugins are granted into two: what they are swapped for before devices
// are closed, and what once they are. A device that goes to another maker serves on its old
// plugin until then, for if the new one does not open, it stays. So its plugin keeps what the
// device uses: it is not swapped at all where nothing else changes. leaves gives a plugin's
// devices that go.
func staged(specs, running map[string]supervisor.Spec, leaves func(name string) []string) (first, then map[string]supervisor.Spec) {
	first, then = maps.Clone(specs), map[string]supervisor.Spec{}
	for name, spec := range specs {
		was, runs := running[name]
		if !runs {
			continue
		}
		wide := spec
		wide.Grants = spec.Grants.With(was.Grants, leaves(name))
		if sameGrants(wide, spec) {
			continue
		}
		then[name] = spec
		if first[name] = wide; wide.Path == was.Path && sameGrants(wide, was) {
			delete(first, name)
		}
	}
	return first, then
}

// narrowed takes from plugins what devices used that have left. Nothing depends on it: a
// plugin that can't be swapped now keeps it until the next order or start.
func (c *change) narrowed(ctx context.Context) (done []control.Swapped) {
	m := c.o.m
	tellGrants(m.opt.Log, c.narrow, c.described)
	for _, name := range slices.Sorted(maps.Keys(c.narrow)) {
		told := c.step("swap", name)
		out, err := c.upgrade(ctx, name, c.narrow[name], c.def)
		if err != nil {
			m.opt.Log.Warn("a plugin keeps what a device was granted that has left it", "plugin", name, "err", err)
			continue
		}
		told()
		c.o.changing.Lock()
		m.programs = maps.Clone(m.programs)
		m.programs[name] = c.narrow[name]
		c.o.changing.Unlock()
		version := c.described[name].Version
		done = append(done, control.Swapped{Plugin: name, From: version, To: version, OutNS: int64(out)})
	}
	return done
}
