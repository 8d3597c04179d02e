package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/money"
)

// chargesDiffer is the exit code of replay --diff where anything would be charged
// otherwise.
const chargesDiffer = 2

// diffReplay is aisle replay --diff.
func diffReplay(c *cobra.Command, path string, asJSON bool) error {
	d, err := store.DiffCharges(c.Context(), path)
	if err != nil {
		return err
	}
	if asJSON {
		err = object(c.OutOrStdout(), d)
	} else {
		printDiff(c.OutOrStdout(), d)
	}
	if err == nil && len(d.Charges) > 0 {
		return exitCode(chargesDiffer)
	}
	return err
}

func printDiff(w io.Writer, d store.ReplayDiff) {
	for i := range d.Charges {
		x := &d.Charges[i]
		name := "Visit " + x.Session
		if x.Number > 0 {
			name = fmt.Sprintf("Visit %d (%s)", x.Number, x.Session)
		}
		fmt.Fprintf(w, "%s, receipt %s, record %d:\n", name, x.Receipt, x.Seq)
		for k := range x.Lines {
			printLineChange(w, &x.Lines[k])
		}
		fmt.Fprintf(w, "  total: %s -> %s (%s)\n", chargeWords(x.Was), chargeWords(x.WouldBe), signed(x.Between))
	}
	fmt.Fprintf(w, "%d records of %s stepped again; %d would be charged differently", d.Records, count(d.Sessions, "visit"), len(d.Charges))
	for i, b := range d.Between {
		if i == 0 {
			fmt.Fprint(w, ", in all ")
		} else {
			fmt.Fprint(w, ", ")
		}
		fmt.Fprint(w, signed(b))
	}
	fmt.Fprintln(w, ".")
	if d.OnTheWay > 0 {
		fmt.Fprintf(w, "%s would come to the same charge by way of another version of the receipt.\n", count(d.OnTheWay, "visit"))
	}
}

func printLineChange(w io.Writer, l *store.LineChange) {
	fmt.Fprintf(w, "  %s: %s -> %s (%s)\n", l.Title, lineWords(l.Was), lineWords(l.WouldBe), causeWords[l.Cause])
	for _, side := range []struct {
		word string
		list []store.Reason
	}{{"rested on, and would not", l.Dropped}, {"would rest on, and did not", l.Added}} {
		for _, r := range side.list {
			fmt.Fprintf(w, "    %s: %s at %s: %s\n", side.word, r.Text, r.At.UTC().Format(time.RFC3339), evidenceWords(r.Evidence))
		}
	}
	if l.Doubt != "" {
		fmt.Fprintf(w, "    would be in doubt: %s\n", l.Doubt)
	}
}

var causeWords = map[string]string{"units": "another number of units", "mass": "another weight", "price": "another price",
	"discount": "another discount", "tax": "another tax"}

func lineWords(c *store.LineCharge) string {
	if c == nil {
		return "nothing"
	}
	text := fmt.Sprintf("%d × %s, %s", c.Quantity, format.Money(c.Unit), format.Money(c.Amount))
	if c.Mass > 0 {
		text = fmt.Sprintf("%s × %s, %s", c.Mass, format.Money(c.Unit), format.Money(c.Amount))
	}
	if c.Paid != c.Amount {
		text += ", paid " + format.Money(c.Paid)
	}
	return text
}

func chargeWords(c *store.Charge) string {
	if c == nil {
		return "no receipt"
	}
	return format.Money(c.Total) + " " + string(c.Payment)
}

// signed writes an amount with its sign.
func signed(a money.Amount) string {
	if a.Sign() > 0 {
		return "+" + format.Money(a)
	}
	return format.Money(a)
}

// evidenceWords names reports with their records.
func evidenceWords(list []view.Evidence) string {
	refs := make([]string, len(list))
	for i, r := range list {
		refs[i] = fmt.Sprintf("%s (record %d)", r.Ref, r.Seq)
		if r.Seq == 0 {
			refs[i] = r.Ref + " (in no record)"
		}
	}
	if len(refs) == 0 {
		return "no report"
	}
	return strings.Join(refs, ", ")
}
