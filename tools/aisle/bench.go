package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/journal/journalbench"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/tools/aisle/internal/corebench"
)

// row is one line of a benchmark: a figure, and the limit that was measured in
// the same run.
type row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"`
	Ratio float64 `json:"ratio"`
}

// benchmark is one of the command's.
type benchmark struct {
	use, short, long string
	run              func(c *cobra.Command, emit func(row)) error
}

func newBench() *cobra.Command {
	var of []*cobra.Command
	for _, b := range []benchmark{
		{"core", "core.Step without I/O", corebench.Limit, benchCore},
		{"journal", "Groups of records made durable", "The limit is bare write and fdatasync of the same bytes on the same disk.", benchJournal},
		{"evidence", "Evidence from a plugin's process into the journal",
			"The limit is a bare gRPC stream of the same messages from another process.", benchEvidence},
	} {
		of = append(of, newBenchmark(b))
	}
	of = append(of, newBenchDevices(), newBenchHCL(), newBenchHost(), newBenchMoney())
	return group("bench", "Measure against a limit in the same run",
		"  aisle bench core\n  aisle bench journal --json", of...)
}

func newBenchmark(b benchmark) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: b.use, Short: b.short, Long: b.short + ". " + b.long, Example: "  aisle bench " + b.use + " --json", Args: needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			emit, err := table(c.OutOrStdout(), asJSON), error(nil)
			if runErr := b.run(c, func(r row) {
				if err == nil {
					err = emit(r)
				}
			}); runErr != nil {
				return fmt.Errorf("bench %s: %w", b.use, runErr)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one object a line: name value unit limit ratio")
	return c
}

// table gives what writes rows as they come.
func table(w io.Writer, asJSON bool) func(row) error {
	if asJSON {
		return func(r row) error { return object(w, r) }
	}
	head := false
	return func(r row) error {
		if !head {
			head = true
			fmt.Fprintf(w, "%-44s %14s %14s %-12s %7s\n", "", "value", "limit", "unit", "ratio")
		}
		_, err := fmt.Fprintf(w, "%-44s %14s %14s %-12s %7.3f\n", r.Name, figure(r.Value), figure(r.Limit), r.Unit, r.Ratio)
		return err
	}
}

// figure writes a number with three digits that matter.
func figure(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func benchCore(_ *cobra.Command, emit func(row)) error {
	return corebench.Run(func(r corebench.Result) { emit(row(r)) })
}

func benchJournal(_ *cobra.Command, emit func(row)) error {
	return journalbench.Run(os.TempDir(), func(r journalbench.Result) { emit(row(r)) })
}

func benchEvidence(c *cobra.Command, emit func(row)) error {
	return store.BenchEvidence(c.Context(), os.TempDir(), func(r store.BenchResult) { emit(row(r)) })
}
