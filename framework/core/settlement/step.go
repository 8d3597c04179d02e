package settlement

import (
	"maps"
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Step decides what the input and the facts of earlier stages mean for money. It
// looks only at the sessions that they are about, and at those that are due.
func (s *State) Step(t *turn.Turn, who *entry.State) {
	var touched []string
	for _, f := range t.Facts { // facts stated from here on are this stage's own
		switch f := f.(type) {
		case event.SessionOpened:
			touched = append(touched, f.Session)
			s.risk(t, f)
		case event.SessionEnded:
			touched = append(touched, f.Session)
		case event.PartyAsked:
			s.party(t, who, f)
		case event.EntryRefused:
			touched = append(touched, s.hasten(t, who, f)...)
		case event.CartFrozen:
			s.settle(t, f)
			touched = append(touched, f.Session)
		default:
		}
	}
	touched = append(touched, s.input(t, who)...)
	s.turnedAway(t, who)
	touched = append(touched, s.due(t, who)...)
	for i, id := range touched {
		if p := s.payment(id); p != nil && !slices.Contains(touched[:min(i, 8)], id) {
			s.advance(t, who, id, p)
		}
	}
}

// input sees to an input that is about money itself, and says whose.
func (s *State) input(t *turn.Turn, who *entry.State) []string {
	switch in := t.Input.(type) {
	case event.Answer:
		if t.Ask == nil || !t.Ask.Operation.Money() {
			return nil
		}
		if t.Ask.Operation == event.OpRefund || t.Ask.Of == event.OpRefund {
			s.refundAnswered(t, who, in)
			return []string{t.Ask.Session}
		}
		if p := s.payment(t.Ask.Session); p != nil && max(1, t.Ask.Hold) <= len(p.Holds) {
			d := deal{s: s, t: t, who: who, id: t.Ask.Session, p: p, n: max(1, t.Ask.Hold) - 1}
			d.answered(in)
		}
		return []string{t.Ask.Session}
	case event.Notice:
		s.recall(t, in.Sale)
		if id := s.notice(t, who, in); id != "" {
			return []string{id}
		}
	case event.StaffOrder:
		if in.Order == event.OrderCloseDay {
			s.closeDay(t, in)
			return nil
		}
		if in.Order == event.OrderAcknowledge {
			s.acknowledge(t, in)
			return nil
		}
		s.recall(t, in.Sale)
		return s.ordered(t, who, in)
	case event.Resumed:
		s.outlasted(t, who, in)
	case event.Evidence, event.DeviceStatus, event.Definition, event.Time:
	}
	return nil
}

// risk notes a visit without a hold: the processor is down, and the store bears
// it.
func (s *State) risk(t *turn.Turn, f event.SessionOpened) {
	if f.Offline != nil {
		risk := *f.Offline
		t.Emit(event.PaymentMoved{Session: f.Session, State: event.PaymentOffline, Due: &risk, Reason: "let in without a hold, for the processor is down", At: t.At})
	}
}

// party asks for the hold of another tap.
func (s *State) party(t *turn.Turn, who *entry.State, f event.PartyAsked) {
	if p := s.Payments[f.Session]; p != nil && !p.Frozen {
		d := deal{s: s, t: t, who: who, id: f.Session, p: p}
		d.open(event.HoldParty, t.Store.Store.Settlement.Hold)
	}
}

// hasten asks now for what an earlier visit on the credential still owes, since
// it was shown at the gate.
func (s *State) hasten(t *turn.Turn, who *entry.State, f event.EntryRefused) []string {
	if f.Code != event.RefuseUnpaid {
		return nil
	}
	id := who.Unsettled(f.Token)
	if p := s.payment(id); p != nil {
		deal{s: s, t: t, who: who, id: id, p: p}.hastened()
	}
	return nil
}

// settle books what was carried out.
func (s *State) settle(t *turn.Turn, f event.CartFrozen) {
	p := s.Payments[f.Session]
	if p == nil {
		return
	}
	sale := Price(t.Store, f.Lines, f.Attributes, f.At)
	if !sale.Total.IsZero() {
		t.Emit(event.Posted{Session: f.Session, Entries: sale.Entries(), At: t.At})
	}
	s.settleOffline(t, f.Session, p, sale.Total)
}

// settleOffline says what a visit without a hold costs, now that it is known.
// What is above the limit of a visit is the store's: nobody let it be asked for.
func (s *State) settleOffline(t *turn.Turn, id string, p *Payment, owed money.Amount) {
	if p.Offline == nil || owed.IsZero() {
		return
	}
	if above(owed, *p.Offline) {
		over, err := owed.Sub(*p.Offline)
		must(err)
		t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: StoreCost, Amount: over}, credit(Receivable, over)}, At: t.At})
		owed = *p.Offline
	}
	if p.Holds[0].State == event.PaymentOffline {
		t.Emit(event.PaymentMoved{Session: id, State: event.PaymentOffline, Due: &owed, At: t.At})
	}
}

// AssertClosed panics unless the session's account adds up to zero and the
// shopper owes nothing. It holds in production, for a session that closes with
// money unaccounted for must not close.
func (s *State) AssertClosed(id string) {
	p := s.Payments[id]
	if p == nil {
		return
	}
	var minor int64
	for _, account := range slices.Sorted(maps.Keys(p.Balance)) {
		minor += p.Balance[account].Minor
	}
	if owed := p.Balance[Receivable]; minor != 0 || owed.Minor != 0 {
		panic("session " + id + " does not add up: sum " + strconv.FormatInt(minor, 10) + ", owed " + owed.Decimal())
	}
}
