package entry

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Limits of enrolment.
const (
	// enrolWithin is how long an enrolment waits for somebody.
	enrolWithin = time.Minute
	// maxPairings is how many instruments a store may pair, and maxPerAccount how
	// many with one account: both hands of a family.
	maxPairings   = 20_000
	maxPerAccount = 8
	// keepEnrolled is of how many enrolments the names are known, so that an order
	// that comes again starts none anew.
	keepEnrolled = 256
)

// Enrolment waits for the next instrument that a reader recognises.
type Enrolment struct {
	ID      string        `json:"id"`
	Account event.Account `json:"account"`
	Consent event.Consent `json:"consent"`
	At      time.Time     `json:"at"`
	Until   time.Time     `json:"until"`
}

// Pairing is what an instrument stands for.
type Pairing struct {
	ID      string        `json:"id"`
	Reader  string        `json:"reader"`
	Account event.Account `json:"account"`
}

// enrol starts an enrolment.
func (s *State) enrol(t *turn.Turn, in event.StaffOrder) {
	id := turn.Key("enrolment", t.Store.Store.Name, in.Reader, cmp.Or(in.ID, t.At.UTC().Format(time.RFC3339Nano)))
	if wrong := s.wrongEnrolment(t, in, id); wrong != "" {
		t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Reader), Reason: wrong})
		return
	}
	until := t.At.Add(enrolWithin)
	t.Emit(event.EnrolmentStarted{Enrolment: id, Reader: in.Reader, Account: *in.Account,
		Consent: event.Consent{Reference: in.Consent, By: in.Actor, At: t.At}, At: t.At, Until: until})
	t.EmitAsk(event.Ask{ID: id + "/enrol", Operation: event.OpEnrol, Device: in.Reader, Key: id, Expires: &until})
}

// wrongEnrolment says why an enrolment can't be started; empty where it can.
func (s *State) wrongEnrolment(t *turn.Turn, in event.StaffOrder, id string) string {
	reader := t.Store.Device(in.Reader)
	open := s.Enrolments[in.Reader]
	switch {
	case slices.Contains(s.Enrolled, id):
		return "a repeat"
	case reader == nil || reader.Class != storedef.ClassCredentialReader:
		return "there is no credential reader " + in.Reader
	case in.Account == nil:
		return "name the account: the payment token, or the token of the staff's list or of a house account"
	case in.Actor == "" || in.Consent == "":
		return "say who took the consent, and what was signed"
	case !s.Serving(in.Reader):
		return in.Reader + " is down"
	case open != nil:
		return "an enrolment is open there until " + open.Until.UTC().Format(time.TimeOnly) + " UTC: end it first"
	case len(s.Pairings) >= maxPairings:
		return "the store has paired as many instruments as it may"
	}
	return s.wrongAccount(t, *in.Account)
}

// wrongAccount says why nothing can be paired with an account.
func (s *State) wrongAccount(t *turn.Turn, a event.Account) string {
	c := observe.Credential{Interval: observe.At(t.At), Token: a.Token, Method: observe.MethodPalm, Quality: measure.Certain, Attributes: a.Attributes}
	if err := c.Check(); err != nil {
		return err.Error()
	}
	tender := storedef.TenderOf(c.Method, c.Attributes)
	switch {
	case s.Pairings[a.Token] != nil || needsEnrolment(c):
		return "that is itself an instrument that is enrolled, and no account"
	case s.paired(a.Token) >= maxPerAccount:
		return "as many instruments as may be are paired with the account"
	case slices.Contains(t.Store.Store.Entry.Staff, a.Token):
	case !t.Store.Store.Entry.Accepts(tender):
		return "the store does not take " + string(tender)
	case tender.House() && t.Store.HouseOf(tender, a.Attributes) == nil:
		return "no house account is for this " + string(tender)
	}
	return ""
}

// paired counts the instruments of an account.
func (s *State) paired(token string) int {
	n := 0
	for _, instrument := range slices.Sorted(maps.Keys(s.Pairings)) {
		if s.Pairings[instrument].Account.Token == token {
			n++
		}
	}
	return n
}

// cancelEnrolment ends an enrolment before somebody came.
func (s *State) cancelEnrolment(t *turn.Turn, in event.StaffOrder) {
	x := s.Enrolments[in.Reader]
	if x == nil {
		t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Reader), Reason: "no enrolment is open there"})
		return
	}
	t.Emit(event.EnrolmentEnded{Enrolment: x.ID, Reader: in.Reader, Code: event.EnrolCancelled, Reason: in.Reason, At: t.At})
}

// needsEnrolment reports whether a token is a device's own name of whom it
// recognised.
func needsEnrolment(c observe.Credential) bool {
	v, ok := observe.AttributeOf(c.Attributes, observe.AttributeEnrolment)
	return ok && v == observe.EnrolmentNeeded
}

// enrolled takes a presentation for an enrolment that is open at its reader, and
// reports whether it was for one. Whoever is enrolled presents the instrument
// again to come in.
func (s *State) enrolled(t *turn.Turn, e event.Evidence, c observe.Credential) bool {
	x := s.Enrolments[e.Device]
	when := e.Span().Settled
	if x == nil || !needsEnrolment(c) || when.Before(x.At) || when.After(x.Until) || t.At.Sub(when) > lateTap {
		return false
	}
	end := event.EnrolmentEnded{Enrolment: x.ID, Reader: e.Device, At: t.At}
	known := s.Pairings[c.Token]
	switch {
	case c.Quality < t.Store.Store.Entry.MinQuality: // the enrolment waits on
		refuse(t, event.RefuseUnclear, event.EntryRefused{Token: c.Token, Reader: e.Device})
	case known != nil && known.Account.Token != x.Account.Token:
		refuse(t, event.RefuseOtherAccount, event.EntryRefused{Token: c.Token, Reader: e.Device})
		end.Code, end.Reason = event.EnrolOther, "the instrument is paired with another account"
		t.Emit(end)
	case known != nil:
		end.Code, end.Reason = event.EnrolKnown, "the instrument is paired with this account already"
		t.Emit(end)
	default:
		s.learnedAnew(t, c.Token)
		t.Emit(event.InstrumentPaired{Pairing: turn.Key("pairing", x.ID), Enrolment: x.ID, Reader: e.Device, Instrument: c.Token,
			Method: c.Method, Account: x.Account, Consent: x.Consent, At: t.At, By: e.Ref()})
	}
	return true
}

// learnedAnew ends what is left of telling devices to forget an instrument, for it is
// to be recognised again.
func (s *State) learnedAnew(t *turn.Turn, instrument string) {
	for _, pairing := range slices.Sorted(maps.Keys(s.Erasures)) {
		if e := s.Erasures[pairing]; e.Instrument == instrument {
			t.Emit(event.ErasureMoved{Pairing: pairing, Reader: e.Reader, State: event.ErasureRefused,
				Reason: "it was enrolled again before the device was told", At: t.At})
		}
	}
}

// standsFor gives a presentation as one of the account that the store paired the
// instrument with. A device's own name of somebody stands for nothing before
// that, unless the store lists it as staff: nobody else comes in by it.
func (s *State) standsFor(t *turn.Turn, c observe.Credential) (_ observe.Credential, stranger bool) {
	if p := s.Pairings[c.Token]; p != nil {
		c.Token, c.Attributes = p.Account.Token, p.Account.Attributes
		return c, false
	}
	return c, needsEnrolment(c) && !slices.Contains(t.Store.Store.Entry.Staff, c.Token)
}

// expireEnrolments ends the enrolments to which nobody came.
func (s *State) expireEnrolments(t *turn.Turn) {
	for _, reader := range slices.Sorted(maps.Keys(s.Enrolments)) {
		if x := s.Enrolments[reader]; !t.At.Before(x.Until) {
			t.Emit(event.EnrolmentEnded{Enrolment: x.ID, Reader: reader, Code: event.EnrolExpired, Reason: "nobody came", At: t.At})
		}
	}
}

// enrolAnswered hears from the reader that shall learn somebody. One that can't
// learn is waited at all the same: it may know them already.
func (s *State) enrolAnswered(t *turn.Turn, a event.Answer, ask *event.Ask) {
	x := s.Enrolments[ask.Device]
	if x == nil || x.ID != ask.Key || a.Outcome == event.OutcomeDone || a.Outcome == event.OutcomeUnknown || unsupported(a) {
		return
	}
	t.Emit(event.EnrolmentEnded{Enrolment: x.ID, Reader: ask.Device, Code: event.EnrolFailed, Reason: cmp.Or(a.Message, "the reader was not reached"), At: t.At})
}
