package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

func newReplay() *cobra.Command {
	var asJSON, diff bool
	c := &cobra.Command{
		Use:   "replay DATA",
		Short: "Ask today's code what it would have charged",
		Long: "Replay steps every input of a journal again with today's code and reports each visit that would be\n" +
			"charged differently, at its first receipt that differs. Nothing is sent and nothing is written.\n" +
			"It exits with 1 if there is any.\n\n" +
			"With --diff it goes by what each visit comes to in the end, and prints what would be charged line by line (was -> would\n" +
			"be), the evidence that made the difference where that can be said, and the money between, by visit and in all. It exits\n" +
			"with 0 where nothing would be charged differently, with 2 where anything would, and with 1 where it can't say.",
		Example: "  aisle replay /var/lib/aisle/corner\n  aisle replay /var/lib/aisle/corner --diff\n  aisle replay /var/lib/aisle/corner --diff --json | jq .between",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := books.Path(args[0])
			if err != nil {
				return err
			}
			if diff {
				return diffReplay(c, path, asJSON)
			}
			r, err := store.Replay(c.Context(), path)
			if err != nil {
				return err
			}
			if asJSON {
				err = object(c.OutOrStdout(), r)
			} else {
				printReplay(c, r)
			}
			if err == nil && len(r.Differences) > 0 {
				return errTold
			}
			return err
		},
	}
	c.Flags().BoolVar(&diff, "diff", false, "what each visit would be charged, line by line, and the money between")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

func printReplay(c *cobra.Command, r store.ReplayReport) {
	w := c.OutOrStdout()
	for _, d := range r.Differences {
		fmt.Fprintf(w, "Visit %s, record %d, version %d of its receipt, %s:\n  was %s\n  now %s\n",
			d.Session, d.Seq, d.Version, d.What, orNothing(d.Recorded), orNothing(d.Today))
	}
	fmt.Fprintf(w, "%d records of %s stepped again; %d would be charged differently.\n",
		r.Records, count(r.Sessions, "visit"), len(r.Differences))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
