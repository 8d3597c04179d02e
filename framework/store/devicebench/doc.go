// Package devicebench measures what is promised of real devices: tag reads
// through the llrp plugin, people at a gate on OSDP, and samples through
// sdk/signal.
//
// Plugins and what stands in for the devices are programs of this module, built
// from its source and run as processes, as in a store; the host is a real one.
// It judges nothing but what it measured: rows have their limits. The command
// `aisle bench devices` calls it.
package devicebench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/store/hostbench"
	"github.com/openaisle/aisle/framework/supervisor/build"
)

// Row is one figure, as those of the plugin host are.
type Row = hostbench.Row

// Options say what to measure and how much.
type Options struct {
	// Only names the one measurement; empty for all.
	Only string
	// Dir is where stores are made, and removed again.
	Dir string
	// Reads is how many tag reads go through the plugin in each of Rounds
	// rounds, Visits how many people come to the gate.
	Reads, Rounds, Visits int
	// Seconds is how many seconds of a store's samples are filtered.
	Seconds int
	// Progress is told what is being measured; nil for nobody.
	Progress func(string)
}

// The counts where none are given: three minutes in all.
const (
	Reads   = 500_000
	Rounds  = 5
	Visits  = 200
	Seconds = 600
)

type bench struct {
	Options
	module string
	emit   func(Row)
}

// measurements are in the order of the figures' table.
var measurements = []struct {
	key, says string
	run       func(*bench, context.Context) error
}{
	{"tags", "tag reads through llrp into evidence", (*bench).tags},
	{"gate", "badges at a gate on OSDP, with a processor that takes 150 ms", (*bench).gate},
	{"samples", "a store's samples through sdk/signal", (*bench).samples},
}

// Keys are the names of the measurements.
func Keys() (all []string) {
	for _, m := range measurements {
		all = append(all, m.key)
	}
	return all
}

// Run measures and emits rows as they come. It needs the module's source and the
// go command, for what it runs is built.
func Run(ctx context.Context, o Options, emit func(Row)) error {
	if o.Only != "" && !slices.Contains(Keys(), o.Only) {
		return fmt.Errorf("there is no measurement %q: there are %s", o.Only, strings.Join(Keys(), ", "))
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return errors.New("the module's source is not known to this program")
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	b := &bench{Options: o, module: filepath.Join(filepath.Dir(file), "..", "..", ".."), emit: func(r Row) { r.Load = hostbench.LoadAverage(); emit(r) }}
	if _, err := os.Stat(filepath.Join(b.module, "go.mod")); err != nil {
		return fmt.Errorf("plugins are built from the module's source: %w", err)
	}
	for _, m := range measurements {
		if o.Only != "" && o.Only != m.key {
			continue
		}
		o.Progress(m.says)
		if err := m.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
	}
	return nil
}

// program builds a program of the module and gives its path.
func (b *bench) program(ctx context.Context, source string) (string, error) {
	return build.New(nil).Binary(ctx, b.module, "plugin", filepath.Base(source), "./"+source)
}
