package show

import (
	"fmt"
	"io"

	"github.com/openaisle/aisle/framework/event"
)

// wholeReceipts is the most receipts that are printed with their lines; more of
// them get one line each.
const wholeReceipts = 25

// Receipts prints the newest version of every receipt, oldest visit first.
func Receipts(source Source, w io.Writer) error {
	newest := map[string]event.Receipt{}
	var order []string
	err := source(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			switch f := f.(type) {
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
		if err := printReceipt(w, i+1, r, len(newest) <= wholeReceipts); err != nil {
			return err
		}
	}
	return nil
}

func printReceipt(w io.Writer, number int, r event.Receipt, whole bool) error {
	if !whole {
		_, err := fmt.Fprintf(w, "Visit %-4d %3d lines  %12s  %s%s\n", number, len(r.Lines), r.Total, payment(r), inDoubt(r))
		return err
	}
	_, err := fmt.Fprintf(w, "\nVisit %d, receipt %s\n", number, r.ID[:min(8, len(r.ID))])
	for _, l := range r.Lines {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %3d x %-28s %12s\n", l.Quantity, l.Title, l.Amount)
		}
	}
	for _, l := range r.Dropped {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %3d x %-28s %12s  (%s)\n", l.Quantity, l.GTIN, "not charged", l.Reason)
		}
	}
	for _, l := range r.Pending {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %3d x %-28s %12s  (%s)\n", l.Quantity, l.GTIN, "in doubt", l.Reason)
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "  %-34s %12s  %s\n", "Total", r.Total, payment(r))
	}
	return err
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
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentCapturing, event.PaymentVoiding:
	}
	return "payment " + string(r.Payment)
}
