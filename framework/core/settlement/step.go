package settlement

import (
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Step decides what the input and the facts of earlier stages mean for money.
func (s *State) Step(t *turn.Turn, who *entry.State) {
	for _, f := range t.Facts { // facts stated from here on are this stage's own
		switch f := f.(type) {
		case event.SessionOpened:
			switch {
			case f.Offline != nil:
				s.offline(t, f.Session, *f.Offline)
			case !f.Staff:
				s.hold(t, who, f.Session)
			}
		case event.CartFrozen:
			s.settle(t, f)
		default:
		}
	}
	if a, ok := t.Input.(event.Answer); ok && t.Ask != nil {
		if p := s.Payments[t.Ask.Session]; p != nil && t.Ask.Key == p.Key && t.Ask.Operation != event.OpAdmit {
			s.answered(t, p, a)
		}
	}
	for _, id := range who.Live {
		if p := s.Payments[id]; p != nil {
			s.advance(t, who, id, p)
		}
	}
}

// hold asks for the hold of a new session.
func (s *State) hold(t *turn.Turn, who *entry.State, id string) {
	s.begin(t, who, id, event.PaymentAuthorizing, "authorize", t.Store.Store.Settlement.Hold)
}

// begin begins a movement: its key stands for session, deed and ordinal. While
// the processor is down it waits, for there is nobody to ask.
func (s *State) begin(t *turn.Turn, who *entry.State, id string, state event.PaymentState, deed string, due money.Amount) {
	p := s.Payments[id]
	m := event.PaymentMoved{Session: id, State: state, Key: turn.Key("movement", t.Store.Store.Name, id, deed, "1"), Due: &due, At: t.At}
	if who.Serving(p.device(t)) {
		t.Emit(m)
		s.ask(t, id, p)
		return
	}
	at := t.At
	m.RetryAt, m.Reason = &at, "waits for "+p.device(t)+", which is down"
	t.Emit(m)
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

// advance moves a payment on where nothing is under way, and asks again what
// is due to be asked again.
func (s *State) advance(t *turn.Turn, who *entry.State, id string, p *Payment) {
	switch p.State {
	case event.PaymentOffline:
		s.comeBack(t, who, id, p)
	case event.PaymentHeld:
		owed := p.balance(Receivable, p.Hold.Currency)
		switch {
		case p.Unwanted, p.Frozen && owed.IsZero():
			s.begin(t, who, id, event.PaymentVoiding, "void", money.Zero(p.Hold.Currency))
		case p.Frozen:
			s.capture(t, who, id, p, owed)
		}
	case event.PaymentAuthorizing, event.PaymentCapturing, event.PaymentVoiding:
		if s.due(t, who, p) {
			s.ask(t, id, p)
		}
	case event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed:
	}
}

// capture asks for what is owed, up to the hold. What the hold does not cover
// is the store's.
func (s *State) capture(t *turn.Turn, who *entry.State, id string, p *Payment, owed money.Amount) {
	over, err := owed.Sub(p.Hold)
	must(err)
	if over.Sign() > 0 {
		t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: StoreCost, Amount: over}, credit(Receivable, over)}, At: t.At})
		owed = p.Hold
	}
	s.begin(t, who, id, event.PaymentCapturing, "capture", owed)
}

func credit(account string, a money.Amount) event.Posting {
	n, err := a.Neg()
	must(err)
	return event.Posting{Account: account, Amount: n}
}

// due reports whether a movement is to be asked for again now. While the
// processor is down nothing is; once it is back, everything that waits.
func (s *State) due(t *turn.Turn, who *entry.State, p *Payment) bool {
	if p.RetryAt.IsZero() || !who.Serving(p.device(t)) {
		return false
	}
	in, ok := t.Input.(event.DeviceStatus)
	return ok && in.Device == p.device(t) || !t.At.Before(p.RetryAt)
}

// Wake is when time alone would next matter to this stage.
func (s *State) Wake(t *turn.Turn, who *entry.State) turn.Wake {
	var w turn.Wake
	for _, id := range who.Live {
		if p := s.Payments[id]; p != nil && !p.State.Final() && !p.RetryAt.IsZero() && who.Serving(p.device(t)) {
			w.Add(p.RetryAt)
		}
	}
	return w
}

// backoff is how long to wait before the next ask after n.
func backoff(n int) time.Duration {
	d := firstRetry
	for i := 1; i < n && d < lastRetry; i++ {
		d *= 2
	}
	return min(d, lastRetry)
}
