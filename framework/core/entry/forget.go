package entry

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// A device that could not be told to forget is told again, first after
// forgetAgain and twice as long later each time, up to forgetAtLeast: as long as
// it is in the store's file.
const (
	forgetAgain   = time.Minute
	forgetAtLeast = time.Hour
)

// Erasure is what a device has yet to forget. It is the last place of the state
// that has the instrument.
type Erasure struct {
	Instrument string     `json:"instrument"`
	Reader     string     `json:"reader"`
	Asked      int        `json:"asked"`
	RetryAt    *time.Time `json:"retry_at,omitempty"`
}

// forgetPairings has a pairing, or all of an account, forgotten. Whoever is
// inside stays on the account they came in by.
func (s *State) forgetPairings(t *turn.Turn, in event.StaffOrder) {
	var found []string
	for _, instrument := range slices.Sorted(maps.Keys(s.Pairings)) {
		p := s.Pairings[instrument]
		if in.Pairing != "" && p.ID == in.Pairing || in.Pairing == "" && in.Account != nil && p.Account.Token == in.Account.Token {
			found = append(found, instrument)
		}
	}
	if len(found) == 0 {
		t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Pairing), Reason: "nothing is paired under that: it is forgotten already, or never was"})
		return
	}
	for _, instrument := range found {
		p := *s.Pairings[instrument]
		t.Emit(event.InstrumentForgotten{Pairing: p.ID, Actor: in.Actor, Reason: in.Reason, At: t.At})
		s.askErasure(t, p.ID)
	}
}

// askErasure tells the device to forget.
func (s *State) askErasure(t *turn.Turn, pairing string) {
	e := *s.Erasures[pairing]
	t.Emit(event.ErasureMoved{Pairing: pairing, Reader: e.Reader, State: event.ErasureAsked, At: t.At})
	t.EmitAsk(event.Ask{ID: pairing + "/forget/" + strconv.Itoa(e.Asked+1), Operation: event.OpForget, Device: e.Reader, Key: pairing, Token: e.Instrument})
}

// forgetAnswered hears from the device. Whether or not it did, forgetting again
// does no harm, so what is not known is asked again.
func (s *State) forgetAnswered(t *turn.Turn, a event.Answer, ask *event.Ask) {
	e := s.Erasures[ask.Key]
	if e == nil {
		return
	}
	f := event.ErasureMoved{Pairing: ask.Key, Reader: e.Reader, State: event.ErasureDone, Reason: a.Message, At: t.At}
	switch a.Outcome {
	case event.OutcomeDone:
	case event.OutcomeRefused:
		f.State, f.Reason = event.ErasureRefused, cmp.Or(a.Message, "the device refused")
		if unsupported(a) {
			f.Reason = "the device has no way to be told: erase it there"
		}
	case event.OutcomeUnavailable, event.OutcomeUnknown:
		at := t.At.Add(min(forgetAgain<<min(e.Asked-1, 16), forgetAtLeast))
		f.State, f.RetryAt = event.ErasureAsked, &at
	}
	t.Emit(f)
}

// retryErasures tells the devices again that could not be told.
func (s *State) retryErasures(t *turn.Turn) {
	for _, pairing := range slices.Sorted(maps.Keys(s.Erasures)) {
		if at := s.Erasures[pairing].RetryAt; at != nil && !t.At.Before(*at) {
			s.askErasure(t, pairing)
		}
	}
}

func unsupported(a event.Answer) bool {
	return a.Outcome == event.OutcomeRefused && a.Code == fault.Unsupported
}
