package core

import (
	"time"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// Step decides what follows from in, and applies it. Same state, time and
// input: same facts, on every machine.
func Step(s *State, at time.Time, in event.Input) []event.Fact {
	t := turn.Turn{At: at, Input: timely(at, in), Store: s.index, Apply: s.Apply}
	if !s.accept(&t) {
		return t.Facts
	}
	if s.Definition == nil {
		t.Emit(event.Ignored{What: event.InputName(in), Reason: "no store definition is in force yet"})
		return t.Facts
	}
	t.Store = s.index
	s.Entry.Step(&t)
	s.Attribution.Step(&t, s.Entry)
	s.Cart.Step(&t, s.Entry, s.Attribution)
	s.Settlement.Step(&t, s.Entry)
	s.Receipt.Step(&t, s.Entry, s.Settlement)
	s.Entry.Watch(&t)
	s.endOutages(&t)
	settlement.AssertPosted(t.Facts)
	return t.Facts
}

// ofEarlier is why a report of an opening before the newest is set aside.
const ofEarlier = "of an earlier opening of the device"

// maxAhead is how far evidence may settle after it was reported: what the
// estimate of a clock's offset may be wrong by.
const maxAhead = 2 * time.Second

// timely moves evidence that speaks of the future back to now, for the clock
// that says so is wrong: nothing is reported before it happened. Else one clock
// could have a cart wait, or a shelf be deaf, for as long as it runs ahead. What
// lies further ahead than an offset reaches says nothing, and is lost.
func timely(at time.Time, in event.Input) event.Input {
	e, ok := in.(event.Evidence)
	if !ok || e.Observed == nil {
		return in
	}
	if ahead := e.Span().Settled.Sub(at); ahead > maxAhead {
		e.Offset += ahead
		if e.Span().Settled.Sub(at).Abs() > maxAhead {
			e.Offset, e.Observed, e.Gap = 0, nil, &event.Gap{Lost: 1}
		}
		return e
	}
	return in
}

// accept takes note of the input, and reports whether the stages shall see it.
func (s *State) accept(t *turn.Turn) bool {
	switch in := t.Input.(type) {
	case event.Evidence:
		return s.acceptEvidence(t, in)
	case event.Answer:
		return s.acceptAnswer(t, in)
	case event.Definition:
		if why := s.notAdopted(in); why != "" {
			t.Emit(event.Ignored{What: event.InputName(in), Reason: why})
			return false
		}
		t.Emit(event.Adopted{Definition: in, At: t.At})
	case event.DeviceStatus, event.StaffOrder, event.Notice, event.Resumed, event.Time:
	}
	return true
}

// notAdopted says why a definition can't take the place of the one in force;
// empty where it can. Visits that are open go on under the new one.
func (s *State) notAdopted(d event.Definition) string {
	if s.Definition == nil {
		return ""
	}
	switch old := s.Definition.Store; {
	case old.Name != d.Store.Name:
		return "it is that of another store"
	case old.Currency != d.Store.Currency && s.Open() > 0:
		return "open visits are not settled yet in " + string(old.Currency)
	}
	return ""
}

// acceptEvidence sets aside what an earlier opening yet says, of which nobody
// knows what became since; and repeats: the same number again, and the same
// observation under another number.
func (s *State) acceptEvidence(t *turn.Turn, e event.Evidence) bool {
	if last, ok := s.Noted[e.Device]; ok && e.Serial.Compare(last) <= 0 {
		reason := "a repeat"
		if e.Epoch < last.Epoch {
			reason = ofEarlier
		}
		t.Emit(event.Ignored{What: e.Ref().String(), Reason: reason})
		return false
	}
	if e.Epoch < s.Entry.Device[e.Device].Epoch {
		t.Emit(event.Ignored{What: e.Ref().String(), Reason: ofEarlier})
		return false
	}
	if e.Gap != nil {
		t.Emit(event.Lost{Device: e.Device, Serial: e.Serial, Gap: *e.Gap, At: t.At})
		return true
	}
	if e.Observed == nil {
		t.Emit(event.Ignored{What: e.Ref().String(), Reason: "it says nothing"})
		return false
	}
	mark := fingerprint(e)
	for _, o := range s.Lately[e.Device] {
		if o.Print == mark && mark != "" {
			t.Emit(event.Noted{Device: e.Device, Serial: e.Serial, At: e.Span().Settled})
			t.Emit(event.Ignored{What: e.Ref().String(), Reason: "the same observation again"})
			return false
		}
	}
	t.Emit(event.Noted{Device: e.Device, Serial: e.Serial, Print: mark, At: e.Span().Settled})
	return true
}

// fingerprint tells observations of one device apart. A level has none: to
// state it again does no harm. The interval is that of the device's clock, so
// that a better estimate of its offset makes no second observation of one.
func fingerprint(e event.Evidence) string {
	var what string
	span := e.Observed.Span()
	switch o := e.Observed.(type) {
	case observe.Credential:
		what = o.Token
	case observe.Passage:
		what = o.Direction.String() + o.Lane + o.Admission
	case observe.Interaction:
		what = string(o.Track) + o.At + o.Action.String()
	case observe.Tag:
		if o.Direction != observe.DirectionOut {
			return "" // that a tag is there is a level
		}
		what = o.EPC
	case observe.Scan:
		what = string(o.GTIN) + o.Serial
	case observe.Weight, observe.Presence, observe.Door, nil:
		return ""
	}
	return turn.Key(observe.KindOf(e.Observed).String(), what, span.Onset.UTC().Format(time.RFC3339Nano), span.Settled.UTC().Format(time.RFC3339Nano))
}

// acceptAnswer finds the ask that is answered. A second answer to one ask is
// set aside: what it may say is found out by a look-up.
func (s *State) acceptAnswer(t *turn.Turn, a event.Answer) bool {
	for i := range s.Asks {
		if s.Asks[i].Ask.ID == a.ID {
			ask := s.Asks[i].Ask
			t.Ask = &ask
			t.Emit(event.Answered{Answer: a, At: t.At})
			return true
		}
	}
	t.Emit(event.Ignored{What: a.ID, Reason: "nothing is asked under this name any more"})
	return false
}
