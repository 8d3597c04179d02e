package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/tools/aisle/internal/doctor"
)

// compareWithin is how long it may take to build what the plugins' sources are
// now: a build from nothing takes a minute on a small machine.
const compareWithin = 2 * time.Minute

// drift says where a running store's files and plugins' sources are not what
// runs, and what to do about it.
func drift(ctx context.Context, client *control.Client, s *control.State) (all []doctor.Drift) {
	data := " --data " + quoted(s.Data)
	d, err := client.Drift(ctx)
	if err != nil {
		return []doctor.Drift{{What: "the store's files can't be compared with what runs: " + err.Error()}}
	}
	if len(d.Problems) > 0 {
		all = append(all, doctor.Drift{What: "the store's files in " + s.Dir + " have errors by now, and would not open again:\n  " + strings.Join(d.Problems, "\n  "),
			Next: "mend them"})
	}
	if len(d.Changed) > 0 {
		all = append(all, doctor.Drift{What: "the store's files changed since it opened: " + strings.Join(d.Changed, ", "),
			Next: "it goes on as it was; see what taking that over would do: " + self() + " plan" + data})
	}
	named := map[string]bool{}
	for _, name := range d.Replaced {
		named[name] = true
		all = append(all, doctor.Drift{Plugin: name, What: "plugin " + name + " has another source or version in the store's files than the one that runs",
			Next: self() + " apply" + data})
	}
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	for _, p := range s.Plugins {
		if named[p.Name] || p.Digest == "" { // it is an agent's, or does not run
			continue
		}
		if what, differs := differs(ctx, s.Dir, &p); differs {
			all = append(all, doctor.Drift{Plugin: p.Name, What: what, Next: self() + " plugin upgrade " + p.Name + data})
		} else if what != "" {
			all = append(all, doctor.Drift{Plugin: p.Name, What: what})
		}
	}
	return all
}

// differs reports whether a plugin's source makes another program than the one
// that runs, and says so, or why nobody can tell.
func differs(ctx context.Context, dir string, p *control.Plugin) (what string, yes bool) {
	path, err := build.New(nil).Binary(ctx, dir, "plugin", p.Name, p.Source)
	var digest string
	if err == nil {
		digest, err = store.DigestOf(path)
	}
	var failed *build.Error
	switch {
	case errors.As(err, &failed):
		return fmt.Sprintf("plugin %s goes on, but its program could not be had again: %s", p.Name, failed.Message), false
	case err != nil:
		return fmt.Sprintf("plugin %s can't be compared with its source: %v", p.Name, err), false
	case digest != p.Digest:
		return fmt.Sprintf("plugin %s is not what its source is now (it runs %s, the source makes %s)", p.Name, p.Digest, digest), true
	}
	return "", false
}
