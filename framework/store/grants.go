package store

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent"
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
// config blocks name. Nothing else of the machine is there for it. What is
// refused is said where it is named.
func grant(def *storefile.Definition, specs map[string]supervisor.Spec, known schemas, rules sandbox.Rules) (problems storefile.Problems) {
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		var blocks []sandbox.Configured
		for _, d := range def.Store.Devices {
			if d.Plugin != name {
				continue
			}
			if schema, _, ok := known.Driver(name, d.Driver); ok {
				blocks = append(blocks, sandbox.Configured{Device: d.Address, Schema: schema, JSON: d.Config})
			}
		}
		spec := specs[name]
		rules.Elsewhere = spec.Agent != nil
		granted, refused := sandbox.GrantsOf(known[name].Needs, blocks, rules)
		for _, r := range refused {
			if r.Device == "" {
				problems = append(problems, def.Problem("plugin."+name, "source", "grants", "The plugin can't be granted what it needs", r.Error()))
				continue
			}
			problems = append(problems, def.Problem(r.Device, r.Attribute, "grants", r.Attribute+" can't be granted", r.Error()))
		}
		spec.Grants = granted
		specs[name] = spec
	}
	return problems
}

// refusedGrants makes an error of what grant refused.
func refusedGrants(def *storefile.Definition, problems storefile.Problems) error {
	if len(problems) == 0 {
		return nil
	}
	return &ProblemsError{Definition: def, Problems: problems}
}

// tellGrants writes into the log what each plugin was granted.
func tellGrants(log *slog.Logger, specs map[string]supervisor.Spec, known schemas) {
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		var words []string
		for _, g := range specs[name].Grants.Why {
			words = append(words, g.String()+" ("+g.From+")")
		}
		log.Info("plugin is granted", "plugin", name, "needs", sandbox.Needed(known[name].Needs), "granted", words)
	}
}

// protected is what no plugin of a store is granted: what the host keeps for
// itself.
func (o *Options) protected() (all []string) {
	ca := o.CA
	if ca == "" {
		ca = agent.DefaultDir()
	}
	all = append(all, ca, agent.DefaultDir(), lease.Default())
	for _, dir := range []string{o.Data, o.Announce, o.Cache} {
		if dir != "" {
			all = append(all, dir)
		}
	}
	if user, err := os.UserCacheDir(); err == nil {
		all = append(all, filepath.Join(user, "aisle"))
	}
	if user, err := os.UserConfigDir(); err == nil {
		all = append(all, filepath.Join(user, "aisle"))
	}
	for i, dir := range all {
		if abs, err := filepath.Abs(dir); err == nil {
			all[i] = abs
		}
	}
	return all
}

// accept refuses a change that gives plugins more of the machine than those that
// run have, where the order does not say that this is meant.
func (c *change) accept(was map[string]supervisor.Spec, accepted bool) error {
	c.added = map[string][]string{}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(c.specs)) {
		if was[name].Broken != nil {
			continue // none runs: it is granted what a start would grant it
		}
		if more := c.specs[name].Grants.Added(was[name].Grants); len(more) > 0 {
			c.added[name] = more
			lines = append(lines, fmt.Sprintf("plugin %q: %s", name, strings.Join(more, ", ")))
		}
	}
	if len(lines) == 0 || accepted {
		return nil
	}
	return control.Errorf(control.CodeRefused, "the new version needs more of this machine than the one that runs:\n%s\n"+
		"Nothing was changed. Where that is right, give the order again with --accept-needs", strings.Join(lines, "\n"))
}
