package settlement

import (
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// source is a capture that paid for a visit, of which something may be given
// back: that of a hold of its own, or of the visit that paid what it owed.
type source struct {
	paid string // the visit that paid; empty for its own
	hold int    // the place of its hold
}

// DebtShare is what one visit paid of what another owed.
type DebtShare struct {
	// Session is the other of the two, Hold the place of the hold that paid, which
	// is always of the one that paid.
	Session string       `json:"session"`
	Hold    int          `json:"hold"`
	Amount  money.Amount `json:"amount"`
}

func (r *Refund) source() source { return source{r.Paid, r.Hold} }

// sources are the captures that paid for a visit, its own first.
func (d deal) sources() []source {
	out := make([]source, 0, len(d.p.Holds)+len(d.p.PaidBy))
	for n := range d.p.Holds {
		out = append(out, source{"", n})
	}
	for _, x := range d.p.PaidBy {
		if s := (source{x.Session, x.Hold}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// capture is the hold of a source; nil where it took nothing, is not kept any
// more, or is another processor's, which is not asked for this visit.
func (d deal) capture(of source) *Hold {
	p := d.p
	if of.paid != "" {
		if p = d.s.payment(of.paid); p == nil || p.device(d.t) != d.p.device(d.t) {
			return nil
		}
	}
	h := &p.Holds[of.hold]
	if h.Captured == nil || (h.For == event.HoldDebt) != (of.paid != "") {
		return nil
	}
	return h
}

// left is what may yet be given back of a source: what was taken, less what was
// given back or is being, and what the issuer took. But is not counted. Of a
// capture that paid the debts of several visits each is given back its part, and
// all together no more than is left of it.
func (d deal) left(of source, but *Refund) money.Amount {
	h := d.capture(of)
	if h == nil {
		return money.Zero(d.t.Store.Store.Currency)
	}
	left := *h.Captured
	if of.paid == "" {
		left.Minor -= d.p.givenOf(of, but) + d.p.takenBack(of.hold)
	} else {
		payer := d.s.payment(of.paid)
		left.Minor -= payer.takenBack(of.hold) + payer.givenOf(source{"", of.hold}, but) // the latter where it paid too much
		mine := -d.p.givenOf(of, but)
		for _, x := range payer.Pays {
			other := d.s.payment(x.Session)
			switch {
			case x.Hold != of.hold:
			case other == nil: // nobody knows any more what of it was given back
				left.Minor -= x.Amount.Minor
			default:
				left.Minor -= other.givenOf(of, but)
			}
			if x.Session == d.id && x.Hold == of.hold {
				mine += x.Amount.Minor
			}
		}
		left.Minor = min(left.Minor, mine)
	}
	left.Minor = max(0, left.Minor)
	return left
}

// givenOf is what was given back of a source for a visit, or is being.
func (p *Payment) givenOf(of source, but *Refund) (minor int64) {
	for i := range p.Refunds {
		if r := &p.Refunds[i]; r.source() == of && r != but && r.counts() && r.Kind != event.RefundOfDebt {
			minor += r.Amount.Minor
		}
	}
	return minor
}

// takenBack is what the issuer took back of a hold's capture.
func (p *Payment) takenBack(hold int) (minor int64) {
	for _, c := range p.Chargebacks {
		if c.Hold == hold && c.Amount.Currency == p.Holds[hold].Captured.Currency {
			minor += c.Amount.Minor
		}
	}
	return minor
}

// covered reports whether what is to be given back is not left any more, since the
// issuer took it.
func (d *refundDeal) covered() bool {
	r := d.refund()
	if r.Kind == event.RefundOverpaid {
		h := &d.p.Holds[r.Hold]
		return h.Captured == nil || h.Captured.Minor-d.p.takenBack(r.Hold) < r.Amount.Minor
	}
	return above(r.Amount, d.left(r.source(), r))
}

// whyCovered says why.
func (d *refundDeal) whyCovered() string {
	if h := d.capture(d.refund().source()); h == nil {
		return "the capture is undone meanwhile"
	}
	return "the issuer took it back meanwhile"
}

type share struct {
	source
	kind   event.RefundKind
	amount money.Amount
	// counted says that left counts it as given back already.
	counted bool
}

// givers are the sources of which something is left besides what is planned, and
// whether of others something is, but their time is over.
func (d deal) givers(planned []share) (open []share, late bool) {
	window := d.p.caps(d.t).RefundWindow
	for _, of := range d.sources() {
		left := d.left(of, nil)
		for _, x := range planned {
			if x.source == of && x.kind == event.RefundOverpaid && !x.counted {
				left.Minor -= x.amount.Minor
			}
		}
		switch {
		case left.Sign() <= 0:
		case d.t.At.After(d.capture(of).CapturedAt.Add(window)):
			late = true
		default:
			open = append(open, share{source: of, amount: left})
		}
	}
	return open, late
}

// refundable is what may be given back in all, and whether something may not
// only because its time is over.
func (d deal) refundable(planned []share) (left money.Amount, late bool) {
	open, late := d.givers(planned)
	left = money.Zero(d.t.Store.Store.Currency)
	for _, x := range open {
		if left.IsZero() {
			left = money.Zero(x.amount.Currency)
		}
		var err error
		left, err = left.Add(x.amount)
		must(err)
	}
	return left, late
}

// shares parts a refund among captures.
func (d deal) shares(total money.Amount, planned []share) (out []share, wrong string) {
	partial := d.p.caps(d.t).PartialRefund
	open, _ := d.givers(planned)
	for _, x := range open { // the one that fits best is asked alone
		if !above(total, x.amount) && (partial || x.amount == total) {
			return []share{{source: x.source, amount: total}}, ""
		}
	}
	for _, x := range open {
		if total.IsZero() {
			break
		}
		if above(x.amount, total) {
			x.amount = total
		}
		var err error
		total, err = total.Sub(x.amount)
		must(err)
		out = append(out, x)
	}
	for _, x := range out {
		if !partial && x.amount != *d.capture(x.source).Captured {
			return nil, "the processor gives back nothing but the whole of a capture"
		}
	}
	return out, ""
}

// applyNoted notes what a visit owes.
func (s *State) applyNoted(f event.DebtNoted) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	sum := f.Amount
	if p.Debt != nil {
		var err error
		sum, err = sum.Add(*p.Debt)
		must(err)
	}
	p.Indebted, p.Debt = true, &sum
}

// applyCleared notes which capture paid what a visit owed.
func (s *State) applyCleared(f event.DebtCleared) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	if p.Debt != nil {
		left, err := p.Debt.Sub(f.Amount)
		must(err)
		p.Debt = &left
	}
	if p.Indebted = p.Debt != nil && p.Debt.Sign() > 0; !p.Indebted {
		p.Debt = nil
	}
	payer := s.payment(f.By)
	if payer == nil || f.By == f.Session { // given up, or asked for of its own again
		return
	}
	n := slices.IndexFunc(payer.Holds, func(h Hold) bool { return h.For == event.HoldDebt && h.Captured != nil })
	if n < 0 {
		return
	}
	p.PaidBy = append(p.PaidBy, DebtShare{Session: f.By, Hold: n, Amount: f.Amount})
	payer.Pays = append(payer.Pays, DebtShare{Session: f.Session, Hold: n, Amount: f.Amount})
}
