package settlement

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// The policy of disputes: fairness-safety.md section 10, rule 6.
const (
	// maxInstant is how many refunds an instrument is granted at once within
	// instantWithin. Who has had them is let in as before, and disputes as before.
	maxInstant    = 3
	instantWithin = 90 * storedef.Day
	// decideWithin is how long staff have; then a person is called.
	decideWithin = 3 * storedef.Day
	// policyActor decides at once.
	policyActor = "policy"
)

// Dispute is lines that the shopper does not agree with.
type Dispute struct {
	ID      string          `json:"id"`
	Lines   []event.LineRef `json:"lines"`
	At      time.Time       `json:"at"`
	Decided bool            `json:"decided,omitempty"`
	Granted bool            `json:"granted,omitempty"`
}

// due is when somebody is called about it; zero for never.
func (x *Dispute) due(p *Payment) time.Time {
	if x.Decided || slices.Contains(p.Alarms, event.AlarmDisputeOverdue) {
		return time.Time{}
	}
	return x.At.Add(decideWithin)
}

// Chargeback is what the issuer took back of a hold's capture.
type Chargeback struct {
	ID     string       `json:"id"`
	Hold   int          `json:"hold"`
	Amount money.Amount `json:"amount"`
}

// dispute notes that the shopper does not agree with lines, and grants it at
// once where policy does.
func (d deal) dispute(in event.StaffOrder) string {
	if in.ID == "" {
		return "a dispute needs an id, so that the same one is never opened twice"
	}
	if slices.ContainsFunc(d.p.Disputes, func(x Dispute) bool { return x.ID == in.ID }) {
		return "a repeat"
	}
	if p := d.p.Sold; p != nil {
		if over := p.Closed.Add(d.t.Store.Store.Receipt.DisputableFor()); d.t.At.After(over) {
			return "the time to dispute this visit was over on " + over.UTC().Format(time.DateOnly) + ": please ask the staff"
		}
	}
	total, refs, _, wrong := d.p.worth(in.Lines, nil)
	if wrong != "" {
		return wrong
	}
	for _, ref := range refs {
		for _, x := range d.p.Disputes {
			if !x.Decided && slices.ContainsFunc(x.Lines, func(l event.LineRef) bool { return l.Line == ref.Line }) {
				return "line " + ref.Line + " is disputed already"
			}
		}
	}
	d.t.Emit(event.DisputeOpened{Session: d.id, Dispute: in.ID, Lines: refs, Reason: in.Reason, By: in.Actor, At: d.t.At})
	left, _ := d.refundable(nil)
	owed := d.indebted(total)
	limit := d.t.Store.Store.Receipt.InstantLimit(d.t.Store.Store.Currency)
	if above(total, limit) || left.IsZero() && owed.IsZero() || d.s.instant(d.p.Token, d.t.At) >= maxInstant {
		return ""
	}
	d.grant(in.ID, refs, policyActor, "within the store's limit of refunds at once", in.Reason) // else staff decide
	return ""
}

// grant decides a dispute for the shopper and gives the lines back.
func (d deal) grant(id string, lines []event.LineRef, actor, why, claim string) string {
	if wrong := d.give(id, lines, nil, true, "dispute granted: "+claim, actor); wrong != "" {
		return wrong
	}
	d.t.Emit(event.DisputeDecided{Session: d.id, Dispute: id, Granted: true, Actor: actor, Reason: why, At: d.t.At})
	return ""
}

// decideDispute is what staff decide.
func (d deal) decideDispute(in event.StaffOrder) string {
	i := slices.IndexFunc(d.p.Disputes, func(x Dispute) bool { return x.ID == in.Dispute })
	switch {
	case i < 0:
		return "no such dispute is known of that visit"
	case d.p.Disputes[i].Decided && d.p.Disputes[i].Granted != in.Granted:
		if d.p.Disputes[i].Granted {
			return "the dispute is granted already, and what is given back is not taken again"
		}
		return "the dispute is denied already: a refund gives back what is owed after all"
	case d.p.Disputes[i].Decided:
		return "a repeat: the dispute is decided"
	case !in.Granted:
		d.t.Emit(event.DisputeDecided{Session: d.id, Dispute: in.Dispute, Actor: in.Actor, Reason: in.Reason, At: d.t.At})
		return ""
	}
	return d.grant(in.Dispute, d.p.Disputes[i].Lines, in.Actor, in.Reason, in.Reason)
}

// watchDisputes calls a person for a dispute that nobody decides.
func (d deal) watchDisputes() {
	for i := range d.p.Disputes {
		if at := d.p.Disputes[i].due(d.p); !at.IsZero() && !d.t.At.Before(at) {
			d.alarm(event.AlarmDisputeOverdue, "a dispute is not decided in its time", event.PaymentMoved{})
		}
	}
}

// instant counts the refunds that policy granted an instrument lately.
func (s *State) instant(token string, at time.Time) int {
	n := 0
	for _, was := range s.Instant[token] {
		if at.Sub(was) < instantWithin {
			n++
		}
	}
	return n
}

// chargeback notes what the issuer took back. It is money that moved, whatever
// was given back before; none of it is given back again. The same amount of the
// same capture is the same chargeback, by whatever name: processors tell of it
// when it is opened, and again when the money goes.
func (d deal) chargeback(in event.Notice) {
	h := d.hold()
	if h.Captured == nil {
		return
	}
	amount := *h.Captured
	if in.Amount != nil && in.Amount.Sign() > 0 {
		amount = *in.Amount
	}
	for _, c := range d.p.Chargebacks {
		if c.ID == in.ID || c.Hold == d.n && c.Amount == amount {
			d.t.Emit(event.Ignored{What: in.ID, Reason: "a repeat: the chargeback " + c.ID + " of that capture and amount is noted already"})
			return
		}
	}
	d.t.Emit(event.ChargebackNoted{Session: d.id, ID: in.ID, Reference: h.Capture, Amount: amount, Reason: in.Message, At: d.t.At})
	if amount.Currency == h.Captured.Currency {
		d.post(event.Posting{Account: ChargebackAccount, Amount: amount}, credit(Clearing, amount))
	}
	message := "the issuer took back " + amount.String()
	if in.Message != "" {
		message += ": " + in.Message
	}
	d.t.Emit(event.Alarmed{Session: d.id, Code: event.AlarmChargeback, Message: message, At: d.t.At})
}

func (s *State) applyDispute(f event.DisputeOpened) {
	if p := s.payment(f.Session); p != nil {
		p.Disputes = append(p.Disputes, Dispute{ID: f.Dispute, Lines: f.Lines, At: f.At})
	}
}

func (s *State) applyDisputeDecided(f event.DisputeDecided) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	for i := range p.Disputes {
		if p.Disputes[i].ID == f.Dispute {
			p.Disputes[i].Decided, p.Disputes[i].Granted = true, f.Granted
		}
	}
	if f.Granted && f.Actor == policyActor && p.Token != "" {
		if s.Instant == nil {
			s.Instant = map[string][]time.Time{}
		}
		kept := slices.DeleteFunc(s.Instant[p.Token], func(at time.Time) bool { return f.At.Sub(at) >= instantWithin })
		s.Instant[p.Token] = append(kept, f.At)
	}
}

func (s *State) applyChargeback(f event.ChargebackNoted) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	for n := range p.Holds {
		if p.Holds[n].Capture == f.Reference && p.Holds[n].Captured != nil {
			p.Chargebacks = append(p.Chargebacks, Chargeback{ID: f.ID, Hold: n, Amount: f.Amount})
			return
		}
	}
}
