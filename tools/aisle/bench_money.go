package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/store/hostbench"
	"github.com/openaisle/aisle/framework/store/moneybench"
)

func newBenchMoney() *cobra.Command {
	o := moneybench.Options{Dir: os.TempDir()}
	var asJSON, full bool
	var demo string
	c := &cobra.Command{
		Use: "money", Short: "Visits settled a second, recovery, and how long shoppers wait",
		Long: "Visits settled a second, recovery, and how long shoppers wait. Visits go through the real engine, core and journal; a processor in the same " +
			"process answers at once. What shoppers wait for is read from the journal of a demo, in the store's time.",
		Example: "  aisle bench money\n  aisle bench money --only recover --full\n  aisle demo --shoppers 500 --headless --data DEMO && aisle bench money --only receipt --demo DEMO",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Progress = func(s string) { fmt.Fprintln(c.ErrOrStderr(), s) }
			if full {
				o.Bytes = moneybench.Full
			}
			if demo != "" {
				o.Journal = filepath.Join(demo, store.JournalFile)
			}
			defer store.CollectRarely()() // as a store that runs does
			missed := 0
			emit, err := hostTable(c.OutOrStdout(), asJSON), error(nil)
			if runErr := moneybench.Run(c.Context(), o, func(r hostbench.Row) {
				if !r.Pass() {
					missed++
				}
				if err == nil {
					err = emit(r)
				}
			}); runErr != nil {
				return fmt.Errorf("bench money: %w", runErr)
			}
			if err == nil && missed > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "%d of the figures miss their limits\n", missed)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.Only, "only", "", "measure one of "+strings.Join(moneybench.Keys(), " "))
	f.IntVar(&o.Visits, "visits", moneybench.Visits, "how many visits are settled in each round")
	f.IntVar(&o.Rounds, "rounds", moneybench.Rounds, "how many rounds")
	f.IntVar(&o.AtOnce, "at-once", moneybench.AtOnce, "how many visits go on at once")
	f.IntVar(&o.Open, "open", moneybench.Open, "how many visits are open when the store is killed")
	f.IntVar(&o.Kills, "kills", moneybench.Kills, "how often it is killed")
	f.Int64Var(&o.Bytes, "bytes", moneybench.Bytes, "how many bytes the records of the journal have that is recovered")
	f.BoolVar(&full, "full", false, "a journal of 1 GiB")
	f.StringVar(&demo, "demo", "", "data `folder` of a demo that is over, for what its shoppers waited for")
	f.BoolVar(&asJSON, "json", false, "one object a line: key name value unit limit ratio result of note")
	return c
}
