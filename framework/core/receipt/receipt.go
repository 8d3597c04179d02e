// Package receipt is the last stage of the core: what the shopper gets.
//
// It issues a receipt when a cart closes, another version whenever its payment
// or its pending lines change, and closes the session when nothing is left to
// do. A line in doubt never delays the receipt; undecided at its deadline, it
// ends in the shopper's favour. A later version never asks for more.
//
// This is a pure room.
package receipt

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// State is the receipts of sessions that are not closed.
type State struct {
	Receipts map[string]*event.Receipt `json:"receipts"`
	// Salt makes receipts' names unguessable.
	Salt string `json:"salt"`

	due turn.Due // derived
}

// Index derives what is not encoded. It is called once a state was decoded.
func (s *State) Index() {
	s.due = turn.Due{}
	for id, r := range s.Receipts { //nolint:gocritic // fills a list whose order is that of time and name
		s.due.Set(id, due(r))
	}
}

// due is when the first pending line of a receipt ends; zero for none.
func due(r *event.Receipt) time.Time {
	var w turn.Wake
	for i := range r.Pending {
		w.Add(deadline(r, &r.Pending[i]))
	}
	return w.At
}

// New returns the state without receipts.
func New() *State { return &State{Receipts: map[string]*event.Receipt{}} }

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	switch f := f.(type) {
	case event.Adopted:
		s.Salt = f.Definition.Salt
	case event.ReceiptIssued:
		if !f.After {
			r := f.Receipt
			s.Receipts[r.Session] = &r
			s.due.Set(r.Session, due(&r))
		}
	case event.SessionClosed:
		delete(s.Receipts, f.Session)
		s.due.Set(f.Session, time.Time{})
	default: // facts of other stages
	}
}

// Step issues, renews and ends receipts.
func (s *State) Step(t *turn.Turn, who *entry.State, paid *settlement.State) {
	for _, f := range t.Facts {
		switch f := f.(type) {
		case event.CartFrozen:
			s.issue(t, who, paid, f)
		case event.PaymentMoved:
			s.renew(t, paid, f.Session)
		case event.DebtNoted:
			s.renew(t, paid, f.Session)
		case event.DebtCleared: // it is paid for by another visit
			s.renew(t, paid, f.Session)
		case event.LineDecided:
			s.charge(t, paid, f)
		case event.RefundMoved:
			s.giveBack(t, paid, f)
		default:
		}
	}
	if o, ok := t.Input.(event.StaffOrder); ok && o.Order == event.OrderDropPending {
		s.dropped(t, o)
	}
	for _, id := range s.due.By(t.At, len(s.Receipts)) {
		r := s.Receipts[id]
		s.drop(t, id, drop{reason: "not decided in time: decided for the shopper", which: func(l *event.PendingLine) bool { return !t.At.Before(deadline(r, l)) }})
	}
	for _, id := range touched(t.Facts) {
		s.close(t, who, paid, id)
	}
}

// current is the newest version of a session's receipt, and whether the session
// is closed: then it is without reasons.
func (s *State) current(paid *settlement.State, id string) (r *event.Receipt, after bool) {
	if r := s.Receipts[id]; r != nil {
		return r, false
	}
	return paid.Receipted(id)
}

// touched lists the sessions that facts are about which may let one close.
func touched(facts []event.Fact) []string {
	var ids []string
	add := func(id string) {
		if !slices.Contains(ids[max(0, len(ids)-8):], id) {
			ids = append(ids, id)
		}
	}
	for _, f := range facts {
		switch f := f.(type) {
		case event.SessionEnded:
			add(f.Session)
		case event.CartFrozen:
			add(f.Session)
		case event.PaymentMoved:
			add(f.Session)
		case event.Posted:
			add(f.Session)
		case event.DebtCleared:
			add(f.Session)
		case event.ReceiptIssued:
			add(f.Receipt.Session)
		case event.RefundMoved:
			add(f.Session)
		case event.LineDecided:
			add(f.Session)
		default: // none of the others is what a session waits for
		}
	}
	return ids
}

// issue writes the first version, for every session that had a hold.
func (s *State) issue(t *turn.Turn, who *entry.State, paid *settlement.State, f event.CartFrozen) {
	v, p := who.Sessions[f.Session], paid.Payments[f.Session]
	if p == nil || v.Ending == event.EndedRefused {
		return
	}
	sale := settlement.Price(t.Store, f.Lines, f.Attributes, f.At)
	r := event.Receipt{
		ID: turn.Key("receipt", s.Salt, f.Session), Version: 1, Session: f.Session, Credential: v.Token,
		Store: t.Store.Store.Name, Opened: v.Opened, Closed: v.EndedAt, Ending: v.Ending,
		Lines: sale.Lines, Discounts: sale.Discounts, Deposits: sale.Deposits, Pending: f.Pending, Taxes: sale.Taxes, Total: sale.Total, Payment: p.Standing(), Captured: p.Captured(),
		Tender: p.Tender, House: p.House,
	}
	r.Brand, r.Last4 = p.Instrument()
	if r.Pending == nil {
		r.Pending = []event.PendingLine{}
	}
	r.Pending, r.PendingUntil = withDeadlines(r.Pending, t.At.Add(t.Store.Store.Receipt.ReviewWithin))
	t.Emit(event.ReceiptIssued{Receipt: r})
}

// renew renews a receipt whose payment has come to an end. A hold that is asked
// for after the visit is no news.
func (s *State) renew(t *turn.Turn, paid *settlement.State, session string) {
	p := paid.Payment(session)
	r, after := s.current(paid, session)
	if r == nil || p == nil {
		return
	}
	standing, captured := p.Standing(), p.Captured()
	if standing == event.PaymentAuthorizing || r.Payment == standing && same(r.Captured, captured) {
		return
	}
	next := *r
	next.Version++
	next.Payment, next.Captured = standing, captured
	next.Brand, next.Last4 = p.Instrument()
	t.Emit(event.ReceiptIssued{Receipt: next, After: after})
}

func same(a, b *money.Amount) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// close ends a session when its cart is closed, its money at rest and nothing
// pending.
func (s *State) close(t *turn.Turn, who *entry.State, paid *settlement.State, id string) {
	v, p, r := who.Sessions[id], paid.Payments[id], s.Receipts[id]
	switch {
	case v == nil || v.Stage != entry.Ended:
		return
	case p == nil: // staff: nothing to settle once nobody of them is in
	case !p.AtRest(), r != nil && (len(r.Pending) > 0 || r.Payment != p.Standing()):
		return
	}
	paid.AssertClosed(id)
	t.Emit(event.SessionClosed{Session: id, At: t.At})
}

// Wake is when time alone would next matter to this stage.
func (s *State) Wake() turn.Wake {
	var w turn.Wake
	if at, ok := s.due.Next(); ok {
		w.Add(at)
	}
	return w
}
