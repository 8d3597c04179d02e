package web

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
)

// less writes what is taken off.
func less(a money.Amount) string { return "−" + format.Money(a) }

// partsOf lists what promotions take off a line, and its deposits.
func partsOf(r *event.Receipt, line string) (off, deposits []sumItem) {
	for _, d := range r.Discounts {
		if d.Line == line {
			off = append(off, sumItem{d.Title, less(d.Amount)})
		}
	}
	for _, d := range r.Deposits {
		if d.Line == line {
			deposits = append(deposits, sumItem{d.Title, format.Money(d.Amount)})
		}
	}
	return off, deposits
}

// sumsOf leads from the lines to the total; nil where that is just their sum.
// What can't be added up is left out: the receipt was added up when it was made.
func sumsOf(r *event.Receipt) []sumItem {
	goods, off, deposits := money.Zero(r.Total.Currency), money.Zero(r.Total.Currency), money.Zero(r.Total.Currency)
	add := func(to *money.Amount, a money.Amount) {
		if sum, err := to.Add(a); err == nil {
			*to = sum
		}
	}
	for i := range r.Lines {
		add(&goods, r.Lines[i].Amount)
	}
	for _, d := range r.Discounts {
		add(&off, d.Amount)
	}
	for _, d := range r.Deposits {
		add(&deposits, d.Amount)
	}
	var out []sumItem
	if !off.IsZero() {
		out = append(out, sumItem{"You saved", less(off)})
	}
	if !deposits.IsZero() {
		out = append(out, sumItem{"Deposits", format.Money(deposits)})
	}
	for _, t := range r.Taxes {
		if t.Added {
			out = append(out, sumItem{format.Capital(t.Name) + " " + t.Rate.String() + ", added", format.Money(t.Tax)})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append([]sumItem{{"Goods", format.Money(goods)}}, out...)
}

// waits parts what is pending: lines of which only the buyer's age is not known
// yet, and lines in doubt.
func (p *receiptPage) waits(r *event.Receipt, zone *time.Location, title func(gs1.GTIN) string, why func([]event.Why) []reason) {
	var waiting, doubts []event.PendingLine
	for _, l := range r.Pending {
		if l.Age == 0 {
			doubts = append(doubts, l)
			continue
		}
		waiting = append(waiting, l)
	}
	p.Waiting, p.Pending = doubtsOf(waiting, r.PendingUntil, zone, title, why), doubtsOf(doubts, r.PendingUntil, zone, title, why)
}
