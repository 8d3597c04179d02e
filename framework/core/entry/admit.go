package entry

import (
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// credential opens a session, or lets more bodies in on one that is open.
func (s *State) credential(t *turn.Turn, e event.Evidence, c observe.Credential) {
	rules := t.Store.Store.Entry
	gate := t.Store.GateOf(e.Device)
	refuse := func(code, message string) {
		t.Emit(event.EntryRefused{Token: c.Token, Reader: e.Device, Code: code, Message: message, At: t.At})
	}
	bodies := max(1, c.Bodies)
	staff := slices.Contains(rules.Staff, c.Token)
	switch open := s.ByToken(c.Token); {
	case gate == "":
		refuse("no_gate", "This reader opens no gate. Please ask the staff.")
	case c.Quality < rules.MinQuality:
		refuse("unclear", "This could not be read. Please try again.")
	case bodies > rules.MaxParty:
		refuse("party", "No more than "+strconv.Itoa(rules.MaxParty)+" people may enter together.")
	case s.refuseClosed(t, gate, staff, "", event.EntryRefused{Token: c.Token, Reader: e.Device}):
	case open != nil:
		s.join(t, open, gate, bodies)
	default:
		s.open(t, e, c, gate, bodies, staff)
	}
}

// refuseClosed turns somebody away where the entry is closed, and reports
// whether it did.
func (s *State) refuseClosed(t *turn.Turn, gate string, staff bool, except string, f event.EntryRefused) bool {
	c, closed := s.closedFor(t, gate, staff, except)
	if !closed {
		return false
	}
	f.Code, f.Message = toldOf(t, c)
	f.Reason, f.At = c.Reason, t.At
	t.Emit(f)
	return true
}

// open opens a session. Staff come in at once, and so does a shopper while the
// processor is down, as far as the store risks that; any other when the hold
// stands.
func (s *State) open(t *turn.Turn, e event.Evidence, c observe.Credential, gate string, bodies int, staff bool) {
	f := event.SessionOpened{Token: c.Token, Method: c.Method, Reader: e.Device, Gate: gate, Bodies: bodies, Staff: staff, At: t.At, By: e.Ref()}
	if processor := t.Store.Device(t.Store.Store.Settlement.Processor); !staff && (processor == nil || !s.Serving(processor.Address)) {
		if s.unpaid(c.Token) || t.Store.Store.Settlement.Offline == nil {
			t.Emit(event.EntryRefused{Token: c.Token, Reader: e.Device, Code: "payment_down", At: t.At,
				Message: "Payments are down at the moment. Please come back later.",
				Reason:  t.Store.Store.Settlement.Processor + " is down, and an earlier visit without a hold is not paid"})
			return
		}
		risk := t.Store.Store.Settlement.Offline.PerSale
		f.Offline = &risk
	}
	f.Session = turn.Key("session", t.Store.Store.Name, e.Device, strconv.FormatUint(e.Epoch, 10), strconv.FormatUint(e.Seq, 10))
	t.Emit(f)
	if f.Offline != nil {
		s.assertRisk(t)
	}
	if staff || f.Offline != nil {
		s.admit(t, s.Sessions[f.Session], gate, bodies)
	}
}

// assertRisk panics where more is risked offline than the limits allow. It
// holds in production: no admission is better than one that nobody bears.
func (s *State) assertRisk(t *turn.Turn) {
	limits := t.Store.Store.Settlement.Offline
	sum := s.Exposure(limits.Total.Currency)
	if over, err := sum.Cmp(limits.Total); err != nil || over > 0 {
		panic("offline exposure of " + sum.String() + " is above the limit of " + limits.Total.String())
	}
}

// join lets more bodies in on an open session: the same instrument joins its
// party and never has a second hold. A tap that is repeated before anybody
// passed is the same tap.
func (s *State) join(t *turn.Turn, v *Session, gate string, bodies int) {
	if v.Stage != Inside {
		t.Emit(event.Ignored{What: v.ID, Reason: "the same tap again before anybody passed"})
		return
	}
	total := bodies
	for _, a := range v.Admissions {
		total += a.Bodies
	}
	if limit := t.Store.Store.Entry.MaxParty; total > limit {
		t.Emit(event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Code: "party", At: t.At,
			Message: "No more than " + strconv.Itoa(limit) + " people may enter together."})
		return
	}
	s.admit(t, v, gate, bodies)
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
	a, ask, ok := t.Answer(event.OpAuthorize)
	if !ok {
		return
	}
	v := s.Sessions[ask.Session]
	if v == nil || v.Stage != Requested {
		return
	}
	if _, _, stands := t.HoldStands(); stands {
		// That the processor is down since does not matter: it holds.
		if s.refuseClosed(t, v.Gate, false, t.Store.Store.Settlement.Processor, event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader}) {
			t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedRefused, At: t.At})
			return
		}
		s.admit(t, v, v.Gate, v.Waiting)
		return
	}
	if declined(a, ask) {
		message := "The card was declined. Nothing was charged."
		t.Emit(event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Code: "declined", Message: message, At: t.At})
		t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedRefused, At: t.At})
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
	t.Emit(event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader, Code: "gate",
		Message: "The gate can't open at the moment. Nothing will be charged. Please ask the staff.", At: t.At})
}
