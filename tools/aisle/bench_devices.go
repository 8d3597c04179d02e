package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/store/devicebench"
	"github.com/openaisle/aisle/framework/store/hostbench"
)

func newBenchDevices() *cobra.Command {
	o := devicebench.Options{Dir: os.TempDir()}
	asJSON := false
	c := &cobra.Command{
		Use: "devices", Short: "Tags a second, badges at a gate, and a store's samples",
		Long: "Tags a second, badges at a gate, and a store's samples. The plugins are those of plugins, built from the module's source, in processes " +
			"and sandboxes as in a store; what stands in for the devices are processes too. A ratio of 1 is the limit. Times depend on what else the " +
			"machine does: the load average is told with them.",
		Example: "  aisle bench devices\n  aisle bench devices --only gate --visits 500\n  aisle bench devices --json",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Progress = func(s string) { fmt.Fprintln(c.ErrOrStderr(), s) }
			defer store.CollectRarely()() // as a store that runs does
			missed := 0
			emit, err := hostTable(c.OutOrStdout(), asJSON), error(nil)
			if runErr := devicebench.Run(c.Context(), o, func(r hostbench.Row) {
				if !r.Pass() {
					missed++
				}
				if err == nil {
					err = emit(r)
				}
			}); runErr != nil {
				return fmt.Errorf("bench devices: %w", runErr)
			}
			if err == nil && missed > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "%d of the figures miss their limits\n", missed)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.Only, "only", "", "measure one of "+strings.Join(devicebench.Keys(), " "))
	f.IntVar(&o.Reads, "reads", devicebench.Reads, "how many tag reads go through in each round")
	f.IntVar(&o.Rounds, "rounds", devicebench.Rounds, "how many rounds")
	f.IntVar(&o.Visits, "visits", devicebench.Visits, "how many people come to the gate")
	f.IntVar(&o.Seconds, "seconds", devicebench.Seconds, "how many seconds of a store's samples are filtered")
	f.BoolVar(&asJSON, "json", false, "one object a line: key name value unit limit ratio result of note load")
	return c
}
