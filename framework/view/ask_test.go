package view

import (
	"testing"

	"github.com/openaisle/aisle/framework/event"
)

// A gate or processor that fails says so in the log, with its words.
func TestFailedAnswers(t *testing.T) {
	for _, c := range []struct {
		op      event.Operation
		outcome event.Outcome
		message string
		want    string
	}{
		{event.OpAdmit, event.OutcomeDone, "", ""},
		{event.OpAdmit, event.OutcomeRefused, "the wing is stuck", "Visit 1: dev.one refused to let anybody in: the wing is stuck"},
		{event.OpAdmit, event.OutcomeUnavailable, "no power", "Visit 1: dev.one could not let anybody in: no power"},
		{event.OpAdmit, event.OutcomeUnknown, "", "Visit 1: dev.one has not said whether it could let anybody in"},
		{event.OpCapture, event.OutcomeUnavailable, "no line", "Visit 1: dev.one could not charge: no line"},
		{event.OpAuthorize, event.OutcomeRefused, "declined", ""},
		{event.OpVoid, event.OutcomeRefused, "gone", "Visit 1: dev.one refused to release the hold: gone"},
		{event.OpLookup, event.OutcomeUnavailable, "no line", "Visit 1: dev.one could not look the payment up: no line"},
	} {
		m := NewModel()
		m.Apply(event.Record{Seq: 1, Facts: []event.Fact{event.SessionOpened{Session: "s"},
			event.Asked{Ask: event.Ask{ID: "s/1", Operation: c.op, Device: "dev.one", Session: "s"}}}})
		answer := event.Answered{Answer: event.Answer{ID: "s/1", Outcome: c.outcome, Message: c.message}}
		m.Apply(event.Record{Seq: 2, Facts: []event.Fact{answer}})
		m.Apply(event.Record{Seq: 3, Facts: []event.Fact{answer}}) // nobody asked any more
		var got string
		for _, l := range m.Snapshot().Log {
			if l.Seq >= 2 {
				got += l.Text
			}
		}
		if got != c.want {
			t.Errorf("%s %s: %q, not %q", c.op, c.outcome, got, c.want)
		}
	}
}
