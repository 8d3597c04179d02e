package receipt

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// drop is which pending lines end in the shopper's favour, and why; said is why in
// the words of who decided it.
type drop struct {
	reason, actor, said string
	which               func(*event.PendingLine) bool
}

// dropped is what staff decide for the shopper: the lines named, or all.
func (s *State) dropped(t *turn.Turn, o event.StaffOrder) {
	r := s.Receipts[o.Session]
	named := func(l *event.PendingLine) bool {
		return len(o.Lines) == 0 || slices.ContainsFunc(o.Lines, func(ref event.LineRef) bool { return ref.Line == l.ID })
	}
	if r == nil || !slices.ContainsFunc(r.Pending, func(l event.PendingLine) bool { return named(&l) }) {
		t.Emit(event.Ignored{What: cmp.Or(o.ID, o.Session), Reason: "no such line is pending"})
		return
	}
	s.drop(t, o.Session, drop{reason: "decided by staff for the shopper", actor: o.Actor, said: o.Reason, which: named})
}

// drop ends pending lines in the shopper's favour.
func (s *State) drop(t *turn.Turn, id string, d drop) {
	r := s.Receipts[id]
	if r == nil || len(r.Pending) == 0 {
		return
	}
	next := *r
	next.Version++
	next.Dropped = slices.Clone(next.Dropped)
	left := []event.PendingLine{}
	for _, l := range r.Pending {
		if !d.which(&l) {
			left = append(left, l)
			continue
		}
		t.Emit(event.LineDecided{Session: id, Line: l.ID, Decision: event.DecideDrop, Actor: d.actor, Reason: cmp.Or(d.said, d.reason), At: t.At})
		l.Reason += "; " + d.reason
		next.Dropped = append(next.Dropped, l)
	}
	next.Pending, next.PendingUntil = withDeadlines(left, t.At)
	t.Emit(event.ReceiptIssued{Receipt: next})
}

// charge moves a line that was pending to those that are charged. Settlement has
// decided that it may be, and booked it.
func (s *State) charge(t *turn.Turn, paid *settlement.State, f event.LineDecided) {
	r, p := s.Receipts[f.Session], paid.Payment(f.Session)
	if r == nil || p == nil || f.Line == "" || f.Decision == event.DecideDrop {
		return
	}
	i := slices.IndexFunc(r.Pending, func(l event.PendingLine) bool { return l.ID == f.Line })
	if i < 0 {
		return
	}
	sale := settlement.PriceLine(t.Store, p, &r.Pending[i], f)
	next := *r
	next.Version++
	next.Pending, next.PendingUntil = withDeadlines(slices.Delete(slices.Clone(r.Pending), i, i+1), t.At)
	next.Lines = append(slices.Clone(r.Lines), sale.Lines...)
	next.Discounts = append(slices.Clone(r.Discounts), sale.Discounts...)
	next.Deposits = append(slices.Clone(r.Deposits), sale.Deposits...)
	next.Taxes = slices.Clone(r.Taxes)
	for _, x := range sale.Taxes {
		next.Taxes = addTax(next.Taxes, x)
	}
	next.Total = plus(next.Total, sale.Total)
	next.Payment, next.Captured = p.Standing(), p.Captured()
	t.Emit(event.ReceiptIssued{Receipt: next})
}

// addTax adds what one class and rate comes to.
func addTax(list []event.TaxLine, x event.TaxLine) []event.TaxLine {
	for i := range list {
		if l := &list[i]; l.Name == x.Name && l.Rate == x.Rate && l.Added == x.Added {
			l.Gross, l.Tax = plus(l.Gross, x.Gross), plus(l.Tax, x.Tax)
			return list
		}
	}
	return append(list, x)
}

// giveBack states what was given back: only money that went lowers a receipt, or
// what is not asked for any more. What was paid twice was never of it.
func (s *State) giveBack(t *turn.Turn, paid *settlement.State, f event.RefundMoved) {
	r, after := s.current(paid, f.Session)
	if r == nil || f.State != event.RefundRefunded || f.Kind == event.RefundOverpaid || f.Check || slices.ContainsFunc(r.Refunds, func(l event.RefundLine) bool { return l.ID == f.Refund }) {
		return
	}
	next := *r
	next.Version++
	next.Refunds = append(slices.Clone(r.Refunds), event.RefundLine{ID: f.Refund, Amount: f.Amount, Lines: f.Lines, Reason: f.Reason, At: t.At})
	next.Lines = slices.Clone(r.Lines)
	for _, ref := range f.Lines {
		for i := range next.Lines {
			if l := &next.Lines[i]; l.ID == ref.Line {
				l.Refunded = min(l.Quantity, l.Refunded+ref.Quantity)
			}
		}
	}
	if p := paid.Payment(f.Session); p != nil {
		next.Taxes = reversed(r.Taxes, p.Parts(f.Refund))
	}
	next.Total = plus(r.Total, negative(f.Amount))
	t.Emit(event.ReceiptIssued{Receipt: next, After: after})
}

// reversed takes the taxes that a refund gave back off those of the receipt.
func reversed(list []event.TaxLine, parts []event.Posting) []event.TaxLine {
	list = slices.Clone(list)
	for _, part := range parts {
		left := part.Amount
		for i := range list {
			if l := &list[i]; settlement.TaxPrefix+l.Name == part.Account && left.Sign() > 0 {
				off := left
				if off.Minor > l.Tax.Minor {
					off = l.Tax
				}
				gross := l.Gross
				if l.Tax.Minor > 0 {
					share, err := l.Gross.Share(off.Minor, l.Tax.Minor, money.HalfUp)
					if err != nil {
						panic(err)
					}
					gross = plus(gross, negative(share))
				}
				l.Tax, l.Gross, left = plus(l.Tax, negative(off)), gross, plus(left, negative(off))
			}
		}
	}
	return list
}

func plus(a, b money.Amount) money.Amount {
	sum, err := a.Add(b)
	if err != nil { // of two currencies, or beyond what can be told: a defect
		panic(err)
	}
	return sum
}

func negative(a money.Amount) money.Amount {
	n, err := a.Neg()
	if err != nil {
		panic(err)
	}
	return n
}
