package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

// ledgerOut is what aisle ledger says to machines.
type ledgerOut struct {
	OK       bool              `json:"balanced"`
	Trial    []ledger.Balance  `json:"trial"`
	Lines    []ledger.Line     `json:"lines,omitempty"`
	Days     []ledger.Day      `json:"days"`
	Closings []event.DayClosed `json:"closings"`
	Open     []ledger.Item     `json:"open"`
	Faults   []ledger.Fault    `json:"faults"`
}

func newLedger() *cobra.Command {
	var f ledger.Filter
	var asJSON, asCSV bool
	c := &cobra.Command{
		Use:   "ledger DATA",
		Short: "Show the books of a store, and prove that they add up",
		Long: "Ledger folds the journal's double entries into accounts by visit and business day (the store's local date, or the\n" +
			"day after the last that was closed) and prints the trial balance, what is open, and what does not add up: each\n" +
			"posting and each visit that closed is zero in each currency, clearing is captures less refunds, and receipts are\n" +
			"what was sold. It exits with 1 where anything does not. --account house: exports the store's own accounts.",
		Example: "  aisle ledger DATA\n  aisle ledger DATA --day 2026-11-22\n  aisle ledger DATA --session 3\n  aisle ledger DATA --account house: --csv >house.csv",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if f.Day != "" && ledger.Next(f.Day) == "" {
				return fmt.Errorf("--day %q is no date: write it as 2026-11-22", f.Day)
			}
			b, err := keepBooks(args[0])
			if err != nil {
				return err
			}
			if f.Session != "" {
				if f.Session, err = visitOf(b, f.Session); err != nil {
					return err
				}
			}
			return printLedger(c.OutOrStdout(), b, f, asJSON, asCSV)
		},
	}
	c.Flags().StringVar(&f.Day, "day", "", "only this business `DAY`, such as 2026-11-22")
	c.Flags().StringVar(&f.Session, "session", "", "only this visit: its `NUMBER` in the journal, or the beginning of its id")
	c.Flags().StringVar(&f.Account, "account", "", "only this `ACCOUNT`, or all that begin so where it ends in a colon, such as tax:")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	c.Flags().BoolVar(&asCSV, "csv", false, "the postings by day, visit and account as CSV")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	c.AddCommand(newLedgerHouse())
	return c
}

// keepBooks folds the books of a data folder.
func keepBooks(data string) (*ledger.Books, error) {
	j, err := books.Open(data)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	def, err := j.Definition()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(def.Timezone)
	if err != nil {
		return nil, fmt.Errorf("the store's time zone: %w", err)
	}
	b := ledger.New(ledger.DayIn(zone))
	err = j.Records(func(r event.Record, _ []byte) error {
		b.Apply(r)
		return nil
	})
	return b, err
}

// visitOf gives the id of a visit by its number or the beginning of its id.
func visitOf(b *ledger.Books, name string) (string, error) {
	all := b.Sessions()
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(all) {
		return all[n-1], nil
	}
	found := ""
	for _, id := range all {
		if !strings.HasPrefix(id, name) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("several visits begin with %q: write more of the id", name)
		}
		found = id
	}
	if found == "" {
		return "", fmt.Errorf("there is no visit %q among the %d of this journal", name, len(all))
	}
	return found, nil
}

func printLedger(w io.Writer, b *ledger.Books, f ledger.Filter, asJSON, asCSV bool) error {
	out := ledgerOut{Trial: some(b.Trial(f)), Days: []ledger.Day{}, Closings: []event.DayClosed{}, Open: []ledger.Item{}, Faults: []ledger.Fault{}}
	for _, x := range b.Faults() {
		if (f.Session == "" || x.Session == f.Session) && (f.Day == "" || x.Day == "" || x.Day == f.Day) {
			out.Faults = append(out.Faults, x)
		}
	}
	out.OK = len(out.Faults) == 0
	for _, i := range b.Open() {
		if f.Session == "" || i.Session == f.Session {
			out.Open = append(out.Open, i)
		}
	}
	for _, d := range b.Days() {
		if (f.Day == "" || d.Day == f.Day) && f.Session == "" {
			out.Days = append(out.Days, d)
		}
	}
	for _, d := range b.Closings() {
		if f.Day == "" || d.Day == f.Day {
			out.Closings = append(out.Closings, d)
		}
	}
	var err error
	switch {
	case asCSV:
		err = ledgerCSV(w, b.Lines(f))
	case asJSON:
		if f != (ledger.Filter{}) {
			out.Lines = b.Lines(f)
		}
		err = object(w, out)
	default:
		err = ledgerWords(w, out, f)
	}
	if err == nil && !out.OK {
		return errTold
	}
	return err
}

func ledgerWords(w io.Writer, out ledgerOut, f ledger.Filter) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "account\tdebit\tcredit\tbalance\t")
	sums := map[money.Currency]int64{}
	var order []money.Currency
	for _, l := range out.Trial {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", l.Account, money.New(l.Debit, l.Currency).Decimal(), money.New(l.Credit, l.Currency).Decimal(), money.New(l.Balance, l.Currency))
		if _, ok := sums[l.Currency]; !ok {
			order = append(order, l.Currency)
		}
		sums[l.Currency] += l.Balance
	}
	for _, cur := range order {
		fmt.Fprintf(t, "sum\t\t\t%s\t\n", money.New(sums[cur], cur))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, d := range out.Days {
		state := "open"
		if d.Closed {
			state = "closed"
		}
		fmt.Fprintf(w, "%s: %s, captured less refunded %s, %s\n", d.Day, count(d.Sessions, "visit"), money.New(d.Captured, d.Currency), state)
	}
	for _, i := range out.Open {
		text := string(i.Kind)
		if !i.Amount.IsZero() {
			text += " " + i.Amount.String()
		}
		fmt.Fprintf(w, "open: visit %s, %s, since %s%s\n", cmp.Or(i.Session, "none"), text, i.Since.UTC().Format(time.RFC3339), strings.TrimSuffix(", "+i.Why, ", "))
	}
	for _, x := range out.Faults {
		fmt.Fprintf(w, "FAULT %s: visit %s%s: %s\n", x.Code, cmp.Or(x.Session, "none"), strings.TrimSuffix(", "+x.Day, ", "), x.Message)
	}
	if out.OK && f.Account == "" {
		fmt.Fprintln(w, "The books add up.")
	}
	return nil
}

// ledgerCSV writes postings for a spreadsheet.
func ledgerCSV(w io.Writer, lines []ledger.Line) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"day", "session", "account", "currency", "debit", "credit", "balance"}) // Error says
	for _, l := range lines {
		row := []string{l.Day, l.Session, l.Account, string(l.Currency)}
		for i := range row {
			row[i] = cell(row[i])
		}
		for _, minor := range []int64{l.Debit, l.Credit, l.Balance} {
			row = append(row, money.New(minor, l.Currency).Decimal())
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// cell makes text safe for a spreadsheet: what begins like a formula would be
// run (OWASP, "CSV Injection").
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
		return "'" + s
	}
	return s
}
