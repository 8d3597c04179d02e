package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

func newCloseDay() *cobra.Command {
	var a attached
	var day string
	var asJSON, now bool
	c := &cobra.Command{
		Use:   "close-day [DATA]",
		Short: "Close a business day of a store",
		Long: "Close-day writes into the journal that a day is closed, with the sums of all accounts since the day before. What is\n" +
			"posted later belongs to a later day. A day is closed once, in order, and when it is over by the store's time zone;\n" +
			"--now closes today's as of this moment. It works on a running store, and on the folder of one that does not run.\n" +
			"Days before it that were not closed are closed with it.",
		Example: "  aisle close-day\n  aisle close-day /var/lib/aisle/corner --day 2026-11-22 --reason 'end of Sunday'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if a.data != "" {
					return errors.New("the data folder is given twice: as DATA and by --data")
				}
				if _, err := books.Path(args[0]); err != nil {
					return err
				}
				a.data = args[0]
			}
			client, data, err := a.client(c.Context())
			if err != nil {
				return err
			}
			by, err := a.by()
			if err != nil {
				return err
			}
			done, err := client.CloseDay(c.Context(), day, now, by)
			var none *control.NotRunningError
			if errors.As(err, &none) {
				done, err = store.CloseDay(data, day, now, time.Now(), by)
			}
			return printClosed(c, done, err, asJSON)
		},
	}
	a.dataFlag(c)
	a.byFlags(c, "end of the day")
	c.Flags().StringVar(&day, "day", "", "the `DAY`, such as 2026-11-22 (default: the last that is over)")
	c.Flags().BoolVar(&now, "now", false, "close a day that is not over, as of this moment")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

func printClosed(c *cobra.Command, done control.Closed, err error, asJSON bool) error {
	var refused *control.Error
	switch {
	case asJSON && errors.As(err, &refused):
		return errors.Join(object(c.OutOrStdout(), struct {
			Error *control.Error `json:"error"`
		}{refused}), errTold)
	case err != nil:
		return err
	case asJSON:
		return object(c.OutOrStdout(), done)
	}
	w := c.OutOrStdout()
	fmt.Fprintf(w, "The day %s is closed, until %s: %s.\n", done.Day, done.Until.Format(time.RFC3339), count(done.Sessions, "visit"))
	for _, e := range done.Balances {
		fmt.Fprintf(w, "  %-24s %s\n", e.Account, e.Amount)
	}
	return nil
}
