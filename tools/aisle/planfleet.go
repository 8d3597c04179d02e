package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

const (
	// plannedAtOnce is how many stores of a fleet are asked at the same time.
	plannedAtOnce = 16
	// planWithin is how long one store of a fleet has to answer: one that hangs
	// keeps the others waiting no longer.
	planWithin = 20 * time.Second
)

// fleet plans every store of a fleet. One that can't be planned is told as one of
// them.
func (f *planFlags) fleet(c *cobra.Command, dir string, vars map[string]string) error {
	load := &storefile.Options{Vars: vars, VarFiles: f.given.files}
	all, problems := storefile.LoadFleet(dir, load)
	if problems.HasErrors() {
		return printProblems(c.ErrOrStderr(), dir, problems)
	}
	where, err := f.whereOf(c.Context(), dir)
	if err != nil {
		return err
	}
	p := fleetPlan{dir: dir, load: load, schemas: map[string]storefile.Schemas{}, where: where}
	plans := make([]planned, len(all.Stores))
	var work errgroup.Group
	work.SetLimit(plannedAtOnce)
	for i, s := range all.Stores {
		work.Go(func() error {
			plans[i] = p.store(c.Context(), s)
			return nil
		})
	}
	_ = work.Wait() // each says itself why it can't be planned
	if err := c.Context().Err(); err != nil {
		return err
	}
	if f.asJSON {
		for _, x := range plans {
			if err := object(c.OutOrStdout(), x); err != nil {
				return err
			}
		}
	} else if err := printFleetPlan(c.OutOrStdout(), plans); err != nil {
		return err
	}
	return fleetVerdict(plans)
}

// whereOf says where each store of a fleet keeps its data.
func (f *planFlags) whereOf(ctx context.Context, dir string) (func(id string) (string, error), error) {
	if f.data != "" || envData() != "" {
		data, err := f.folder(ctx)
		return func(id string) (string, error) { return filepath.Join(data, id), nil }, err
	}
	known, err := startedFrom(ctx, dir)
	return func(id string) (string, error) {
		if all := known[id]; len(all) > 1 {
			return "", fmt.Errorf("it was started on %s; plan it by itself, with --store and --data", strings.Join(all, " and on "))
		}
		return strings.Join(known[id], ""), nil
	}, err
}

// fleetPlan plans the stores of one fleet.
type fleetPlan struct {
	dir   string
	load  *storefile.Options
	where func(id string) (string, error)
	// reading keeps loads apart: they take the processor and wait for nobody.
	reading sync.Mutex
	schemas map[string]storefile.Schemas // by folder of store files
}

// store plans one store of the fleet.
func (f *fleetPlan) store(ctx context.Context, s storefile.FleetStore) planned {
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	data, err := f.where(s.ID)
	if err == nil && data != "" {
		err = ranAs(data, f.dir, s.ID)
	}
	if err != nil {
		return planned{Store: s.ID, Err: err.Error()}
	}
	p := planned{Data: data, From: fromRunning}
	if data != "" {
		p.Plan, err = control.NewClient(data).Plan(ctx)
	}
	var none *control.NotRunningError
	if data == "" || errors.As(err, &none) {
		p, err = f.atRest(s, data)
	}
	if p.Store = s.ID; err != nil {
		p.From, p.Err = "", err.Error()
	}
	return p
}

func (f *fleetPlan) atRest(s storefile.FleetStore, data string) (planned, error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	load := *f.load
	known, asked := f.schemas[s.Dir]
	if !asked {
		known = store.LockedSchemas(s.Dir)
		f.schemas[s.Dir] = known
	}
	if data != "" {
		last, err := recall(data)
		if err != nil {
			return planned{}, err
		}
		last.into(&load)
	}
	load.Schemas = known
	p, err := store.PlanAtRest(s.Dir, s.Options(&load), data)
	return resting(p, data), err
}

// printFleetPlan writes a line for each store, and what they come to.
func printFleetPlan(w io.Writer, plans []planned) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	change, failed := 0, 0
	words := map[string]string{fromRunning: "runs", fromJournal: "does not run", fromNothing: "no journal"}
	for _, p := range plans {
		state, what := words[p.From], "nothing to do"
		switch {
		case p.Err != "":
			failed++
			state, what = "error", oneLine(p.Err)
		case len(p.Problems) > 0:
			failed++
			what = "no plan: " + oneLine(p.Problems[0])
			if n := len(p.Problems) - 1; n > 0 {
				what += fmt.Sprintf(" (and %d more)", n)
			}
		case p.Changes():
			change++
			what = tally(p.Steps)
			if len(p.Restart) > 0 {
				what = strings.TrimPrefix(what+"; wants a restart: "+strings.Join(p.Restart, ", "), "; ")
			}
			if p.Inside > 0 {
				what += fmt.Sprintf(" (%s open)", count(p.Inside, "visit"))
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.Store, state, what)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %d with something to do, %d with nothing, %d without a plan.\n", count(len(plans), "store"), change, len(plans)-change-failed, failed)
	return err
}

// oneLine is a text without its line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// fleetVerdict is the exit code: an error of one is one of the fleet.
func fleetVerdict(plans []planned) error {
	var verdict error
	for _, p := range plans {
		switch v := p.verdict(); {
		case errors.Is(v, errTold):
			return v
		case v != nil:
			verdict = v
		}
	}
	return verdict
}
