package settlement

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/cart"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// PriceLine prices a pending line that is to be charged, alone: never above
// what it cost when it was picked.
func PriceLine(x *storedef.Index, p *Payment, l *event.PendingLine, at event.LineDecided) Sale {
	return Price(x, []event.CartLine{{ID: l.ID, GTIN: l.GTIN, Quantity: l.Quantity, Mass: l.Mass, Picked: l.Picked, Why: l.Why}}, p.Attributes, at.At)
}

// chargePending charges lines that the receipt lists as pending, within their
// time: what was not listed, or is over, is never charged.
func (d deal) chargePending(in event.StaffOrder, how event.Decision) string {
	lines := in.Lines
	if len(lines) == 0 && how == event.DecideRelease { // all that wait for it
		lines = d.ageLines()
	}
	switch {
	case d.p.Sold == nil:
		return "no receipt is issued yet"
	case len(lines) == 0:
		return "nothing of the kind is pending: name the lines by their ids"
	case d.p.Indebted:
		return "the visit is not paid: nothing more is charged"
	}
	for _, ref := range lines {
		if wrong := d.chargeable(ref, how); wrong != "" {
			return wrong
		}
	}
	for _, ref := range lines {
		l := d.pending(ref.Line)
		if l == nil {
			continue // named twice
		}
		f := event.LineDecided{Session: d.id, Line: l.ID, Decision: how, Actor: in.Actor, Reason: in.Reason, At: d.t.At}
		sale := PriceLine(d.t.Store, d.p, l, f)
		d.t.Emit(f)
		if !sale.Total.IsZero() {
			d.post(sale.Entries()...)
		}
	}
	owed, due := d.p.owed()
	if !due {
		return ""
	}
	if d.p.Offline != nil && d.p.Holds[0].State == event.PaymentOffline {
		d.s.settleOffline(d.t, d.id, d.p, owed)
		return ""
	}
	if d.p.House != "" {
		return "" // policy posts it
	}
	if !slices.ContainsFunc(d.p.Holds, func(h Hold) bool { return h.State != "" && !h.atRest() }) {
		d.open(event.HoldLine, owed)
	}
	return ""
}

// chargeable says why a line can't be charged; empty where it can.
func (d deal) chargeable(ref event.LineRef, how event.Decision) string {
	l := d.pending(ref.Line)
	switch {
	case l == nil:
		return "line " + ref.Line + " is not pending: nothing is charged that the receipt does not list as such"
	case l.Until != nil && !d.t.At.Before(*l.Until):
		return "the time of line " + l.ID + " is over: it is decided for the shopper"
	case ref.Quantity != 0 && ref.Quantity != l.Quantity:
		return "line " + l.ID + " is decided as a whole"
	case l.GTIN == "" || d.t.Store.Product(l.GTIN) == nil:
		return "what line " + l.ID + " is can't be told: it can only be dropped"
	case how == event.DecideCharge && d.aged(l):
		return "line " + l.ID + " needs somebody who saw the buyer's age: release it"
	case how == event.DecideRelease && !d.aged(l):
		return "line " + l.ID + " waits for no age"
	}
	return ""
}

// aged reports whether somebody must have seen how old the buyer of a line is.
func (d deal) aged(l *event.PendingLine) bool {
	age := l.Age
	if p := d.t.Store.Product(l.GTIN); p != nil {
		age = max(age, p.Age)
	}
	return age > 0 && !d.p.Released && !cart.OldEnough(d.p.Attributes, age)
}

func (d deal) ageLines() (out []event.LineRef) {
	if d.p.Sold == nil {
		return nil
	}
	for i := range d.p.Sold.Pending {
		if l := &d.p.Sold.Pending[i]; l.Age > 0 && d.aged(l) {
			out = append(out, event.LineRef{Line: l.ID})
		}
	}
	return out
}

func (d deal) pending(id string) *event.PendingLine {
	if d.p.Sold == nil {
		return nil
	}
	for i := range d.p.Sold.Pending {
		if d.p.Sold.Pending[i].ID == id {
			return &d.p.Sold.Pending[i]
		}
	}
	return nil
}

// applyDecided takes a line that is decided off those that can be.
func (s *State) applyDecided(f event.LineDecided) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	if f.Line == "" {
		p.Released = p.Released || f.Decision == event.DecideRelease
		return
	}
	if p.Sold == nil {
		return
	}
	kept := *p.Sold
	kept.Pending = slices.DeleteFunc(slices.Clone(kept.Pending), func(l event.PendingLine) bool { return l.ID == f.Line })
	p.Sold = &kept
}
