package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// enrolments folds facts, a second apart, through a checkpoint after each.
func enrolments(t *testing.T, facts ...event.Fact) *Model {
	t.Helper()
	m := NewModel()
	for i, f := range facts {
		m.Apply(event.Record{Seq: uint64(i + 1), At: time.Unix(int64(i), 0).UTC(), Input: event.Time{}, Facts: []event.Fact{f}})
		body, _, err := m.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		if m, err = restored(body, func(string) ([]byte, error) { return nil, nil }, nil); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"tok-secret", "palm-secret"} {
			if strings.Contains(string(body), secret) {
				t.Fatalf("after %T the pages keep %s", f, secret)
			}
		}
	}
	return m
}

func TestEnrolments(t *testing.T) {
	account := event.Account{Token: "tok-secret", Attributes: []string{"tender=card"}}
	consent := event.Consent{Reference: "release-1", By: "ana", At: time.Unix(0, 0).UTC()}
	start := func(id string) event.Fact {
		return event.EnrolmentStarted{Enrolment: id, Reader: "r", Account: account, Consent: consent}
	}
	m := enrolments(t, start("e1"),
		event.InstrumentPaired{Pairing: "p1", Enrolment: "e1", Reader: "r", Instrument: "palm-secret", Method: observe.MethodPalm, Account: account, Consent: consent},
		start("e2"), event.EnrolmentEnded{Enrolment: "e2", Reader: "r", Code: event.EnrolExpired, Reason: "nobody came"})
	got := m.after.enrolments
	if len(got) != 2 || got[0].State != EnrolmentPaired || got[0].Pairing != "p1" || got[0].Consent != consent || got[0].Account != AccountMark("tok-secret") ||
		got[1].State != EnrolmentOver || got[1].Code != event.EnrolExpired {
		t.Fatalf("%+v", got)
	}
	m = enrolments(t, start("e1"), event.InstrumentPaired{Pairing: "p1", Enrolment: "e1", Reader: "r", Instrument: "palm-secret", Account: account, Consent: consent},
		event.InstrumentForgotten{Pairing: "p1", Actor: "ben", Reason: "asked"}, event.ErasureMoved{Pairing: "p1", Reader: "r", State: event.ErasureDone})
	if e := m.after.enrolments[0]; e.State != EnrolmentForgotten || e.By != "ben" || e.Erasure != event.ErasureDone || e.Account != "" {
		t.Errorf("%+v", e)
	}
	var log []string
	for _, l := range m.newestLines() {
		log = append(log, l.Text)
	}
	want := "r waits for somebody to be enrolled, says ana (release-1)|Enrolled somebody at r for a card|An enrolment was ended by ben (asked)|r has forgotten them"
	if text := strings.Join(log, "|"); text != want {
		t.Errorf("the log says %s", text)
	}
}

// TestEnrolmentsAreBounded starts more than are kept: those that are paired stay.
func TestEnrolmentsAreBounded(t *testing.T) {
	m := NewModel()
	for i := range 2*keptEnrolments + 2 {
		id := fmt.Sprint("e", i)
		facts := []event.Fact{event.EnrolmentStarted{Enrolment: id, Reader: "r"}}
		if i == 0 {
			facts = append(facts, event.InstrumentPaired{Pairing: "p", Enrolment: id})
		} else {
			facts = append(facts, event.EnrolmentEnded{Enrolment: id, Code: event.EnrolExpired})
		}
		m.Apply(event.Record{Seq: uint64(i + 1), Input: event.Time{}, Facts: facts})
	}
	if got := m.after.enrolments; len(got) != keptEnrolments+2 || got[0].State != EnrolmentPaired {
		t.Errorf("%d are kept, the first %s", len(got), got[0].State)
	}
}
