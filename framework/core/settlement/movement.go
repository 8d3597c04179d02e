package settlement

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// operation is the deed that a state waits for.
func operation(s event.PaymentState) event.Operation {
	switch s {
	case event.PaymentAuthorizing:
		return event.OpAuthorize
	case event.PaymentCapturing:
		return event.OpCapture
	case event.PaymentVoiding:
		return event.OpVoid
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed:
	}
	return ""
}

// ask sends the movement under way, or, where it may have happened already,
// asks what became of it. Both carry the movement's one key.
func (s *State) ask(t *turn.Turn, id string, p *Payment) {
	op := operation(p.State)
	since, due := p.Since, p.Due // copies: a fact never points into the state
	a := event.Ask{
		ID: id + "/" + string(op) + "/" + strconv.Itoa(p.Attempt+1), Operation: op, Device: p.device(t),
		Session: id, Key: p.Key, Token: p.Token, Reference: p.Reference, Amount: &due,
	}
	if p.Doubtful {
		a.Operation, a.Of, a.Since = event.OpLookup, op, &since
	}
	t.EmitAsk(a)
}

// device is the processor that moves the payment.
func (p *Payment) device(t *turn.Turn) string {
	return cmp.Or(p.Device, t.Store.Store.Settlement.Processor)
}

// verdict is what an answer says of the movement under way.
type verdict int

const (
	happened verdict = iota
	declined         // it never will, under this key
	notYet           // nothing happened; ask again
	absent           // a look-up found nothing
	doubtful         // it may have happened; look it up
)

func judge(a event.Answer, ask *event.Ask) verdict {
	switch a.Outcome {
	case event.OutcomeDone:
		if ask.Operation != event.OpLookup {
			return happened
		}
		switch a.Found {
		case event.FoundDone:
			return happened
		case event.FoundDeclined:
			return declined
		case event.FoundNothing:
			return absent
		case event.FoundPending:
		}
		return doubtful
	case event.OutcomeRefused:
		if ask.Operation == event.OpLookup {
			return doubtful // the look-up was refused, not the movement
		}
		return declined
	case event.OutcomeUnavailable:
		if ask.Operation == event.OpLookup {
			return doubtful
		}
		return notYet
	case event.OutcomeUnknown:
	}
	return doubtful
}

// answered moves a payment on by what became of its movement.
func (s *State) answered(t *turn.Turn, p *Payment, a event.Answer) {
	id := t.Ask.Session
	if operation(p.State) == "" {
		t.Emit(event.Ignored{What: a.ID, Reason: "the movement is over"})
		return
	}
	switch judge(a, t.Ask) {
	case happened:
		s.happened(t, id, p, a)
	case declined:
		s.declined(t, id, p, a)
	case notYet:
		s.again(t, id, p, false, false, a)
	case absent:
		s.absent(t, id, p, a)
	case doubtful:
		s.again(t, id, p, true, false, a)
	}
}

func (s *State) happened(t *turn.Turn, id string, p *Payment, a event.Answer) {
	m := event.PaymentMoved{Session: id, Key: p.Key, Reference: a.Reference, Brand: a.Brand, Last4: a.Last4, Expires: a.Expires, At: t.At}
	switch p.State {
	case event.PaymentAuthorizing:
		m.State, m.Held = event.PaymentHeld, a.Amount
		if _, _, ok := t.HoldStands(); !ok {
			m.Reason = "the processor held another amount than was asked for, or the hold is over"
			held := p.Due
			m.Held = &held
		}
		t.Emit(m)
	case event.PaymentCapturing:
		s.captured(t, id, p, a, m)
	case event.PaymentVoiding:
		m.State, m.Reference = event.PaymentVoided, ""
		t.Emit(m)
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed:
	}
}

// captured books what was taken. An answer that speaks of another amount is not
// believed before a look-up says the same; then the books state what really
// moved, and the difference is the store's to sort out, never a second charge.
func (s *State) captured(t *turn.Turn, id string, p *Payment, a event.Answer, m event.PaymentMoved) {
	moved := p.Due
	if a.Amount == nil || *a.Amount != p.Due {
		a.Message = "the processor says that it captured another amount than was asked for"
		if t.Ask.Operation != event.OpLookup || a.Amount == nil || a.Amount.Currency != p.Due.Currency {
			s.again(t, id, p, true, false, a)
			return
		}
		moved, m.Reason = *a.Amount, a.Message
	}
	m.State, m.Captured, m.Reference = event.PaymentCaptured, &moved, ""
	t.Emit(m)
	t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: Clearing, Amount: moved}, credit(Receivable, moved)}, At: t.At})
	rest, err := p.Due.Sub(moved)
	must(err)
	if !rest.IsZero() {
		t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: StoreCost, Amount: rest}, credit(Receivable, rest)}, At: t.At})
	}
}

func (s *State) declined(t *turn.Turn, id string, p *Payment, a event.Answer) {
	m := event.PaymentMoved{Session: id, Key: p.Key, Reason: a.Message, At: t.At}
	switch p.State {
	case event.PaymentAuthorizing:
		if owed := p.balance(Receivable, p.Due.Currency); p.Offline && p.Frozen && !owed.IsZero() {
			s.lose(t, id, p, owed, a.Message)
			return
		}
		m.State = event.PaymentDeclined
		t.Emit(m)
	case event.PaymentCapturing:
		owed := p.Due
		if p.Offline { // what the hold did not cover is booked already
			s.lose(t, id, p, owed, a.Message)
			return
		}
		m.State = event.PaymentFailed
		t.Emit(m)
		t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: StoreCost, Amount: owed}, credit(Receivable, owed)}, At: t.At})
	case event.PaymentVoiding: // a hold that can't be voided is found out about, for ever if need be
		s.again(t, id, p, true, false, a)
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed:
	}
}

// absent hears that the processor knows nothing of the movement. It is asked
// again under the same key, unless nobody wants it any more.
func (s *State) absent(t *turn.Turn, id string, p *Payment, a event.Answer) {
	if p.State == event.PaymentAuthorizing && p.Unwanted {
		if p.Absent+1 < absentTwice {
			s.again(t, id, p, true, true, a)
			return
		}
		t.Emit(event.PaymentMoved{Session: id, State: event.PaymentDeclined, Key: p.Key, Reason: "no hold was ever made", At: t.At})
		return
	}
	s.again(t, id, p, false, false, a)
}

// again sets the time of the next ask. A hold that nobody wants any more is
// looked for, never asked for.
func (s *State) again(t *turn.Turn, id string, p *Payment, doubtful, absent bool, a event.Answer) {
	if p.State == event.PaymentAuthorizing && p.Unwanted {
		doubtful = true
	}
	at := t.At.Add(backoff(p.Attempt))
	t.Emit(event.PaymentMoved{Session: id, State: p.State, Key: p.Key, Doubtful: doubtful, Absent: absent, RetryAt: &at,
		Attempt: p.Attempt, Reason: reason(a), At: t.At})
}

func reason(a event.Answer) string {
	if a.Code == fault.None {
		return a.Message
	}
	return a.Code.String() + ": " + a.Message
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
