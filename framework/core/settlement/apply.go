package settlement

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// limitKeepSales bounds for how long closed sales are kept.
const limitKeepSales = 180 * storedef.Day

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	s.Days.apply(f)
	switch f := f.(type) {
	case event.Adopted:
		s.applyAdopted(f)
	case event.SessionOpened:
		s.applyOpened(f)
	case event.SessionEnded:
		if p := s.Payments[f.Session]; p != nil {
			p.Unwanted = f.Ending == event.EndedRefused || f.Ending == event.EndedAbandoned
		}
	case event.HostAway:
		s.applyAway(f)
	case event.CartFrozen:
		if p := s.Payments[f.Session]; p != nil {
			p.Frozen, p.Attributes = true, f.Attributes
		}
	case event.LineDecided:
		s.applyDecided(f)
	case event.RefundMoved:
		s.applyRefund(f)
	case event.DisputeOpened:
		s.applyDispute(f)
	case event.DisputeDecided:
		s.applyDisputeDecided(f)
	case event.ChargebackNoted:
		s.applyChargeback(f)
	case event.Asked:
		s.applyAsked(f)
	case event.Answered:
		s.applyAnswered(f.Answer.ID, f.Answer.Outcome, f.At)
	case event.Quarantined:
		s.applyQuarantined(f)
	case event.PaymentMoved:
		s.applyMoved(f)
	case event.Posted:
		s.applyPosted(f)
	case event.DebtNoted:
		s.applyNoted(f)
	case event.DebtCleared:
		s.applyCleared(f)
	case event.Alarmed:
		s.applyAlarmed(f)
	case event.AlarmAcknowledged:
		s.applyAcknowledged(f)
	case event.MovementResolved:
		s.applyResolved(f)
	case event.Noticed:
		s.applyNoticed(f)
	case event.ReceiptIssued:
		if p := s.payment(f.Receipt.Session); p != nil {
			p.Receipt, p.Sold = f.Receipt.ID, withoutReasons(f.Receipt)
		}
	case event.SessionClosed:
		s.applyClosed(f)
		return
	case event.SaleRecalled:
		s.applyRecalled(f)
	default: // facts of other stages
		return
	}
	if id := sessionOf(f); id != "" {
		if p := s.payment(id); p != nil {
			s.wait(id, p)
		}
	}
}

// applyOpened begins a shopper's payment.
func (s *State) applyOpened(f event.SessionOpened) {
	if f.Staff {
		return
	}
	p := &Payment{Token: f.Token, Tender: f.Tender, House: f.House, Allowance: f.Allowance, Offline: f.Offline, Owes: f.Owes, Holds: make([]Hold, 1), Balance: map[string]money.Amount{}}
	if f.Offline != nil {
		p.Holds[0] = Hold{State: event.PaymentOffline, Began: f.At, Due: *f.Offline}
	}
	s.Payments[f.Session] = p
}

// applyAway has what passed while no host ran prove nothing: the machine's clock
// may have been set meanwhile. What must pass since a request was sent, or
// answered, is counted from now on; and where the clock was set back nobody knows
// for how long a key has stood, so that it is looked up and not sent again.
func (s *State) applyAway(f event.HostAway) {
	setBack := !f.Until.After(f.From)
	if gone := f.Until.Sub(f.From); gone > 0 { // sales and notices are kept for so long as a host ran
		for i := range s.Closed {
			s.Closed[i].At = s.Closed[i].At.Add(gone)
		}
		for i := range s.Notices {
			s.Notices[i].At = s.Notices[i].At.Add(gone)
		}
	}
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for id, p := range all { //nolint:gocritic // each is seen to by itself
			for _, h := range p.movements() {
				if h.Key == "" || h.State.Final() && h.Check == "" {
					continue
				}
				h.Sent, h.Told = f.Until, f.Until // also where the clock went ahead for a while, and is back
				if !h.Loose.IsZero() {
					h.Loose = f.Until
				}
				if gone := f.Until.Sub(f.From); gone > 0 && !h.Since.IsZero() {
					h.Since = h.Since.Add(gone)
				}
				if setBack {
					h.Began = longAgo
					if !h.First.IsZero() {
						h.First = longAgo
					}
				}
			}
			s.wait(id, p) // what was due at a time of before is due later
		}
	}
}

// longAgo is before any key that stands.
var longAgo = time.Unix(0, 0).UTC()

// sessionOf is the session whose money a fact changes.
func sessionOf(f event.Fact) string {
	switch f := f.(type) {
	case event.SessionOpened:
		return f.Session
	case event.SessionEnded:
		return f.Session
	case event.CartFrozen:
		return f.Session
	case event.Asked:
		return f.Ask.Session
	case event.Answered:
		return ofAsk(f.Answer.ID)
	case event.Quarantined:
		return ofAsk(f.Ask)
	case event.PaymentMoved:
		return f.Session
	case event.Alarmed:
		return f.Session
	case event.MovementResolved:
		return f.Session
	case event.RefundMoved:
		return f.Session
	case event.DisputeOpened:
		return f.Session
	case event.DisputeDecided:
		return f.Session
	default:
		return ""
	}
}

// ofAsk is the session of an ask by its ID.
func ofAsk(ask string) string {
	id, _, _ := strings.Cut(ask, "/")
	return id
}

func (s *State) applyAdopted(f event.Adopted) {
	s.KeepSales = min(f.Definition.Store.Receipt.DisputableFor(), limitKeepSales)
	for i := range f.Definition.Store.Devices {
		if d := &f.Definition.Store.Devices[i]; d.Class == storedef.ClassPayment {
			keep := storedef.DefaultProcessing().RefundWindow
			if d.Processing != nil {
				keep = d.Processing.RefundWindow
			}
			s.KeepSales = min(max(s.KeepSales, keep, keepNotices), limitKeepSales)
		}
	}
}

func (p *Payment) balance(account string, cur money.Currency) money.Amount {
	if b, ok := p.Balance[account]; ok {
		return b
	}
	return money.Zero(cur)
}

func (s *State) applyPosted(f event.Posted) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	for _, e := range f.Entries {
		sum, err := money.Sum(e.Amount.Currency, p.balance(e.Account, e.Amount.Currency), e.Amount)
		must(err)
		p.Balance[e.Account] = sum
	}
}

// applyAsked notes that an ask of a hold is out.
func (s *State) applyAsked(f event.Asked) {
	p := s.payment(f.Ask.Session)
	if p == nil || f.Ask.Operation == event.OpAdmit {
		return
	}
	if p.Device == "" {
		p.Device = f.Ask.Device
	}
	p.Asks++
	s.line(f.Ask.Device).Out++
	h := p.asked(f.Ask)
	if h == nil {
		return
	}
	h.Attempt++
	h.RetryAt, h.Out, h.Looking = time.Time{}, f.Ask.ID, f.Ask.Operation == event.OpLookup
	if !h.Looking {
		h.Absent, h.Sent = 0, f.At
		h.Sends++
		if h.First.IsZero() {
			h.First = f.At
		}
	}
}

// of is the hold of a number: 0 and 1 are the entry's.
func (p *Payment) of(n int) *Hold { return &p.Holds[max(0, n-1)] }

func (s *State) line(device string) *Line {
	if s.Lines == nil {
		s.Lines = map[string]*Line{}
	}
	l := s.Lines[device]
	if l == nil {
		l = &Line{}
		s.Lines[device] = l
	}
	return l
}

// applyAnswered notes that no ask is out any more, and how busy its processor
// is.
func (s *State) applyAnswered(ask string, outcome event.Outcome, at time.Time) {
	p := s.payment(ofAsk(ask))
	if p == nil || strings.Contains(ask, "/admit/") {
		return
	}
	l := s.line(p.Device)
	l.Out = max(0, l.Out-1)
	switch outcome {
	case event.OutcomeUnavailable:
		l.Busy++
	case event.OutcomeDone, event.OutcomeRefused:
		l.Busy = 0
	case event.OutcomeUnknown:
	}
	for _, h := range p.movements() {
		if h.Out == ask && ask != "" {
			if !h.Looking {
				h.Told = at
			}
			if !h.Looking && outcome == event.OutcomeUnknown {
				h.Loose = h.Sent
			}
			h.Out, h.Looking = "", false
		}
	}
}

// applyQuarantined sees to an answer that was set aside: what it said is to be
// found out.
func (s *State) applyQuarantined(f event.Quarantined) {
	if f.Ask == "" {
		return
	}
	p := s.payment(ofAsk(f.Ask))
	if p == nil {
		return
	}
	for _, h := range p.movements() {
		if h.Out == f.Ask {
			h.Doubtful = h.Check == ""
			h.RetryAt = f.At.Add(backoff(h.Attempt, h.Key))
		}
	}
	s.applyAnswered(f.Ask, event.OutcomeUnknown, f.At)
}

//nolint:gocyclo // one field of the fact after another
func (s *State) applyMoved(f event.PaymentMoved) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	for len(p.Holds) < f.Hold { // a further hold begins
		p.rested()
		p.Holds = append(p.Holds, Hold{For: f.For})
		if f.For == event.HoldRest && f.Elsewhere == "" {
			p.Renewals++
		}
	}
	h := p.of(f.Hold)
	s.forgetNames(h.names())
	before := h.State
	if f.Key != "" && f.Key != h.Key {
		if n := h.Ordinals.at(f.State); n != nil {
			*n++
		}
		h.Key, h.Began, h.First, h.Attempt, h.Sends, h.Absent, h.Told = f.Key, f.At, time.Time{}, 0, 0, 0, time.Time{}
		h.Contested, h.Since, h.Loose = "", time.Time{}, time.Time{}
	}
	h.Sought = h.Sought && h.State == f.State || f.Check == event.OpCapture && h.State == event.PaymentDeclined && h.due(f.At)
	if h.phase() == phaseTakingLook && f.State == event.PaymentCapturing && f.Check == "" {
		h.Elsewhere = "" // nothing was taken under it
	}
	if h.Check == "" && f.Captured != nil && f.Elsewhere == "" {
		h.Elsewhere = "" // it is this host's own: see besides
	}
	h.State, h.Check, h.Doubtful = f.State, f.Check, f.Doubtful
	if f.Check != "" || f.State != before {
		h.Lapsed = h.Lapsed || f.Check == event.OpAuthorize && !h.Expires.IsZero() && !f.At.Before(h.Expires)
	}
	if !h.capturing() {
		h.Contested = ""
	} else if h.Contested == "" && h.Check == "" && s.undone[h.Key] {
		h.Contested = "-" // what was asked under this key is undone already: another host asked for it
	}
	if f.Absent {
		h.Absent++
	} else if f.RetryAt == nil || !f.Doubtful && f.Check == "" {
		h.Absent = 0
	}
	h.stands(f.Doubtful || f.Check != "")
	h.doubted(f.At, f.Doubtful || f.Check != "", f.RetryAt != nil)
	if f.Due != nil {
		h.Due = *f.Due
	}
	switch f.Refused {
	case event.OpIncrease:
		h.NoRaise = true
	case event.OpCapture:
		h.NoOver = true
	case event.OpAuthorize, event.OpVoid, event.OpRefund, event.OpLookup, event.OpAdmit, event.OpEnrol, event.OpForget, "":
	}
	s.moveNames(f, h)
	if f.Brand != "" {
		h.Brand, h.Last4 = f.Brand, f.Last4
	}
	h.RetryAt, h.Reason = time.Time{}, f.Reason
	if f.RetryAt != nil {
		h.RetryAt = *f.RetryAt
		if f.State == before && h.State.Final() && f.Check == "" {
			p.Setbacks++
		}
	}
	s.own(f.Session, p)
}

// rested has no hold asked for again later, since a further one begins.
func (p *Payment) rested() {
	for i := range p.Holds {
		if p.Holds[i].atRestBut() {
			p.Holds[i].RetryAt = time.Time{}
		}
	}
}

// stands has a key that was proved to stand for nothing be as one that was never sent.
func (h *Hold) stands(doubt bool) {
	if h.Absent >= enoughAbsent && !doubt {
		h.First = time.Time{}
	}
}

// moveNames folds what is held and taken, and by which names it goes.
func (s *State) moveNames(f event.PaymentMoved, h *Hold) {
	switch f.State {
	case event.PaymentAuthorizing:
		h.HoldKey = h.Key
	case event.PaymentCapturing:
		h.CaptureKey, h.Wanted = h.Key, h.Due
	case event.PaymentFailed:
		h.Captured = nil
	case event.PaymentHouse:
		posted := h.Due
		h.Captured, h.CapturedAt, h.Capture = &posted, f.At, h.Key
	case event.PaymentHeld, event.PaymentIncreasing, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoiding,
		event.PaymentVoided, event.PaymentExpired:
	}
	if f.Held != nil {
		h.Amount = *f.Held
		if h.HeldAt.IsZero() {
			h.HeldAt = f.At
		}
	}
	if f.Expires != nil && !f.Expires.Equal(h.Expires) {
		h.Expires, h.Warned, h.Lapsed = *f.Expires, false, false
	}
	if f.Captured != nil {
		h.Captured, h.CapturedAt, h.Elsewhere = f.Captured, f.At, cmp.Or(f.Elsewhere, h.Elsewhere)
		if f.Reference != "" {
			h.Capture = f.Reference
		}
		return
	}
	if f.Reference != "" && f.Held != nil {
		h.Reference = f.Reference
	}
	if f.Elsewhere != "" { // who asked for it may have done so just now
		h.Elsewhere, h.Sent = f.Elsewhere, f.At
	}
}

// applyClosed keeps what is captured, given back or owed of a session that closed, and
// that of which another host may take something yet; and sets aside what closed long ago.
func (s *State) applyClosed(f event.SessionClosed) {
	p := s.Payments[f.Session]
	delete(s.Payments, f.Session)
	if p == nil {
		return
	}
	s.forget(f.Session, p)
	if p.booking() || slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.Reference != "" }) {
		if s.Sales == nil {
			s.Sales = map[string]*Payment{}
		}
		s.Sales[f.Session] = p
		s.Closed = append(s.Closed, ClosedSale{Session: f.Session, At: f.At})
		s.own(f.Session, p)
		s.wait(f.Session, p)
	}
	s.shelve(f.At)
}

// booking reports whether something was captured, given back or owed of a visit.
func (p *Payment) booking() bool {
	return p.Indebted || len(p.Refunds) > 0 || slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.Captured != nil })
}

// underWay reports whether something of a closed sale is yet to move, or owed:
// that is never forgotten.
func (p *Payment) underWay() bool {
	if _, owed := p.owed(); owed {
		return true
	}
	return slices.ContainsFunc(p.Refunds, func(r Refund) bool {
		return r.State == event.RefundRefunding || !r.Moved.RetryAt.IsZero() || r.Moved.Out != ""
	}) ||
		slices.ContainsFunc(p.Disputes, func(x Dispute) bool { return !x.Decided }) ||
		slices.ContainsFunc(p.Holds, func(h Hold) bool { return !h.atRest() })
}

// forget takes a payment off every list.
func (s *State) forget(id string, p *Payment) {
	s.forgetNames(p.names())
	s.queue("").set(id, 0, time.Time{})
	s.queue(p.Device).set(id, 0, time.Time{})
	s.clock.Set(id, time.Time{})
}
