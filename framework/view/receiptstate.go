package view

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
)

// ReceiptState says whether a receipt may still change by itself.
type ReceiptState string

// The states.
const (
	// Provisional: money still moves, or a line waits for a decision.
	Provisional ReceiptState = "provisional"
	// Final: nothing is left to decide, and it is as it was when that began.
	Final ReceiptState = "final"
	// Corrected: it was final once, or charged, and was changed since.
	Corrected ReceiptState = "corrected"
)

// StateOf is the state of one version of a receipt, by those before it.
func StateOf(versions []Version, which int) ReceiptState {
	now := &versions[which].Receipt
	switch {
	case open(now):
		return Provisional
	case len(now.Refunds) > 0:
		return Corrected
	}
	for i := range which {
		if was := &versions[i].Receipt; !open(was) && !sameSale(was, now) {
			return Corrected
		}
	}
	return Final
}

func open(r *event.Receipt) bool { return len(r.Pending) > 0 || !r.Payment.Final() }

// sameSale reports whether two versions charge the same for the same.
func sameSale(a, b *event.Receipt) bool {
	if a.Total != b.Total || len(a.Lines) != len(b.Lines) {
		return false
	}
	for i := range a.Lines {
		x, y := &a.Lines[i], &b.Lines[i]
		if x.GTIN != y.GTIN || x.Quantity != y.Quantity || x.Amount != y.Amount {
			return false
		}
	}
	return true
}

// ChangeKind is a kind of change between two versions of a receipt.
type ChangeKind string

// The kinds.
const (
	// ChangeCharged: a line that waited is charged; ChangeDropped: it is not, and
	// won't be.
	ChangeCharged ChangeKind = "charged"
	ChangeDropped ChangeKind = "dropped"
	// ChangeLine: a line is over another number or amount, is new, or is no more.
	ChangeLine ChangeKind = "line"
	// ChangeRefund: money went back; ChangeRefundUndone: the processor undid it.
	ChangeRefund       ChangeKind = "refund"
	ChangeRefundUndone ChangeKind = "refund_undone"
	// ChangePayment: the payment is in another state.
	ChangePayment ChangeKind = "payment"
	// ChangeTotal: the total is another. It comes last.
	ChangeTotal ChangeKind = "total"
)

// Change is one thing that differs from the version before.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Line, GTIN and Title are the line's; Title is empty for what has none.
	Line  string   `json:"line,omitempty"`
	GTIN  gs1.GTIN `json:"gtin,omitempty"`
	Title string   `json:"title,omitempty"`
	// Was and Is are numbers of units; of a refund Is is zero.
	Was int `json:"was,omitempty"`
	Is  int `json:"is,omitempty"`
	// Before is the total before, and Amount what is charged or given back, or
	// the total now.
	Before money.Amount `json:"before,omitzero"`
	Amount money.Amount `json:"amount,omitzero"`
	// Payment is the state that it is in now.
	Payment event.PaymentState `json:"payment,omitempty"`
	// Lines are what a refund is for, and Reason why.
	Lines  []event.LineRef `json:"lines,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

// VersionChange is what one version of a receipt changed.
type VersionChange struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Changes []Change  `json:"changes"`
}

// ChangesOf says what each version after the first changed.
func ChangesOf(versions []Version, title func(gs1.GTIN) string) []VersionChange {
	out := []VersionChange{}
	for i := 1; i < len(versions); i++ {
		v := &versions[i]
		out = append(out, VersionChange{Version: v.Receipt.Version, At: v.At, Changes: changes(&versions[i-1].Receipt, &v.Receipt, title)})
	}
	return out
}

func changes(was, is *event.Receipt, title func(gs1.GTIN) string) []Change {
	out := append([]Change{}, lineChangesOf(was, is)...)
	for i := range is.Dropped {
		l := &is.Dropped[i]
		if findPending(was.Pending, l) != nil && findPending(was.Dropped, l) == nil {
			c := Change{Kind: ChangeDropped, Line: l.ID, GTIN: l.GTIN, Is: l.Quantity, Reason: l.Reason}
			if l.GTIN != "" {
				c.Title = title(l.GTIN)
			}
			out = append(out, c)
		}
	}
	out = append(out, refundChanges(was, is)...)
	if was.Payment != is.Payment {
		c := Change{Kind: ChangePayment, Payment: is.Payment, Amount: is.Total}
		if is.Captured != nil {
			c.Amount = *is.Captured
		}
		out = append(out, c)
	}
	if was.Total != is.Total {
		out = append(out, Change{Kind: ChangeTotal, Before: was.Total, Amount: is.Total})
	}
	return out
}

// lineChangesOf are the lines that are charged now and were pending, or are over
// another number or amount.
func lineChangesOf(was, is *event.Receipt) (out []Change) {
	for i := range is.Lines {
		l := &is.Lines[i]
		c := Change{Kind: ChangeLine, Line: l.ID, GTIN: l.GTIN, Title: l.Title, Is: l.Quantity, Amount: l.Amount}
		switch before := findSale(was.Lines, l); {
		case before == nil && findPending(was.Pending, &event.PendingLine{ID: l.ID, GTIN: l.GTIN, Quantity: l.Quantity}) != nil:
			c.Kind = ChangeCharged
		case before == nil:
		case before.Quantity != l.Quantity || before.Amount != l.Amount:
			c.Was = before.Quantity
		default:
			continue
		}
		out = append(out, c)
	}
	for i := range was.Lines {
		if l := &was.Lines[i]; findSale(is.Lines, l) == nil {
			out = append(out, Change{Kind: ChangeLine, Line: l.ID, GTIN: l.GTIN, Title: l.Title, Was: l.Quantity})
		}
	}
	return out
}

func refundChanges(was, is *event.Receipt) (out []Change) {
	has := func(list []event.RefundLine, x *event.RefundLine) bool {
		for i := range list {
			if list[i].ID == x.ID {
				return true
			}
		}
		return false
	}
	for i := range is.Refunds {
		if x := &is.Refunds[i]; !has(was.Refunds, x) {
			out = append(out, Change{Kind: ChangeRefund, Amount: x.Amount, Lines: x.Lines, Reason: x.Reason})
		}
	}
	for i := range was.Refunds {
		if x := &was.Refunds[i]; !has(is.Refunds, x) {
			out = append(out, Change{Kind: ChangeRefundUndone, Amount: x.Amount, Lines: x.Lines})
		}
	}
	return out
}

// findSale finds a line by its id, or by its product where it has none.
func findSale(list []event.SaleLine, l *event.SaleLine) *event.SaleLine {
	for i := range list {
		if list[i].ID == l.ID && (l.ID != "" || list[i].GTIN == l.GTIN) {
			return &list[i]
		}
	}
	return nil
}

func findPending(list []event.PendingLine, l *event.PendingLine) *event.PendingLine {
	for i := range list {
		if x := &list[i]; x.ID == l.ID && (l.ID != "" || x.GTIN == l.GTIN && x.Quantity == l.Quantity) {
			return x
		}
	}
	return nil
}
