package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/sdk/money"
)

// houseOut is what aisle ledger house says to machines.
type houseOut struct {
	Lines []ledger.HouseLine `json:"lines"`
	// Owed is the sum by currency, in minor units.
	Owed map[money.Currency]int64 `json:"owed_minor"`
	// Final says that nothing of this export changes any more.
	Final bool `json:"final"`
}

func newLedgerHouse() *cobra.Command {
	var f ledger.HouseFilter
	var day, month string
	var asJSON, asCSV bool
	c := &cobra.Command{
		Use:   "house DATA",
		Short: "Export what the store's own accounts owe: badges and meal plans",
		Long: "House lists, for each account of the store's own and each business day (--month: each month), what was charged to it,\n" +
			"what was given back, and what it owes: for payroll to take off, or for whoever runs a meal plan to be billed. A line\n" +
			"has the same id whenever the same period is exported, so that whoever takes it in does so once; it is final when\n" +
			"aisle close-day has closed its period, for what is posted later is of a later day.",
		Example: "  aisle ledger house DATA\n  aisle ledger house DATA --class canteen --day 2026-11-22 --csv >canteen.csv\n  aisle ledger house DATA --month 2026-11 --json",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			f.Period = day
			if day != "" && ledger.Next(day) == "" {
				return fmt.Errorf("--day %q is no date: write it as 2026-11-22", day)
			}
			if month != "" {
				if _, err := time.Parse("2006-01", month); err != nil {
					return fmt.Errorf("--month %q is no month: write it as 2026-11", month)
				}
				f.Period, f.Monthly = month, true
			}
			b, err := keepBooks(args[0])
			if err != nil {
				return err
			}
			return printHouse(c.OutOrStdout(), b.Owed(f), asJSON, asCSV)
		},
	}
	c.Flags().StringVar(&f.Class, "class", "", "only accounts of this `CLASS`: the name of a house block")
	c.Flags().StringVar(&day, "day", "", "only this business `DAY`, such as 2026-11-22")
	c.Flags().StringVar(&month, "month", "", "only this `MONTH`, such as 2026-11, and one line an account")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	c.Flags().BoolVar(&asCSV, "csv", false, "one line an account and period as CSV")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	c.MarkFlagsMutuallyExclusive("day", "month")
	return c
}

func printHouse(w io.Writer, lines []ledger.HouseLine, asJSON, asCSV bool) error {
	switch {
	case asCSV:
		return houseCSV(w, lines)
	case asJSON:
		out := houseOut{Lines: some(lines), Owed: map[money.Currency]int64{}, Final: len(lines) > 0}
		for i := range lines {
			out.Owed[lines[i].Currency] += lines[i].Owed
			out.Final = out.Final && lines[i].Final
		}
		return object(w, out)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "period\thouse\taccount\tvisits\tcharged\tgiven back\towed\t")
	for i := range lines {
		l := &lines[i]
		state := "open"
		if l.Final {
			state = "final"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", l.Period, l.House, cell(l.Account), l.Visits, decimal(l.Charged, l), decimal(l.GivenBack, l),
			money.New(l.Owed, l.Currency), state)
	}
	return t.Flush()
}

func decimal(minor int64, l *ledger.HouseLine) string { return money.New(minor, l.Currency).Decimal() }

// houseCSV writes accounts for payroll or a spreadsheet.
func houseCSV(w io.Writer, lines []ledger.HouseLine) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "period", "house", "account", "tender", "currency", "visits", "charged", "given_back", "owed", "final"}) // Error says
	for i := range lines {
		l := &lines[i]
		_ = out.Write([]string{cell(l.ID), l.Period, cell(l.House), cell(l.Account), l.Tender, string(l.Currency), strconv.Itoa(l.Visits),
			decimal(l.Charged, l), decimal(l.GivenBack, l), decimal(l.Owed, l), strconv.FormatBool(l.Final)})
	}
	out.Flush()
	return out.Error()
}
