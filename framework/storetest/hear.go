package storetest

import (
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
)

// hear has everybody in the world hear of a fact: whom a session is of, what is
// asked for, what the screen at the gate says.
func (w *world) hear(f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		if v := w.presenting(f.Token); v != nil {
			v.session, v.opened, v.ended, v.closed, v.receipt = f.Session, &f, false, false, nil
			w.sessions[f.Session] = v
		}
	case event.EntryRefused:
		v := w.sessions[f.Session]
		if v == nil {
			v = w.presenting(f.Token)
		}
		if v != nil {
			v.refused, v.waiting = &f, 0
		}
	case event.Asked:
		w.dispatch(f.Ask)
	case event.SessionEnded:
		if v := w.of(f.Session); v != nil {
			v.ended, v.waiting = true, 0
		}
	case event.SessionClosed:
		if v := w.of(f.Session); v != nil {
			v.closed = true
		}
	case event.ReceiptIssued:
		if v := w.of(f.Receipt.Session); v != nil {
			v.receipt = &f.Receipt
		}
	case event.DisputeOpened:
		if v := w.of(f.Session); v != nil {
			v.dispute = f.Dispute
		}
	default: // of no concern to anybody outside the store
	}
}

// presenting is who stands at a gate with a credential.
func (w *world) presenting(token string) *visit {
	for _, name := range slices.Backward(w.names) {
		if v := w.visits[name]; v.waiting > 0 && v.step.Token == token {
			return v
		}
	}
	return nil
}

// of gives the visit whose newest session one is.
func (w *world) of(session string) *visit {
	if v := w.sessions[session]; v != nil && v.session == session {
		return v
	}
	return nil
}

// staff gives an order.
func (w *world) staff(s storefile.StaffStep) *storefile.Problem {
	v := w.visits[s.Visit]
	if v == nil || v.session == "" {
		return trouble("Nobody of that name came", "There is no visit of %q to decide about. Write whose it is: visit = \"NAME\".", s.Visit)
	}
	o := event.StaffOrder{ID: "order-" + strconv.FormatUint(w.seq, 10), Actor: "storetest", Reason: s.Reason, Session: v.session, Order: event.Order(s.Order),
		Amount: s.Amount, Granted: s.Granted}
	if o.Order == event.OrderDecideDispute {
		o.Dispute = v.dispute
	}
	for _, g := range s.Products {
		lines := linesOf(v.receipt, g, o.Order)
		if len(lines) == 0 {
			return trouble("No line is of that product", "The receipt of %s has no line of %s that the order could be about.", v.name, w.product(g))
		}
		o.Lines = append(o.Lines, lines...)
	}
	facts := w.step(o)
	for _, f := range facts {
		if f, ok := f.(event.Ignored); ok {
			return trouble("The order was refused", "%s.", f.Reason)
		}
	}
	w.pass(told)
	return w.settleAfter()
}

// settleAfter lets what an order asks for be answered.
func (w *world) settleAfter() *storefile.Problem {
	w.until(w.now.Add(settles), func() bool { return len(w.state.Pending()) == 0 })
	return nil
}

// linesOf gives the lines of a product that an order may be about.
func linesOf(r *event.Receipt, g gs1.GTIN, order event.Order) (out []event.LineRef) {
	if r == nil {
		return nil
	}
	if order == event.OrderChargePending || order == event.OrderDropPending || order == event.OrderRelease {
		for i := range r.Pending {
			if l := &r.Pending[i]; l.GTIN == g {
				out = append(out, event.LineRef{Line: l.ID, Quantity: l.Quantity})
			}
		}
		return out
	}
	for i := range r.Lines {
		if l := &r.Lines[i]; l.GTIN == g {
			out = append(out, event.LineRef{Line: l.ID, Quantity: l.Quantity - l.Refunded})
		}
	}
	return out
}
