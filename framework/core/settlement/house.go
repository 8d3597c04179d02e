package settlement

import (
	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// houseProcessing is what the store's own accounts can do: all, since nobody has
// to be asked. It gives back for as long as a sale is kept.
func houseProcessing() storedef.Processing {
	p := storedef.DefaultProcessing()
	p.PartialRefund, p.RefundWindow = true, limitKeepSales
	return p
}

// house posts what is owed to the account that the visit is on. Nothing is held
// and nobody is asked, so there is nothing that could be lost or declined: it is
// done when it is journalled.
func (d deal) house(owed money.Amount, due bool) bool {
	h := &d.p.Holds[0]
	switch {
	case !d.p.Frozen:
		return false
	case due:
		d.charge(owed)
		return true
	case h.State == "":
		d.t.Emit(event.PaymentMoved{Session: d.id, State: event.PaymentVoided, Reason: "nothing was taken, and nothing was held", At: d.t.At})
	}
	return false
}

// charge posts an amount, as far as the account's limits let it.
func (d deal) charge(owed money.Amount) {
	had := money.Zero(owed.Currency)
	if c := d.p.Holds[0].Captured; c != nil {
		had = *c
	}
	part := owed
	class := d.t.Store.House(d.p.House)
	if class != nil && class.Over == storedef.OverBorne && d.p.Allowance != nil {
		left, err := d.p.Allowance.Sub(had)
		must(err)
		if left.Sign() < 0 {
			left.Minor = 0
		}
		if above(part, left) {
			part = left
		}
	}
	over, err := owed.Sub(part)
	must(err)
	all, err := had.Add(part)
	must(err)
	var entries []event.Posting
	if !part.IsZero() {
		entries = append(entries, event.Posting{Account: storedef.HouseAccount(d.p.House), Amount: part})
	}
	if !over.IsZero() {
		entries = append(entries, event.Posting{Account: StoreCost, Amount: over})
	}
	key := turn.Key("movement", d.t.Store.Store.Name, d.id, "house", all.Decimal())
	d.post(append(entries, credit(Receivable, owed))...)
	d.t.Emit(event.PaymentMoved{Session: d.id, State: event.PaymentHouse, Key: key, Token: d.token(), Due: &all, At: d.t.At})
	if !part.IsZero() {
		d.t.Emit(event.HousePosted{Session: d.id, Key: key, House: d.p.House, Account: d.p.Token, Tender: d.p.Tender, Amount: part, At: d.t.At})
	}
}

// giveToHouse gives back to the account that was charged. It is done when it is
// journalled.
func (d *refundDeal) giveToHouse() {
	r := d.refund()
	key := d.refundKey(0)
	m := event.RefundMoved{Session: d.id, Refund: r.ID, Of: r.Of, Hold: r.Hold + 1, Key: key, Amount: r.Amount, Lines: r.Lines, Parts: r.Parts,
		State: event.RefundRefunded, Reference: key, Reason: r.Reason, Actor: r.Actor, At: d.t.At}
	d.t.Emit(m)
	d.bookRefund(m.Amount, false)
	back, err := m.Amount.Neg()
	must(err)
	d.t.Emit(event.HousePosted{Session: d.id, Key: key, House: d.p.House, Account: d.p.Token, Tender: d.p.Tender, Amount: back, Refund: m.Refund, At: d.t.At})
}

// turnedAway releases at once the hold of a further tap whose answer keeps the
// gate shut. That of a visit that never began is released since nobody wants it.
func (s *State) turnedAway(t *turn.Turn, who *entry.State) {
	if t.Ask == nil || t.Ask.For != event.HoldParty {
		return
	}
	for _, f := range t.Facts {
		r, ok := f.(event.EntryRefused)
		if !ok || r.Session != t.Ask.Session || r.Code != event.RefuseFunding && r.Code != event.RefuseRisk {
			continue
		}
		if p := s.payment(r.Session); p != nil && t.Ask.Hold <= len(p.Holds) {
			deal{s: s, t: t, who: who, id: r.Session, p: p, n: max(1, t.Ask.Hold) - 1}.want(WantRelease, money.Amount{}, "the gate stays shut: "+r.Reason)
		}
	}
}
