package store

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// isolation is how far a plugin must be kept apart, for the supervisor.
func isolation(s *storedef.Store, p storedef.Plugin) sandbox.Level {
	if s.IsolationOf(p) == storedef.IsolationRequired {
		return sandbox.Required
	}
	return sandbox.Auto
}

// grant gives every plugin what it says that it needs and what its devices'
// config blocks name. Nothing else of the machine is there for it.
func grant(def *storefile.Definition, specs map[string]supervisor.Spec, known schemas) error {
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		var blocks []sandbox.Configured
		for _, d := range def.Store.Devices {
			if d.Plugin != name {
				continue
			}
			if schema, _, ok := known.Driver(name, d.Driver); ok {
				blocks = append(blocks, sandbox.Configured{Schema: schema, JSON: d.Config})
			}
		}
		granted, err := sandbox.GrantsOf(known[name].Needs, blocks)
		if err != nil {
			return located(def, "plugin."+name, "source", "grants", "The plugin can't be granted what it needs", err)
		}
		spec := specs[name]
		spec.Grants = granted
		specs[name] = spec
	}
	return nil
}
