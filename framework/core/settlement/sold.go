package settlement

import (
	"fmt"
	"slices"

	"github.com/openaisle/aisle/framework/core/price"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// withoutReasons is a receipt as it is kept once it is issued: reasons are in
// the journal.
func withoutReasons(r event.Receipt) *event.Receipt {
	r.Lines = slices.Clone(r.Lines)
	for i := range r.Lines {
		r.Lines[i].Why = []event.Why{}
	}
	bare := func(list []event.PendingLine) []event.PendingLine {
		list = slices.Clone(list)
		for i := range list {
			list[i].Why = nil
		}
		return list
	}
	r.Pending, r.Dropped = bare(r.Pending), bare(r.Dropped)
	return &r
}

// Receipted is the newest version of a session's receipt without its reasons,
// for as long as anything is kept of the session; nil for none. After says that
// the session is closed.
func (s *State) Receipted(session string) (r *event.Receipt, after bool) {
	if p := s.Payments[session]; p != nil {
		return p.Sold, false
	}
	if p := s.Sales[session]; p != nil {
		return p.Sold, true
	}
	return nil, true
}

// Payment finds a session's payment, open or closed; nil for none.
func (s *State) Payment(session string) *Payment { return s.payment(session) }

func (p *Payment) sold(line string) *event.SaleLine {
	if p.Sold == nil {
		return nil
	}
	for i := range p.Sold.Lines {
		if p.Sold.Lines[i].ID == line {
			return &p.Sold.Lines[i]
		}
	}
	return nil
}

// given counts the units of a line that were given back, or are being.
func (p *Payment) given(line string) int {
	n := 0
	for i := range p.Refunds {
		if !p.Refunds[i].counts() {
			continue
		}
		for _, l := range p.Refunds[i].Lines {
			if l.Line == line {
				n += l.Quantity
			}
		}
	}
	return n
}

// worth is what lines cost, deposits and taxes with them, or an amount; with
// neither all that is left of the lines. Refs are the lines with their
// quantities, and parts what of it is tax and deposit, by account.
func (p *Payment) worth(lines []event.LineRef, amount *money.Amount) (total money.Amount, refs []event.LineRef, parts []event.Posting, wrong string) {
	switch {
	case p.Sold == nil:
		return total, nil, nil, "no receipt is issued yet"
	case amount != nil && amount.Sign() <= 0:
		return total, nil, nil, "an amount to give back is more than nothing"
	case amount != nil && amount.Currency != p.Sold.Total.Currency:
		return total, nil, nil, "the receipt is in " + string(p.Sold.Total.Currency)
	case amount != nil:
		return *amount, nil, nil, ""
	case len(lines) == 0:
		for i := range p.Sold.Lines {
			if l := &p.Sold.Lines[i]; p.given(l.ID) < l.Quantity {
				lines = append(lines, event.LineRef{Line: l.ID})
			}
		}
	}
	total = money.Zero(p.Sold.Total.Currency)
	for i, ref := range lines {
		l := p.sold(ref.Line)
		if l == nil {
			return total, nil, nil, fmt.Sprintf("the receipt charges no line %q", ref.Line)
		}
		if slices.ContainsFunc(lines[:i], func(r event.LineRef) bool { return r.Line == ref.Line }) {
			return total, nil, nil, "line " + ref.Line + " is named twice"
		}
		already := p.given(l.ID)
		if ref.Quantity == 0 {
			ref.Quantity = l.Quantity - already
		}
		if ref.Quantity <= 0 || ref.Quantity > l.Quantity-already {
			return total, nil, nil, fmt.Sprintf("line %s: %d of its %d units left to give back", l.ID, l.Quantity-already, l.Quantity)
		}
		refs = append(refs, ref)
		parts = p.part(l, already, ref.Quantity, &total, parts)
	}
	if total.Sign() <= 0 {
		return total, nil, nil, "nothing was paid for that"
	}
	return total, refs, parts, ""
}

// part adds n units of a line, and of its deposit, to what is given back.
func (p *Payment) part(l *event.SaleLine, already, n int, total *money.Amount, parts []event.Posting) []event.Posting {
	of := func(a money.Amount) money.Amount {
		if a.Currency == "" {
			return money.Zero(total.Currency)
		}
		x, err := price.Refund(a, l.Quantity, already, n)
		must(err)
		return x
	}
	add := func(a money.Amount) {
		sum, err := total.Add(a)
		must(err)
		*total = sum
	}
	add(of(l.Paid))
	parts = book(parts, TaxPrefix+l.Tax, of(l.TaxPart))
	for i := range p.Sold.Deposits {
		d := &p.Sold.Deposits[i]
		if d.Line != l.ID {
			continue
		}
		paid, tax := of(d.Paid), of(d.TaxPart)
		add(paid)
		net, err := paid.Sub(tax)
		must(err)
		parts = book(book(parts, TaxPrefix+d.Tax, tax), DepositPrefix+d.Deposit, net)
	}
	return parts
}

func sumOf(cur money.Currency, parts []event.Posting) money.Amount {
	sum := money.Zero(cur)
	for _, p := range parts {
		var err error
		sum, err = sum.Add(p.Amount)
		must(err)
	}
	return sum
}

// book adds an amount to its account.
func book(parts []event.Posting, account string, a money.Amount) []event.Posting {
	if a.IsZero() {
		return parts
	}
	for i := range parts {
		if parts[i].Account == account {
			sum, err := parts[i].Amount.Add(a)
			must(err)
			parts[i].Amount = sum
			return parts
		}
	}
	return append(parts, event.Posting{Account: account, Amount: a})
}

// Parts are what of a refund was tax and deposit, by account.
func (p *Payment) Parts(refund string) []event.Posting {
	if r := p.refundNamed(refund); r != nil {
		return r.Parts
	}
	return nil
}
