package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/replay"
)

// replayed is what replay says to machines.
type replayed struct {
	Records     uint64              `json:"journal_records"`
	Sessions    int                 `json:"sessions"`
	Drifted     uint64              `json:"drifted"`
	Different   int                 `json:"different"`
	Differences []replay.Difference `json:"differences"`
	Panics      []replay.Panic      `json:"panics"`
}

func newReplay() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "replay DATA",
		Short: "Ask today's code what it would have charged",
		Long: "Replay steps every input of a journal again with today's code and reports each visit that would be\n" +
			"charged differently, with the first record at which it differs. Nothing is sent and nothing is written.\n" +
			"It exits with 1 if there is any.",
		Example: "  aisle replay /var/lib/aisle/corner",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := books.Open(args[0])
			if err != nil {
				return err
			}
			defer j.Close()
			r, err := replay.Run(j.Records)
			if err != nil {
				return err
			}
			if asJSON {
				if err := object(c.OutOrStdout(), replayed{r.Records, r.Sessions, r.Drifted, len(r.Differences), some(r.Differences), some(r.Panics)}); err != nil {
					return err
				}
			} else {
				printReplay(c, r)
			}
			if len(r.Differences)+len(r.Panics) > 0 {
				return errTold
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

func printReplay(c *cobra.Command, r replay.Result) {
	w := c.OutOrStdout()
	for _, d := range r.Differences {
		fmt.Fprintf(w, "Visit %s differs from record %d on:\n  was %s\n  now %s\n  charged     %s\n  would be    %s\n",
			d.Session, d.Seq, names(d.Was), names(d.Now), d.Charged, d.Would)
	}
	for _, p := range r.Panics {
		fmt.Fprintf(w, "Today's code can't bear record %d: %s\n", p.Seq, p.Text)
	}
	fmt.Fprintf(w, "%d records of %s stepped again, %d with other facts; %d charged differently.\n",
		r.Records, count(r.Sessions, "visit"), r.Drifted, len(r.Differences))
}

func names(facts []string) string {
	if len(facts) == 0 {
		return "nothing"
	}
	return strings.Join(facts, ", ")
}

// some gives an empty list in place of null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
