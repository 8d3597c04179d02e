package entry

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// applyEnrolment folds what becomes of instruments that devices recognise.
func (s *State) applyEnrolment(f event.Fact) {
	switch f := f.(type) {
	case event.EnrolmentStarted:
		if s.Enrolments == nil {
			s.Enrolments = map[string]*Enrolment{}
		}
		s.Enrolments[f.Reader] = &Enrolment{ID: f.Enrolment, Account: f.Account, Consent: f.Consent, At: f.At, Until: f.Until}
		s.Enrolled = append(s.Enrolled, f.Enrolment)
		s.Enrolled = s.Enrolled[max(0, len(s.Enrolled)-keepEnrolled):]
	case event.EnrolmentEnded:
		s.endEnrolment(f.Enrolment)
	case event.InstrumentPaired:
		s.applyPaired(f)
	case event.InstrumentForgotten:
		s.applyForgotten(f)
	case event.ErasureMoved:
		s.applyErasure(f)
	default: // facts of other stages
	}
}

// endEnrolment takes one off the list by its name: a definition may have given its
// reader another address.
func (s *State) endEnrolment(id string) {
	maps.DeleteFunc(s.Enrolments, func(_ string, x *Enrolment) bool { return x.ID == id })
}

// applyPaired notes what an instrument stands for. It panics where it stands for
// another account: nobody is ever charged for what somebody else carries.
func (s *State) applyPaired(f event.InstrumentPaired) {
	if p := s.Pairings[f.Instrument]; p != nil && p.Account.Token != f.Account.Token {
		panic("an instrument of " + f.Reader + " is paired with two accounts")
	}
	if s.Pairings == nil {
		s.Pairings = map[string]*Pairing{}
	}
	maps.DeleteFunc(s.Erasures, func(_ string, e *Erasure) bool { return e.Instrument == f.Instrument }) // of journals that do not say that an erasure ended by it
	s.Pairings[f.Instrument] = &Pairing{ID: f.Pairing, Reader: f.Reader, Account: f.Account}
	s.endEnrolment(f.Enrolment)
}

func (s *State) applyForgotten(f event.InstrumentForgotten) {
	for _, instrument := range slices.Sorted(maps.Keys(s.Pairings)) {
		p := s.Pairings[instrument]
		if p.ID != f.Pairing {
			continue
		}
		if s.Erasures == nil {
			s.Erasures = map[string]*Erasure{}
		}
		s.Erasures[p.ID] = &Erasure{Instrument: instrument, Reader: p.Reader}
		delete(s.Pairings, instrument)
	}
}

func (s *State) applyErasure(f event.ErasureMoved) {
	e := s.Erasures[f.Pairing]
	switch {
	case e == nil:
	case f.State != event.ErasureAsked:
		delete(s.Erasures, f.Pairing)
	case f.RetryAt != nil:
		e.RetryAt = f.RetryAt
	default:
		e.Asked, e.RetryAt = e.Asked+1, nil
	}
}

// wakeEnrolments is when time alone would next matter to enrolments and to what
// devices have yet to forget.
func (s *State) wakeEnrolments(w *turn.Wake) {
	for _, reader := range slices.Sorted(maps.Keys(s.Enrolments)) {
		w.Add(s.Enrolments[reader].Until)
	}
	for _, pairing := range slices.Sorted(maps.Keys(s.Erasures)) {
		if at := s.Erasures[pairing].RetryAt; at != nil {
			w.Add(*at)
		}
	}
}
