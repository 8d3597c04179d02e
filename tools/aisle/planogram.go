package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/planogram"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/measure"
)

func newCheckPlanogram() *cobra.Command {
	var asJSON, strict bool
	var given values
	var noise string
	var most int
	c := &cobra.Command{
		Use:   "check-planogram DIR",
		Short: "Say which products a store's shelves will confuse",
		Long: "Check-planogram reads a store and says before it opens what its scales can't tell apart: products on one bay or\n" +
			"on neighbouring ones whose masses lie too near, units too light to be felt, bays of which nothing can ever be\n" +
			"charged for sure, products that stand nowhere. For each shelf it prints how many units the scale alone would\n" +
			"take for another, and for each pair where to move one. It starts nothing.",
		Example: "  aisle check-planogram examples/corner\n  aisle check-planogram shops/lisbon --noise 5g --json",
		Args:    needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error {
			o := &planogram.Options{}
			var err error
			if noise != "" {
				if o.Noise, err = measure.ParseMass(noise); err != nil || o.Noise <= 0 {
					return fmt.Errorf("--noise %q: write a mass, such as 2g", noise)
				}
			}
			vars, err := given.variables()
			if err != nil {
				return err
			}
			d, problems, err := store.Validate(c.Context(), args[0], vars, &store.ValidateOptions{Store: given.store, VarFiles: given.files, NoPlugins: true, Offline: true})
			if err != nil {
				return err
			}
			if problems.HasErrors() {
				return printProblems(c.ErrOrStderr(), args[0], problems)
			}
			r := planogram.Check(d.Store, o)
			if asJSON {
				err = object(c.OutOrStdout(), r)
			} else {
				err = printPlanogram(c, args[0], d, r, most)
			}
			if err == nil && strict && len(r.Findings) > 0 {
				err = errTold
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one object: findings, shelves and rates")
	c.Flags().BoolVar(&strict, "strict", false, "exit 1 where anything is found")
	c.Flags().StringVar(&noise, "noise", "", "standard deviation of what a scale says of a change, as a `MASS` (default 2g)")
	c.Flags().IntVar(&most, "most", 20, "show so many findings at the most")
	given.flags(c)
	return c
}

func printPlanogram(c *cobra.Command, dir string, d *storefile.Definition, r planogram.Report, most int) error {
	var shown storefile.Problems
	for _, f := range r.Findings[:min(most, len(r.Findings))] {
		p := d.Problem(f.Address, "", string(f.Kind), summaries[f.Kind], f.Text+" "+f.Cure)
		p.Severity = storefile.Warning
		shown = append(shown, p)
	}
	if err := storefile.Print(c.ErrOrStderr(), shown, colour(c.ErrOrStderr())); err != nil {
		return err
	}
	if n := len(r.Findings) - len(shown); n > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s more: --most %d shows all, --json too.\n", count(n, "finding"), len(r.Findings))
	}
	return shelfTable(c.OutOrStdout(), dir, r)
}

// summaries are the findings' first lines.
var summaries = map[planogram.Kind]string{
	planogram.KindConfusable: "Two products weigh too nearly the same",
	planogram.KindMultiple:   "Several units weigh like another number of others",
	planogram.KindLight:      "A unit is too light to be felt",
	planogram.KindUnseen:     "Nothing taken here can be charged",
	planogram.KindNowhere:    "The product stands nowhere",
	planogram.KindEmpty:      "Nothing faces some bays",
	planogram.KindDeposit:    "A deposit may be missing",
	planogram.KindRestricted: "The GTIN means one thing in one company alone",
}

// shelfTable prints what is expected of each shelf, the worst first.
func shelfTable(w io.Writer, dir string, r planogram.Report) error {
	shelves := slices.Clone(r.Shelves)
	slices.SortStableFunc(shelves, func(a, b planogram.Shelf) int { return cmp.Compare(b.Wrong, a.Wrong) })
	width := len("shelf")
	for _, s := range shelves {
		width = max(width, len(s.Address))
	}
	fmt.Fprintf(w, "%-*s  %5s  %8s  %18s  %18s\n", width, "shelf", "bays", "facings", "wrong by scale", "unsure by scale")
	for _, s := range shelves {
		fmt.Fprintf(w, "%-*s  %5d  %8d  %16.2f %%  %16.2f %%\n", width, s.Address, s.Bays, s.Units, 100*s.Wrong, 100*s.Unsure)
	}
	_, err := fmt.Fprintf(w, "In %s the scales alone would take %.2f %% of units for others and be unsure of %.2f %%; cameras and tags decide those, or a review. %s.\n",
		dir, 100*r.Wrong, 100*r.Unsure, count(len(r.Findings), "finding"))
	return err
}
