package settlement

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// keepCalls is how many of the newest alarms that nobody has seen are known:
// older ones are in the journal.
const keepCalls = 1000

// Call is an alarm that nobody has acknowledged.
type Call struct {
	ID      string          `json:"id"`
	Session string          `json:"session,omitempty"`
	Code    event.AlarmCode `json:"code"`
}

// acknowledge notes who saw an alarm. Nothing waits for it, and the same cause
// calls nobody twice for one visit.
func (s *State) acknowledge(t *turn.Turn, in event.StaffOrder) {
	i := slices.IndexFunc(s.Calls, func(c Call) bool { return c.ID == in.Alarm })
	wrong := ""
	switch {
	case in.Alarm == "":
		wrong = "name the alarm"
	case in.Actor == "" || in.Reason == "":
		wrong = "say who saw it, and what was done"
	case i < 0:
		wrong = "no alarm of that name waits: it is acknowledged already, or there is none"
	}
	if wrong != "" {
		t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Alarm), Reason: wrong})
		return
	}
	c := s.Calls[i]
	t.Emit(event.AlarmAcknowledged{Alarm: c.ID, Session: c.Session, Code: c.Code, Actor: in.Actor, Reason: in.Reason, At: t.At})
}

// called notes an alarm that nobody has seen.
func (s *State) called(f event.Alarmed) {
	s.Calls = append(s.Calls, Call{ID: f.ID(), Session: f.Session, Code: f.Code})
	s.Calls = s.Calls[max(0, len(s.Calls)-keepCalls):]
}

func (s *State) applyAcknowledged(f event.AlarmAcknowledged) {
	s.Calls = slices.DeleteFunc(s.Calls, func(c Call) bool { return c.ID == f.Alarm })
}
