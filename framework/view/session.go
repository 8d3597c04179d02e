package view

import (
	"slices"

	"github.com/openaisle/aisle/framework/event"
)

// session is a visit while it is folded.
type session struct {
	// out is what a snapshot shows; built from the rest while stale.
	out   Session
	stale bool

	admitted bool
	frozen   bool
	// attributes are those of the credential.
	attributes []string
	lines      []*line
	doubts     []doubt
	pending    []PendingLine // as the cart or the receipt says, once it is frozen
}

// foldEntry folds the facts about who is in the store.
func (m *Model) foldEntry(f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		m.openSession(f)
	case event.EntryRefused:
		m.totals.Refused++
		m.refused(f)
		m.changed.Totals = m.seq
		if v := m.session(f.Session); v != nil {
			v.out.Refusal, v.out.RefusalCode = f.Message, f.Code
		}
	case event.AdmissionGiven:
		if v := m.session(f.Session); v != nil {
			if v.admitted {
				v.out.Party.Size += f.Bodies
			} else {
				v.out.Party.Size = f.Bodies
			}
			v.admitted = true
		}
	case event.BodyEntered:
		if v := m.session(f.Session); v != nil {
			v.out.Party.In++
		}
	case event.BodyLeft:
		if v := m.session(f.Session); v != nil {
			v.out.Party.Out++
		}
	case event.SessionEnded:
		if v := m.session(f.Session); v != nil {
			at := f.At
			v.out.Ended, v.out.Ending = &at, f.Ending
		}
	case event.SessionClosed:
		if m.session(f.Session) != nil {
			delete(m.sessions, f.Session)
			m.open = slices.DeleteFunc(m.open, func(id string) bool { return id == f.Session })
		}
	default: // facts of the other parts
	}
}

// session finds an open session that a fact is about to change, or nil.
func (m *Model) session(id string) *session {
	v := m.sessions[id]
	if v != nil {
		v.stale, v.out.Changed = true, m.seq
		m.changed.Sessions, m.changed.Totals = m.seq, m.seq
	}
	return v
}

func (m *Model) openSession(f event.SessionOpened) {
	if m.sessions[f.Session] != nil {
		return
	}
	m.numbers++
	if !f.Staff {
		m.totals.Sessions++
	}
	m.sessions[f.Session] = &session{out: Session{
		ID: f.Session, Number: m.numbers, Method: f.Method, Reader: f.Reader, Gate: f.Gate, Staff: f.Staff, Tender: f.Tender, House: f.House,
		Opened: f.At, Party: Party{Size: f.Bodies},
	}, attributes: f.Attributes}
	m.open = append(m.open, f.Session)
	m.session(f.Session)
}

// built gives a session as a snapshot shows it. What it points to is never
// written again: a change makes new slices.
func (m *Model) built(v *session) Session {
	if v.stale {
		v.out.Stage = v.stage()
		m.buildCart(v)
		v.stale = false
	}
	return v.out
}

func (v *session) stage() Stage {
	switch {
	case v.out.Ended != nil && v.frozen && len(v.pending) > 0 && v.paid():
		return StageReview
	case v.out.Ended != nil && v.frozen:
		return StageSettling
	case v.out.Ended != nil:
		return StageLeft
	case v.out.Party.In > 0:
		return StageInside
	case v.admitted:
		return StageAdmitted
	}
	return StageAsking
}

func (v *session) paid() bool { return v.out.Payment == nil || v.out.Payment.State.Final() }

// number is the visit's for people, 0 where it is not open.
func (m *Model) number(id string) int {
	if v := m.sessions[id]; v != nil {
		return v.out.Number
	}
	return 0
}
