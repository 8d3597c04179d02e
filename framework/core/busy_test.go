package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestBusyProcessor has a processor say "later" to everything for a while, with
// many releases waiting and people at the gate: it is never asked more than a
// few things at a time, releases go before new holds, and all is settled once it
// takes them again.
func TestBusyProcessor(t *testing.T) {
	n := newNarrator(t)
	said := 0
	take := func(in event.Input) {
		for _, f := range coreStep(n, in) {
			if _, ok := f.(event.Asked); ok {
				said++
			}
		}
	}
	tap := func(i int) {
		n.seq["credential_reader.palm"]++
		take(event.Evidence{Device: "credential_reader.palm", Serial: observe.Serial{Epoch: 1, Seq: n.seq["credential_reader.palm"]},
			Observed: observe.Credential{Interval: observe.At(n.now), Token: fmt.Sprint("p", i), Method: observe.MethodPalm, Quality: 999_000, Bodies: 1}})
	}
	const many = 30
	for i := range many {
		tap(i)
	}
	for _, a := range n.state.Pending() {
		take(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r" + a.Key, Amount: a.Amount})
	}
	for _, a := range n.state.Pending() {
		take(event.Answer{ID: a.ID, Outcome: event.OutcomeDone})
	}
	let := func(d time.Duration) { // nobody comes in: the holds are released
		for end := n.now.Add(d); ; {
			w, ok := n.state.Wake()
			if !ok || w.After(end) {
				n.now = end
				return
			}
			if w.After(n.now) {
				n.now = w
			}
			take(event.Time{})
		}
	}
	let(30 * time.Second)
	if got := len(n.state.Pending()); got != many {
		t.Fatalf("%d asks, want %d releases", got, many)
	}
	for range 3 * many { // a storm
		p := n.state.Pending()
		if len(p) == 0 {
			let(10 * time.Second)
			continue
		}
		take(event.Answer{ID: p[0].ID, Outcome: event.OutcomeUnavailable})
	}
	if got := len(n.state.Pending()); got > 4 {
		t.Errorf("%d things are asked of a busy processor at a time", got)
	}
	for range 4 - len(n.state.Pending()) { // all that it is asked is taken up by now
		let(5 * time.Second)
	}
	tap(many)
	for _, a := range n.state.Pending() {
		if a.Operation == event.OpAuthorize && len(n.state.Pending()) > 4 {
			t.Error("a new hold is asked for before the releases")
		}
	}
	for range 1000 {
		p := n.state.Pending()
		if len(p) == 0 {
			if n.state.Open() == 0 {
				break
			}
			let(time.Minute)
			continue
		}
		if p[0].Operation == event.OpAdmit {
			take(event.Answer{ID: p[0].ID, Outcome: event.OutcomeDone})
			continue
		}
		take(event.Answer{ID: p[0].ID, Outcome: event.OutcomeDone, Reference: "r" + p[0].Key, Amount: p[0].Amount})
	}
	if n.state.Open() != 0 {
		t.Errorf("%d visits are open", n.state.Open())
	}
	if said > 12*many {
		t.Errorf("%d asks for %d visits: that is a storm of our own", said, many)
	}
}
