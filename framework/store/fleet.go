package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storefile"
)

// FleetProblems are what is wrong with a fleet.
type FleetProblems struct {
	// Fleet are those of its own files.
	Fleet storefile.Problems
	// Stores are those of its stores, in their order.
	Stores []StoreProblems
}

// StoreProblems are what is wrong with one store.
type StoreProblems struct {
	Store    string
	Problems storefile.Problems
}

// Grouped gives the problems of all stores, each once: one that several have at
// the same place says which.
func (p FleetProblems) Grouped() storefile.Problems {
	type key struct{ place, code, summary, detail string }
	at := map[key]int{}
	var out storefile.Problems
	var stores [][]string
	for _, s := range p.Stores {
		for _, x := range s.Problems {
			k := key{x.Place.String(), x.Code, x.Summary, x.Detail}
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k], out, stores = i, append(out, x), append(stores, nil)
			}
			stores[i] = append(stores[i], s.Store)
		}
	}
	for i := range out {
		out[i].Detail = strings.TrimRight(out[i].Detail, "\n") + " " + inStores(stores[i])
	}
	return out
}

func inStores(ids []string) string {
	const most = 3
	switch {
	case len(ids) == 1:
		return fmt.Sprintf("In store %s.", ids[0])
	case len(ids) <= most:
		return fmt.Sprintf("In the stores %s.", strings.Join(ids, ", "))
	}
	return fmt.Sprintf("In %d stores: %s and others.", len(ids), strings.Join(ids[:most], ", "))
}

// ValidateFleet reads a fleet and all its stores and says what is wrong with
// each, as soon as it is known, by calling each. Plugins are read from the lock,
// or built and asked, once for each folder of store files. The error is ctx's, or that of each.
func ValidateFleet(
	ctx context.Context, dir string, vars map[string]string, o *ValidateOptions, each func(storefile.FleetStore, storefile.Problems) error,
) (*storefile.Fleet, FleetProblems, error) {
	if o == nil {
		o = &ValidateOptions{}
	}
	load := &storefile.Options{Vars: vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, Overlay: o.Overlay}
	var out FleetProblems
	f, problems := storefile.LoadFleet(dir, load)
	if out.Fleet = problems; problems.HasErrors() {
		return f, out, nil
	}
	opt := Options{Dir: dir, Vars: vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, CA: o.CA, Cache: o.Cache, Log: o.Log, Progress: oneAtATime(o.Progress), limits: o.limits, overlay: o.Overlay}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	sup := supervisor.New(&supervisor.Options{Log: opt.Log, Protected: opt.protected(), Limits: opt.limits})
	asked := map[string]schemas{}
	var failed error
	for _, s := range f.Stores {
		if failed = ctx.Err(); failed != nil {
			break
		}
		known, done := asked[s.Dir]
		var ps storefile.Problems
		switch options := s.Options(load); {
		case o.NoPlugins:
			_, ps = storefile.Load(s.Dir, options)
		case done:
			options.Schemas = known
			_, ps = storefile.Load(s.Dir, options)
		default:
			one := opt
			one.Store = s.ID
			p, problems := o.check(ctx, one, sup)
			asked[s.Dir], ps = p.described, problems
			failed = p.agents.close()
		}
		out.Stores = append(out.Stores, StoreProblems{s.ID, ps})
		if failed = errors.Join(failed, each(s, ps)); failed != nil {
			break
		}
	}
	return f, out, errors.Join(failed, sup.Close())
}
