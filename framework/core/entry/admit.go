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
	case !staff && !s.Serving(t.Store.Store.Settlement.Processor):
		refuse("payment_down", "Payments are down at the moment. Please come back later.")
	case open != nil:
		s.join(t, open, gate, bodies)
	default:
		id := turn.Key("session", t.Store.Store.Name, e.Device, strconv.FormatUint(e.Epoch, 10), strconv.FormatUint(e.Seq, 10))
		t.Emit(event.SessionOpened{Session: id, Token: c.Token, Method: c.Method, Reader: e.Device, Gate: gate,
			Bodies: bodies, Staff: staff, At: t.At, By: e.Ref()})
		if staff {
			s.admit(t, s.Sessions[id], gate, bodies)
		}
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
