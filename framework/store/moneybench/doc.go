// Package moneybench measures what the store promises of money: how many visits
// a second it settles durably, how soon it goes on after it was killed, and how
// long shoppers wait for their receipts and for holds that nobody needs.
//
// The store is made up and perfect, and so is the processor, which answers at
// once in the same process; engine, core and journal are the real ones. It
// judges nothing but what it measured: rows have their limits. The command
// `aisle bench money` calls it.
package moneybench

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/store/hostbench"
)

// Row is one figure, as those of the plugin host are.
type Row = hostbench.Row

// Options say what to measure and how much.
type Options struct {
	// Only names the one measurement; empty for all.
	Only string
	// Dir is where journals are made, and removed again.
	Dir string
	// Visits is how many are settled in each of Rounds rounds, AtOnce how many
	// go on at once.
	Visits, Rounds, AtOnce int
	// Open is how many visits are open in the journal that is recovered, Bytes
	// how much its records have, Kills how often it is opened.
	Open, Kills int
	Bytes       int64
	// Journal is the journal of a demo, in which to look how long its shoppers
	// waited.
	Journal string
	// Progress is told what is being measured; nil for nobody.
	Progress func(string)
}

// The counts where none are given.
const (
	Visits = 4_000
	Rounds = 5
	AtOnce = 64
	Open   = 10_000
	Bytes  = 64 << 20
	Full   = 1 << 30
	Kills  = 20
)

type bench struct {
	Options
	emit func(Row)
}

// measurements are in the order of the figures' table.
var measurements = []struct {
	key, says string
	run       func(*bench, context.Context) error
}{
	{"settle", "visits settled", (*bench).settle},
	{"recover", "recovery with visits open", (*bench).recover},
	{"receipt", "receipts after exits, and holds of empty baskets", (*bench).receipt},
}

func (b *bench) tell(format string, args ...any) {
	if b.Progress != nil {
		b.Progress(fmt.Sprintf(format, args...))
	}
}

// Keys are the names of the measurements.
func Keys() (all []string) {
	for _, m := range measurements {
		all = append(all, m.key)
	}
	return all
}

// Run measures. Rows are emitted as they are known.
func Run(ctx context.Context, o Options, emit func(Row)) error {
	if o.Only != "" && !slices.Contains(Keys(), o.Only) {
		return fmt.Errorf("there is no measurement %q; there are %s", o.Only, strings.Join(Keys(), ", "))
	}
	b := &bench{Options: o, emit: emit}
	for _, m := range measurements {
		if o.Only != "" && o.Only != m.key {
			continue
		}
		b.tell("%s", m.says)
		if err := m.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", m.says, err)
		}
	}
	return nil
}
