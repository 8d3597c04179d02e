package show

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

// wholeReceipts is the most receipts that are printed with their lines; more of
// them get one line each.
const wholeReceipts = 25

// Receipts prints the newest version of every receipt, oldest visit first.
func Receipts(source Source, w io.Writer) error {
	newest, titles := map[string]event.Receipt{}, map[gs1.GTIN]string{}
	var order []string
	err := source(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			switch f := f.(type) {
			case event.Adopted:
				for _, p := range f.Definition.Store.Products {
					titles[p.GTIN] = p.Title
				}
			case event.SessionOpened:
				order = append(order, f.Session)
			case event.ReceiptIssued:
				newest[f.Receipt.Session] = f.Receipt
			default:
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, session := range order {
		r, ok := newest[session]
		if !ok {
			continue // staff, or turned away
		}
		write := printLine
		if len(newest) <= wholeReceipts {
			write = printWhole
		}
		if err := write(w, i+1, r, titles); err != nil {
			return err
		}
	}
	return nil
}

func printLine(w io.Writer, number int, r event.Receipt, _ map[gs1.GTIN]string) error {
	_, err := fmt.Fprintf(w, "Visit %-4d %3d lines  %12s  %s%s\n", number, len(r.Lines), r.Total, payment(r), inDoubt(r))
	return err
}

func printWhole(w io.Writer, number int, r event.Receipt, titles map[gs1.GTIN]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nVisit %d, receipt %s\n", number, r.ID[:min(8, len(r.ID))])
	for _, l := range r.Lines {
		if l.Per != storedef.PerUnit {
			fmt.Fprintf(&b, "  %-34s %12s\n", fmt.Sprintf("%s of %s at %s per %s", l.Mass, l.Title, l.Unit.Decimal(), l.Per), l.Amount)
		} else {
			fmt.Fprintf(&b, "  %3d x %-28s %12s\n", l.Quantity, l.Title, l.Amount)
		}
		parts(&b, &r, l.ID)
	}
	for _, t := range r.Taxes {
		if t.Added {
			fmt.Fprintf(&b, "  %-34s %12s\n", "Tax, "+t.Name+" "+t.Rate.String(), t.Tax)
		}
	}
	doubts := func(lines []event.PendingLine, word string) {
		for _, l := range lines {
			what := cmp.Or(titles[l.GTIN], string(l.GTIN), "something")
			fmt.Fprintf(&b, "  %3d x %-28s %12s  (%s)\n", l.Quantity, what, word, l.Reason)
		}
	}
	doubts(r.Pending, "in doubt")
	doubts(r.Dropped, "not charged")
	fmt.Fprintf(&b, "  %-34s %12s  %s\n", "Total", r.Total, payment(r))
	_, err := io.WriteString(w, b.String())
	return err
}

// parts writes what promotions take off a line, and its deposits.
func parts(b *strings.Builder, r *event.Receipt, line string) {
	for _, d := range r.Discounts {
		if d.Line == line {
			fmt.Fprintf(b, "        %-28s %12s\n", d.Title, "-"+d.Amount.String())
		}
	}
	for _, d := range r.Deposits {
		if d.Line == line {
			fmt.Fprintf(b, "        %-28s %12s\n", d.Title, d.Amount)
		}
	}
}

func inDoubt(r event.Receipt) string {
	if n := len(r.Pending) + len(r.Dropped); n > 0 {
		return fmt.Sprintf(", %d in doubt and not charged", n)
	}
	return ""
}

func payment(r event.Receipt) string {
	switch r.Payment {
	case event.PaymentCaptured:
		return "charged"
	case event.PaymentVoided:
		return "nothing charged, hold released"
	case event.PaymentFailed:
		return "could not be charged; the store bears it"
	case event.PaymentDeclined:
		return "card declined"
	case event.PaymentHouse:
		return "posted to house:" + r.House
	case event.PaymentExpired:
		return "nothing charged, the hold lapsed"
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentOffline, event.PaymentCapturing, event.PaymentVoiding, event.PaymentIncreasing:
	}
	return "payment " + string(r.Payment)
}
