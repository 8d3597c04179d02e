package hostbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
)

// Options say what to measure and how often.
type Options struct {
	// Only names the one row to measure; empty for all.
	Only string
	// Kills, Freezes, Stops, Trials and Restarts are the counts of the long
	// loops.
	Kills, Freezes, Stops, Trials, Restarts int
	// Seconds is how long what takes its time is measured for.
	Seconds int
	// Stall is how long the journal and the host stand, Cut how long an agent is
	// cut off, Deaf how long subscribers read nothing.
	Stall, Cut, Deaf time.Duration
	// From is the number of the first turn of a loop that was begun earlier.
	From int
	// Results is a file that keeps what was measured and is added to; empty for
	// none.
	Results string
	// Progress is told what is being measured; nil for nobody.
	Progress func(string)
}

// The counts and times where none are given: five minutes in all.
const (
	Kills    = 50
	Freezes  = 3
	Stops    = 200
	Trials   = 10
	Restarts = 100
	Seconds  = 10
	Stall    = 10 * time.Second
	Cut      = 10 * time.Second
	Deaf     = time.Minute
)

// Row is one figure.
type Row struct {
	// Key is what --only takes, Name what is measured.
	Key, Name string
	Value     float64
	Unit      string
	// Limit is what Value must keep to: at most, or at least where More is set.
	Limit float64
	More  bool
	// Printed says that there is no limit: the figure is only told.
	Printed bool
	// Of is how many turns it rests on.
	Of int
	// Note says what to know of it.
	Note string
	// Load is the machine's load average of the last minute when it was measured:
	// times mean little without.
	Load float64
}

// Ratio is the part of the limit that is used up: at most 1 where it is kept.
// It is 0 where the limit is 0 and kept.
func (r Row) Ratio() float64 {
	switch {
	case r.Printed, r.Limit == 0 && r.Value == 0:
		return 0
	case r.More:
		return r.Limit / r.Value
	case r.Limit == 0:
		return r.Value
	}
	return r.Value / r.Limit
}

// Pass reports whether the limit is kept.
func (r Row) Pass() bool {
	switch {
	case r.Printed:
		return true
	case r.More:
		return r.Value >= r.Limit
	}
	return r.Value <= r.Limit
}

// bench is one run.
type bench struct {
	Options
	programs zoo.Programs
	kept     *results
	dir      string
	emit     func(Row)

	mu   sync.Mutex // kept, and what follows, where turns overlap
	dirs []string   // of hosts of their own
}

// measurements are the groups of rows, in the order of the figures' table.
var measurements = []struct {
	key, says string
	run       func(*bench, context.Context) error
}{
	{"kill", "plugins killed", (*bench).kill},
	{"freeze", "plugins stopped by a signal", (*bench).freeze},
	{"stop", "animals of the zoo stopped", (*bench).stop},
	{"orphans", "hosts killed with forking plugins", (*bench).orphans},
	{"residue", "restarts", (*bench).residue},
	{"broken", "1 of 20 plugins broken in six ways", (*bench).broken},
	{"memory", "messages that are too large", (*bench).memory},
	{"flood", "a flood on standard error", (*bench).flood},
	{"escapes", "ways out", (*bench).escapes},
	{"loss", "a journal that stalls, a host that is stopped", (*bench).loss},
	{"agent", "an agent that is cut off", (*bench).agent},
	{"subscriber", "subscribers that read nothing", (*bench).subscriber},
	{"transport", "the wire against bare sockets", (*bench).transport},
	{"journal", "20,000 events a second into the journal", (*bench).journal},
	{"swap", "an upgrade in an open store", (*bench).swap},
	{"fleet", "20 plugins with 200 devices", (*bench).fleet},
}

// Keys are the names of the measurements.
func Keys() (all []string) {
	for _, m := range measurements {
		all = append(all, m.key)
	}
	return all
}

// Run measures. Rows are emitted as they are known. The program that calls it
// must call Child first.
func Run(ctx context.Context, o Options, emit func(Row)) (err error) {
	if o.Only != "" && !slices.Contains(Keys(), o.Only) {
		return fmt.Errorf("there is no measurement %q; there are %s", o.Only, strings.Join(Keys(), ", "))
	}
	b := &bench{Options: o, emit: func(r Row) { r.Load = LoadAverage(); emit(r) }}
	if b.Progress == nil {
		b.Progress = func(string) {}
	}
	if b.kept, err = openResults(o.Results); err != nil {
		return err
	}
	b.Progress("building the zoo")
	if b.programs, err = zoo.Find(ctx, build.New(nil)); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "hb"); err != nil {
		return err
	}
	defer func() {
		for _, d := range append(b.dirs, b.dir) {
			err = errors.Join(err, os.RemoveAll(d))
		}
	}()
	for _, m := range measurements {
		if o.Only != "" && o.Only != m.key {
			continue
		}
		b.Progress(fmt.Sprintf("%s (load average %.1f, %d processors)", m.says, LoadAverage(), runtime.NumCPU()))
		if err := m.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
		if err := b.kept.save(); err != nil {
			return err
		}
	}
	return nil
}

// several does turns 0 to n-1, some at once, and gives the first error.
func several(ctx context.Context, n, atOnce int, turn func(int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return turn(i)
		})
	}
	return g.Wait()
}
