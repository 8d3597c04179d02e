package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/framework/reconcile"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

// reconciled is what aisle reconcile says to machines.
type reconciled struct {
	OK bool `json:"reconciled"`
	reconcile.Result
	// Kinds says the codes that were found in words.
	Kinds []reconcile.Kind `json:"kinds"`
	// Faults are what does not add up in the books themselves.
	Faults []ledger.Fault `json:"faults"`
}

func newReconcile() *cobra.Command {
	var data, asOf, day string
	var o reconcile.Options
	var asJSON bool
	c := &cobra.Command{
		Use:   "reconcile REPORT --data DATA",
		Short: "Hold the processor's own report against the journal",
		Long: "Reconcile reads the processor's report (CSV: id, type, reference, parent_reference, key, amount, currency, created,\n" +
			"settled, status, fee, net, payout; or Stripe's itemised balance report or its export of payments) and holds it\n" +
			"against what the store booked. It believes no answer of a payment plugin. What may only be late is a note.\n" +
			"It exits with 1 where there is any discrepancy.",
		Example: "  aisle reconcile report.csv --data DATA\n  aisle reconcile report.csv --data DATA --day 2026-11-22 --json",
		Args:    needs("the report"),
		RunE: func(c *cobra.Command, args []string) error {
			if data == "" {
				return fmt.Errorf("%s: --data is missing: which store's journal?", c.CommandPath())
			}
			b, err := keepBooks(data)
			if err != nil {
				return err
			}
			if err := period(&o, data, asOf, day); err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("there is no report: %w", err)
			}
			defer f.Close()
			m := reconcile.New(b.Movements(), o)
			if err := reconcile.Read(f, m.Row, m.Bad); err != nil {
				return err
			}
			out := reconciled{Result: m.Result(), Faults: some(b.Faults()), Kinds: []reconcile.Kind{}}
			out.OK = len(out.Found)+len(out.Faults) == 0
			for _, k := range reconcile.Kinds() {
				if out.Counts[k.Code] > 0 {
					out.Kinds = append(out.Kinds, k)
				}
			}
			if asJSON {
				err = object(c.OutOrStdout(), out)
			} else {
				printReconciled(c, out)
			}
			if err == nil && !out.OK {
				return errTold
			}
			return err
		},
	}
	c.Flags().StringVar(&data, "data", "", "data `folder` of the store")
	c.Flags().StringVar(&day, "day", "", "the business `DAY` that the report covers (default: all)")
	c.Flags().StringVar(&asOf, "as-of", "", "`WHEN` the report was made, such as 2026-11-23T06:00:00Z (default: now)")
	c.Flags().DurationVar(&o.Grace, "grace", 24*time.Hour, "what is younger may be missing on either side")
	c.Flags().DurationVar(&o.Settle, "settle", 10*24*time.Hour, "within what the processor settles")
	c.Flags().DurationVar(&o.Pending, "pending", 7*24*time.Hour, "for how long a movement may be pending")
	c.Flags().Int64Var(&o.FeePPM, "fee-ppm", 0, "agreed rate of fees, in parts per million")
	c.Flags().Int64Var(&o.FeeFixed, "fee-fixed", 0, "agreed fixed fee, in minor units")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

// period says as of when, and of which day, a report is.
func period(o *reconcile.Options, data, asOf, day string) error {
	j, err := books.Open(data)
	if err != nil {
		return err
	}
	defer j.Close()
	def, err := j.Definition()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(def.Timezone)
	if err != nil {
		return fmt.Errorf("the store's time zone: %w", err)
	}
	o.DayOf, o.AsOf = ledger.DayIn(zone), time.Now()
	if asOf != "" {
		if o.AsOf, err = time.Parse(time.RFC3339, asOf); err != nil {
			return fmt.Errorf("--as-of %q is no time: write it as 2026-11-23T06:00:00Z", asOf)
		}
	}
	if day == "" {
		return nil
	}
	if o.Until, err = ledger.EndOf(day, zone); err != nil {
		return fmt.Errorf("--day: %w", err)
	}
	t, _ := time.Parse(time.DateOnly, day) // EndOf has read it
	o.From, err = ledger.EndOf(t.AddDate(0, 0, -1).Format(time.DateOnly), zone)
	return err
}

func printReconciled(c *cobra.Command, out reconciled) {
	w := c.OutOrStdout()
	for _, k := range out.Kinds {
		fmt.Fprintf(w, "%s: %s (%s)\n  do: %s\n", k.Code, k.Sentence, count(out.Counts[k.Code], "time"), k.Next)
		for _, f := range out.Found {
			if f.Code == k.Code {
				fmt.Fprintln(w, "  - "+line(f))
			}
		}
	}
	for _, n := range out.Notes {
		fmt.Fprintf(w, "note %s: %s\n", n.Code, line(n))
	}
	for _, x := range out.Faults {
		fmt.Fprintf(w, "FAULT in the books, %s: visit %s: %s\n", x.Code, cmp.Or(x.Session, "none"), x.Message)
	}
	end := "The report agrees with the books."
	if !out.OK {
		end = count(len(out.Found), "discrepancy")
		if len(out.Found) != 1 {
			end = fmt.Sprintf("%d discrepancies", len(out.Found))
		}
		if len(out.Faults) > 0 {
			end += fmt.Sprintf(", and the books do not add up (%s)", count(len(out.Faults), "fault"))
		}
		end += "."
	}
	fmt.Fprintf(w, "%s read, %d matched, %s. %s\n", count(out.Rows, "row"), out.Matched, count(len(out.Notes), "note"), end)
}

// line is a finding in words.
func line(f reconcile.Finding) string {
	var parts []string
	say := func(name, value string) {
		if value != "" {
			parts = append(parts, name+value)
		}
	}
	if f.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", f.Line))
	}
	say("visit ", f.Session)
	say("day ", f.Day)
	say("reference ", f.Reference)
	for _, a := range []struct {
		name   string
		amount *money.Amount
	}{{"booked ", f.Booked}, {"reported ", f.Reported}} {
		if a.amount != nil {
			parts = append(parts, a.name+a.amount.String())
		}
	}
	say("", f.Detail)
	return strings.Join(parts, ", ")
}
