package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

// What a plan is from.
const (
	fromRunning = "running" // the store as it runs
	fromJournal = "journal" // what its journal last adopted
	fromNothing = "nothing"
)

// planned is the plan of one store.
type planned struct {
	// Store is its name; in a fleet, that in the fleet.
	Store string `json:"store,omitempty"`
	// Data is its data folder; empty where none is known.
	Data string `json:"data,omitempty"`
	// From is "running", "journal" or "nothing".
	From string `json:"compared_with,omitempty"`
	// Err says why there is no plan.
	Err string `json:"error,omitempty"`
	control.Plan
}

// one plans one store, that runs or not.
func (f *planFlags) one(c *cobra.Command, dir string, vars map[string]string) (planned, error) {
	data, err := f.where(c.Context(), dir)
	if err != nil {
		return planned{}, err
	}
	if data != "" {
		client := control.NewClient(data)
		err := f.is(c, client, data, dir)
		var none *control.NotRunningError
		if err == nil {
			if len(f.given.vars)+len(f.given.files) > 0 {
				return planned{}, errors.New("aisle plan: --var and --var-file are for a store that does not run: this one keeps the values that it was started with")
			}
			p, err := client.Plan(c.Context())
			return planned{Data: data, From: fromRunning, Plan: p}, err
		}
		if !errors.As(err, &none) {
			return planned{}, err
		}
	}
	return f.atRest(dir, data, vars)
}

// is makes sure that the store that runs is the one whose folder is named.
func (f *planFlags) is(c *cobra.Command, client *control.Client, data, dir string) error {
	if dir == "" {
		_, err := client.State(c.Context())
		return err
	}
	if f.given.store == "" {
		return sameFolder(c, client, dir)
	}
	if _, err := client.State(c.Context()); err != nil {
		return err
	}
	return ranAs(data, dir, f.given.store)
}

// ranAs makes sure that a data folder is that of one store of a fleet.
func ranAs(data, dir, id string) error {
	last, err := recall(data)
	if err != nil || last.Dir == "" {
		return err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if resolved(abs) != resolved(last.Dir) || last.Store != id {
		return fmt.Errorf("%s is the data folder of %s, not of %s", data, ofFleetOrNot(last.Dir, last.Store), ofFleetOrNot(abs, id))
	}
	return nil
}

func ofFleetOrNot(dir, id string) string {
	if id == "" {
		return "the store of " + dir
	}
	return "store " + id + " of " + dir
}

// where gives the store's data folder: the one that is named, or that of a store
// of this folder that was started here; empty where there is none.
func (f *planFlags) where(ctx context.Context, dir string) (string, error) {
	if dir == "" {
		return f.folder(ctx)
	}
	named := attached{data: f.data}
	if named.data != "" || envData() != "" {
		return named.folder(ctx)
	}
	known, err := startedFrom(ctx, dir)
	if err != nil {
		return "", err
	}
	all := known[f.given.store]
	if len(all) > 1 {
		return "", fmt.Errorf("%s were started from %s: say which one with --data\n  %s", count(len(all), "store"), dir, strings.Join(all, "\n  "))
	}
	return strings.Join(all, ""), nil
}

// startedFrom are the data folders of the stores that run, or were killed, whose
// files are in a folder, by their names in the fleet.
func startedFrom(ctx context.Context, dir string) (map[string][]string, error) {
	folder, err := control.Folder()
	if err != nil {
		return nil, nil // this user has no place for that, and then none is known
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	running, ended := control.Running(ctx, folder)
	of := func(all []string) map[string][]string {
		out := map[string][]string{}
		for _, data := range all {
			if last, err := recall(data); err == nil && resolved(last.Dir) == resolved(abs) {
				out[last.Store] = append(out[last.Store], data)
			}
		}
		return out
	}
	known := of(ended)
	maps.Copy(known, of(running)) // one that runs goes before those that ended
	return known, nil
}

// atRest plans a store that does not run. It is read as it was run last.
func (f *planFlags) atRest(dir, data string, vars map[string]string) (planned, error) {
	load := storefile.Options{Store: f.given.store, Vars: vars, VarFiles: f.given.files}
	if data != "" {
		last, err := recall(data)
		if err != nil {
			return planned{}, err
		}
		if dir == "" {
			if dir, load.Store = last.Dir, last.Store; dir == "" {
				return planned{}, fmt.Errorf("no store runs on %s, and none ever did: name the folder of its files, aisle plan DIR", data)
			}
		}
		if load.Store != "" {
			if err := ranAs(data, dir, load.Store); err != nil {
				return planned{}, err
			}
		}
		last.into(&load)
	}
	p, err := store.PlanAtRest(dir, &load, data)
	return resting(p, data), err
}

// into takes over what a store was last run with, where nothing else is given.
func (r *remembered) into(load *storefile.Options) {
	all := maps.Clone(r.Vars)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, load.Vars)
	if load.Vars = all; len(load.VarFiles) == 0 {
		load.VarFiles = r.VarFiles
	}
}

func resting(p store.AtRest, data string) planned {
	from := fromNothing
	if p.Adopted {
		from = fromJournal
	}
	return planned{Store: p.Store, Data: data, From: from, Plan: p.Plan}
}

// print says it in words.
func (p *planned) print(w io.Writer, verbose bool) {
	if p.From == fromRunning {
		printPlan(w, p.Plan, p.Data, verbose)
		return
	}
	with := "what its journal in " + p.Data + " last adopted, but for config blocks, which no journal keeps"
	if p.From == fromNothing {
		with = "nothing, for no data folder of it is known"
		if p.Data != "" {
			with = "nothing, for there is no journal in " + p.Data
		}
	}
	fmt.Fprintf(w, "The store does not run: its files are compared with %s.\n", with)
	switch {
	case len(p.Problems) > 0:
		fmt.Fprintf(w, "There is no plan:\n  %s\n", strings.Join(p.Problems, "\n  "))
	case !p.Changes():
		fmt.Fprintln(w, "Nothing to do: the store would open as it was.")
	default:
		printSteps(w, p.Steps, verbose)
		for _, e := range p.Effects {
			fmt.Fprintln(w, e)
		}
		fmt.Fprintf(w, "The next start does it: %s.\n", tally(p.Steps))
	}
}

// verdict is the exit code.
func (p *planned) verdict() error {
	switch {
	case p.Err != "", len(p.Problems) > 0:
		return errTold
	case p.Changes():
		return somethingToDo
	}
	return nil
}
