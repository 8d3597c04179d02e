package entry

import (
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// lateTap is how old a tap may be when the store hears of it. A reader whose line
// stood tells later who was there: the gate would open for whoever stands before
// it now, on somebody else's card. It leaves half of what a shopper waits by
// default (storedef.DefaultAdmitWithin) for the payment.
const lateTap = 10 * time.Second

// credential opens a session, or lets more bodies in on one that is open.
func (s *State) credential(t *turn.Turn, e event.Evidence, c observe.Credential) {
	if s.enrolled(t, e, c) {
		return
	}
	c, stranger := s.standsFor(t, c)
	rules := t.Store.Store.Entry
	gate := t.Store.GateOf(e.Device)
	refused := event.EntryRefused{Token: c.Token, Reader: e.Device}
	bodies := max(1, c.Bodies)
	g := s.guest(t, c)
	switch open := s.ByToken(c.Token); {
	case gate == "":
		refuse(t, event.RefuseNoGate, refused)
	case c.Quality < rules.MinQuality:
		refuse(t, event.RefuseUnclear, refused)
	case stranger:
		refuse(t, event.RefuseNotEnrolled, refused)
	case bodies > rules.MaxParty:
		refused.Number = rules.MaxParty
		refuse(t, event.RefuseParty, refused)
	case (open == nil || !open.sameTap(e.Span())) && t.At.Sub(e.Span().Settled) > lateTap:
		refused.Reason = "it was presented " + t.At.Sub(e.Span().Settled).Round(time.Second).String() + " ago, by the reader's clock"
		refuse(t, event.RefuseLate, refused)
	case s.refuseClosed(t, gate, g.staff, g.needsNot(t, open), refused):
	case open != nil:
		s.join(t, open, e.Span(), gate, bodies)
	case s.refuseGuest(t, &g, refused):
	default:
		s.open(t, e, c, gate, bodies, g)
	}
}

// refuse turns somebody away.
func refuse(t *turn.Turn, code event.RefusalCode, f event.EntryRefused) {
	f.At = t.At
	t.Emit(event.Refuse(code, f))
}

// refuseClosed turns somebody away where the entry is closed, and reports
// whether it did.
func (s *State) refuseClosed(t *turn.Turn, gate string, staff bool, except string, f event.EntryRefused) bool {
	c, closed := s.closedFor(t, gate, staff, except)
	if !closed {
		return false
	}
	f.Reason = c.Reason
	refuse(t, toldOf(t, c), f)
	return true
}

// open opens a session. Staff come in at once, and so does whoever has an account
// of the store's own, or a shopper while the processor is down, as far as the
// store risks that; any other when the hold stands.
func (s *State) open(t *turn.Turn, e event.Evidence, c observe.Credential, gate string, bodies int, g guest) {
	f := event.SessionOpened{Token: c.Token, Method: c.Method, Reader: e.Device, Gate: gate, Bodies: bodies, Staff: g.staff, Attributes: c.Attributes, At: t.At, By: e.Ref()}
	if !g.staff {
		f.Tender, f.Allowance = g.tender, g.allowance
	}
	switch {
	case g.staff:
	case g.house != nil:
		f.House = g.house.Name
	case g.offline:
		risk := t.Store.Store.Settlement.Offline.PerSale
		f.Offline = &risk
	default:
		f.Owes = s.sumOwed(t, c.Token)
	}
	f.Session = turn.Key("session", t.Store.Store.Name, e.Device, strconv.FormatUint(e.Epoch, 10), strconv.FormatUint(e.Seq, 10))
	t.Emit(f)
	if f.Offline != nil {
		s.assertRisk(t, c.Token)
	}
	if g.staff || f.Offline != nil || f.House != "" {
		s.admit(t, s.Sessions[f.Session], gate, bodies)
	}
}

// assertRisk panics where more is risked offline than the limits allow, in all
// or on one credential. It holds in production: no admission is better than one
// that nobody bears.
func (s *State) assertRisk(t *turn.Turn, token string) {
	limits := t.Store.Store.Settlement.Offline
	sum := s.Exposure(limits.Total.Currency)
	if over, err := sum.Cmp(limits.Total); err != nil || over > 0 {
		panic("offline exposure of " + sum.String() + " is above the limit of " + limits.Total.String())
	}
	most := limits.PerSale
	if !limits.PerCard.IsZero() {
		most = limits.PerCard
	}
	card := s.exposure(limits.Total.Currency, func(r Risk) bool { return r.Token == token })
	if over, err := card.Cmp(most); err != nil || over > 0 {
		panic("offline exposure of " + card.String() + " on one credential is above the limit of " + most.String())
	}
}

// join lets more bodies in on an open session: the same instrument joins its
// party, and has a second hold only where the store wants one for each tap. A
// tap that is repeated before anybody passed is the same tap.
func (s *State) join(t *turn.Turn, v *Session, tap observe.Interval, gate string, bodies int) {
	if v.sameTap(tap) {
		t.Emit(event.Ignored{What: v.ID, Reason: "the same tap again before anybody passed"})
		return
	}
	total := bodies
	for _, a := range v.Admissions {
		total += a.Bodies
	}
	if limit := t.Store.Store.Entry.MaxParty; total > limit {
		refuse(t, event.RefuseParty, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Number: limit})
		return
	}
	if t.Store.Store.Settlement.SecondTap == storedef.TapHolds && !v.Staff && v.House == "" {
		s.joinWithHold(t, v, gate, bodies)
		return
	}
	s.admit(t, v, gate, bodies)
}

// sameTap reports whether a tap of the visit's credential is one that is
// repeated: when it was made nobody had passed on the last. A gate is often
// heard before a reader that repeats itself.
func (v *Session) sameTap(tap observe.Interval) bool {
	if v.Stage != Inside || v.Waiting > 0 {
		return true
	}
	n := len(v.Bodies)
	return n > 0 && tap.Settled.Before(v.Bodies[n-1].Span.Settled)
}

// joinWithHold lets more bodies in once another hold stands for them.
func (s *State) joinWithHold(t *turn.Turn, v *Session, gate string, bodies int) {
	if _, offline := s.Risked[v.ID]; offline || !s.Serving(t.Store.Store.Settlement.Processor) {
		refuse(t, event.RefusePayment, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Reason: "another hold is needed"})
		return
	}
	t.Emit(event.PartyAsked{Session: v.ID, Gate: gate, Bodies: bodies, At: t.At})
}

// admit asks a gate to let bodies in.
func (s *State) admit(t *turn.Turn, v *Session, gate string, bodies int) {
	n := len(v.Admissions)
	name := v.ID
	if n > 0 {
		name += "/" + strconv.Itoa(n+1)
	}
	expires := t.At.Add(t.Store.Store.Entry.AdmitWithin)
	t.Emit(event.AdmissionGiven{Session: v.ID, Admission: name, Gate: gate, Bodies: bodies, Expires: expires})
	t.EmitAsk(event.Ask{ID: v.ID + "/admit/" + strconv.Itoa(n+1), Operation: event.OpAdmit, Device: gate, Session: v.ID,
		Admission: name, Bodies: bodies, Expires: &expires})
}

// answer lets a shopper in whose hold stands, and turns away one whose doesn't.
func (s *State) answer(t *turn.Turn) {
	if a, ask, ok := t.Answer(event.OpAdmit); ok {
		s.admitted(t, a, ask)
		return
	}
	if a, ask, ok := t.Answer(event.OpEnrol); ok {
		s.enrolAnswered(t, a, ask)
		return
	}
	if a, ask, ok := t.Answer(event.OpForget); ok {
		s.forgetAnswered(t, a, ask)
		return
	}
	a, ask, ok := t.Answer(event.OpAuthorize)
	if !ok {
		return
	}
	v := s.Sessions[ask.Session]
	_, _, stands := t.HoldStands()
	switch {
	case v == nil:
	case ask.For == event.HoldParty && v.Stage == Inside && v.Waiting > 0:
		s.answerParty(t, v, stands, a, ask)
	case ask.For == event.HoldDebt && v.Stage == Requested && declined(a, ask) && len(s.Debts[v.Token]) > 0: // else it was paid otherwise
		s.turnAway(t, v, event.RefuseDebt, "")
	case ask.For != "" || v.Stage != Requested:
	case stands && s.refusesHold(t, v, a, true):
	case stands:
		// That the processor is down since does not matter: it holds.
		if s.refuseClosed(t, v.Gate, false, t.Store.Store.Settlement.Processor, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader}) {
			t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedRefused, At: t.At})
			return
		}
		s.admit(t, v, v.Gate, v.Waiting)
	case declined(a, ask):
		s.turnAway(t, v, event.RefuseDeclined, "")
	case turn.Happened(a, ask) && a.Amount != nil && ask.Amount != nil && *a.Amount != *ask.Amount:
		s.turnAway(t, v, event.RefusePartial, "")
	}
}

// turnAway refuses somebody at the gate and ends the visit.
func (s *State) turnAway(t *turn.Turn, v *Session, code event.RefusalCode, reason string) {
	refuse(t, code, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Reason: reason})
	t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedRefused, At: t.At})
}

// answerParty lets more bodies in whose hold stands. The party that is inside
// stays, either way.
func (s *State) answerParty(t *turn.Turn, v *Session, stands bool, a event.Answer, ask *event.Ask) {
	switch {
	case stands && s.refusesHold(t, v, a, false):
	case stands:
		s.admit(t, v, v.Gate, v.Waiting)
	case declined(a, ask):
		refuse(t, event.RefuseDeclined, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader})
	}
}

func declined(a event.Answer, ask *event.Ask) bool {
	return a.Outcome == event.OutcomeRefused || ask.Operation == event.OpLookup && a.Found == event.FoundDeclined
}

// admitted hears from the gate. An unknown outcome is waited for: whoever the
// gate lets in is counted by its passage.
func (s *State) admitted(t *turn.Turn, a event.Answer, ask *event.Ask) {
	if a.Outcome != event.OutcomeRefused && a.Outcome != event.OutcomeUnavailable {
		return
	}
	v := s.Sessions[ask.Session]
	if v == nil || v.Stage == Ended {
		return
	}
	t.Emit(event.AdmissionClosed{Session: v.ID, Admission: ask.Admission, Reason: "the gate: " + a.Message, At: t.At})
	refuse(t, event.RefuseGate, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Reason: a.Message})
}
