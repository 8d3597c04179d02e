package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/hcl/storefile/storefilebench"
)

// The parts of aisle bench hcl that are not of package storefilebench alone.
const (
	partPlan  = "plan"
	partTypos = "typos"
	// typosPerKind is how many names of each kind are mistyped, and limitTypos
	// for how many of a hundred slips the right name is to be suggested.
	typosPerKind = 100
	limitTypos   = 95
)

func newBenchHCL() *cobra.Command {
	var only, examples string
	parts := append(storefilebench.Parts(), partPlan, partTypos)
	c := newBenchmark(benchmark{
		"hcl", "Stores large and small, a fleet, plans, broken stores and mistyped names",
		"The limit is bare parsing and decoding of the same bytes, or else what is to be reached: for typos at least, else at most. They need the examples.",
		func(_ *cobra.Command, emit func(row)) error {
			if only != "" && !slices.Contains(parts, only) {
				return fmt.Errorf("there is no part %q: there are %s", only, strings.Join(parts, ", "))
			}
			return benchHCL(only, examples, emit)
		},
	})
	c.Example += "\n  aisle bench hcl --only typos"
	c.Flags().StringVar(&only, "only", "", "one part: "+strings.Join(parts, ", "))
	c.Flags().StringVar(&examples, "examples", "examples", "the folder of the example stores whose names are mistyped")
	return c
}

func benchHCL(only, examples string, emit func(row)) error {
	if only != partPlan && only != partTypos {
		if err := storefilebench.Run(only, func(r storefilebench.Result) { emit(row(r)) }); err != nil {
			return err
		}
	}
	if only == "" || only == partPlan {
		if err := store.BenchPlan(func(r store.BenchResult) { emit(row(r)) }); err != nil {
			return err
		}
	}
	_, err := os.Stat(examples)
	if only == partTypos || only == "" && err == nil {
		return benchTypos(examples, emit)
	}
	return nil
}

func benchTypos(examples string, emit func(row)) error {
	kinds, err := typos(examples, typosPerKind, nil)
	if err != nil {
		return err
	}
	all := storefilebench.TypoKind{Kind: "in all"}
	show := func(k storefilebench.TypoKind) {
		value := 100 * float64(k.Right) / float64(max(k.Tried, 1))
		emit(row{Name: fmt.Sprintf("hcl.typos %s, %d", k.Kind, k.Tried), Value: value, Unit: "% right", Limit: limitTypos, Ratio: value / limitTypos})
	}
	for _, k := range kinds {
		all.Tried, all.Right = all.Tried+k.Tried, all.Right+k.Right
		show(k)
	}
	show(all)
	return nil
}

// typos mistypes names of the example stores. What their plugins want is read
// from beside their locks; an example without one has the plugins of the corner
// shop.
func typos(examples string, perKind int, missed func(string)) ([]storefilebench.TypoKind, error) {
	return storefilebench.Typos(storefilebench.TypoOptions{
		Examples: examples, PerKind: perKind, Seed: 1, Missed: missed,
		Schemas: func(dir string) storefile.Schemas {
			if s := store.LockedSchemas(dir); s != nil {
				return s
			}
			return store.LockedSchemas(filepath.Join(examples, "corner"))
		},
	})
}
