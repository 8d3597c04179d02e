package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store/hostbench"
)

// hostRow is one figure of the plugin host.
type hostRow struct {
	Key    string  `json:"key"`
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Limit  float64 `json:"limit"`
	Ratio  float64 `json:"ratio"`
	Result string  `json:"result"`
	Of     int     `json:"of"`
	Note   string  `json:"note,omitempty"`
	Load   float64 `json:"load"`
}

func newBenchHost() *cobra.Command {
	o := hostbench.Options{}
	asJSON := false
	c := &cobra.Command{
		Use: "host", Short: "What the plugin host promises when plugins misbehave",
		Long: "What the plugin host promises when plugins misbehave. The plugins are those of framework/supervisor/zoo, built from the module's " +
			"source, in processes and sandboxes as in a store. A ratio of 1 is the limit; a long loop can be done in parts, which add up in --results. " +
			"Times depend on what else the machine does: the load average is told with them.",
		Example: "  aisle bench host\n  aisle bench host --only kill --kills 1000\n  aisle bench host --only stop --stops 2000 --from 4000 --results stops.json",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Progress = func(s string) { fmt.Fprintln(c.ErrOrStderr(), s) }
			missed := 0
			emit, err := hostTable(c.OutOrStdout(), asJSON), error(nil)
			if runErr := hostbench.Run(c.Context(), o, func(r hostbench.Row) {
				if !r.Pass() {
					missed++
				}
				if err == nil {
					err = emit(r)
				}
			}); runErr != nil {
				return fmt.Errorf("bench host: %w", runErr)
			}
			if err == nil && missed > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "%d of the figures miss their limits\n", missed)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.Only, "only", "", "measure one of "+strings.Join(hostbench.Keys(), " "))
	f.IntVar(&o.Kills, "kills", hostbench.Kills, "how often a plugin is killed")
	f.IntVar(&o.Freezes, "freezes", hostbench.Freezes, "how often a plugin is stopped by SIGSTOP")
	f.IntVar(&o.Stops, "stops", hostbench.Stops, "how many animals are stopped")
	f.IntVar(&o.Trials, "trials", hostbench.Trials, "how many hosts are killed")
	f.IntVar(&o.Restarts, "restarts", hostbench.Restarts, "how often a plugin is restarted")
	f.IntVar(&o.Seconds, "seconds", hostbench.Seconds, "how long streams and floods are measured")
	f.DurationVar(&o.Stall, "stall", hostbench.Stall, "how long the journal and the host stand")
	f.DurationVar(&o.Cut, "cut", hostbench.Cut, "how long an agent is cut off")
	f.DurationVar(&o.Deaf, "deaf", hostbench.Deaf, "how long subscribers read nothing")
	f.IntVar(&o.From, "from", 0, "the number of the first turn, where a loop goes on that was begun earlier")
	f.StringVar(&o.Results, "results", "", "a file that keeps what was measured, and adds to it")
	f.BoolVar(&asJSON, "json", false, "one object a line: key name value unit limit ratio result of note load")
	return c
}

// hostTable gives what writes rows as they come.
func hostTable(w io.Writer, asJSON bool) func(hostbench.Row) error {
	if asJSON {
		return func(r hostbench.Row) error {
			return object(w, hostRow{r.Key, r.Name, r.Value, r.Unit, r.Limit, r.Ratio(), passed(r), r.Of, r.Note, r.Load})
		}
	}
	head := false
	return func(r hostbench.Row) error {
		if !head {
			head = true
			fmt.Fprintf(w, "%-44s %10s %10s %-10s %7s %-4s %8s\n", "", "value", "limit", "unit", "ratio", "", "of")
		}
		limit := figure(r.Limit)
		if r.Printed {
			limit = "-"
		}
		_, err := fmt.Fprintf(w, "%-44s %10s %10s %-10s %7.3f %-4s %8d  %s\n", r.Name, figure(r.Value), limit, r.Unit, r.Ratio(), passed(r), r.Of, r.Note)
		return err
	}
}

func passed(r hostbench.Row) string {
	switch {
	case r.Printed:
		return ""
	case r.Pass():
		return "PASS"
	}
	return "MISS"
}
