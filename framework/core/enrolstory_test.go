package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// enrolment fills in an order about instruments: staff enrol READER account=T
// has=tender:card consent=form-7, staff forget x of=INSTRUMENT or account=T.
func (n *narrator) enrolment(o *event.StaffOrder, where string, args map[string]string) {
	if strings.HasPrefix(where, "credential_reader.") {
		o.Reader, o.Session = where, ""
	}
	o.Consent = args["consent"]
	if a := args["account"]; a != "" {
		o.Account = &event.Account{Token: a}
		for _, v := range commas(args["has"]) {
			o.Account.Attributes = append(o.Account.Attributes, strings.Replace(v, ":", "=", 1))
		}
		slices.Sort(o.Account.Attributes)
	}
	if p := n.state.Entry.Pairings[args["of"]]; p != nil {
		o.Pairing = p.ID
	}
}

// enrolled says a fact about instruments that devices recognise.
func (n *narrator) enrolled(f event.Fact) string {
	switch f := f.(type) {
	case event.EnrolmentStarted:
		return fmt.Sprintf("enrolment for %s at %s until %.1fs, on %s taken by %s", f.Account.Token, f.Reader, f.Until.Sub(morning).Seconds(), f.Consent.Reference, f.Consent.By)
	case event.EnrolmentEnded:
		return fmt.Sprintf("enrolment at %s ended, %s: %s", f.Reader, f.Code, f.Reason)
	case event.InstrumentPaired:
		return fmt.Sprintf("%s is paired with %s, on %s", f.Instrument, f.Account.Token, f.Consent.Reference)
	case event.InstrumentForgotten:
		return fmt.Sprintf("a pairing is forgotten by %s: %s", f.Actor, f.Reason)
	case event.ErasureMoved:
		s := fmt.Sprintf("%s shall forget: %s", f.Reader, f.State)
		if f.RetryAt != nil {
			s += fmt.Sprintf(", again at %.1fs", f.RetryAt.Sub(morning).Seconds())
		}
		return s + suffix(f.Reason)
	default:
		return ""
	}
}

const theReader = "credential_reader.palm"

func palm(token string, at time.Time) observe.Credential {
	return observe.Credential{Interval: observe.At(at), Token: token, Method: observe.MethodPalm, Quality: measure.Certain,
		Attributes: []string{observe.AttributeEnrolment + "=" + observe.EnrolmentNeeded}}
}

// TestNobodyPaysBeforeEnrolment holds the core to it that a device's own name of
// somebody never reaches a processor, whatever else is known of it.
func TestNobodyPaysBeforeEnrolment(t *testing.T) {
	n := newNarrator(t)
	n.evidence(theReader, palm("palm-1", n.now))
	if len(n.state.Pending()) != 0 || n.state.Open() != 0 {
		t.Errorf("somebody whom nobody enrolled has a visit: %+v", n.state.Pending())
	}
}

// TestPairedTwice folds two pairings of one instrument with two accounts, which
// no decision makes: it must not be taken.
func TestPairedTwice(t *testing.T) {
	s := entry.New()
	f := event.InstrumentPaired{Pairing: "p1", Enrolment: "e1", Instrument: "palm-1", Account: event.Account{Token: "tok-1"}}
	s.Apply(f)
	s.Apply(f) // the same one again is
	f.Account.Token = "tok-2"
	defer func() {
		if recover() == nil || s.Pairings["palm-1"].Account.Token != "tok-1" {
			t.Error("one instrument stands for two accounts")
		}
	}()
	s.Apply(f)
}

// TestForgottenIsNowhere looks for an instrument in the state once its device has
// forgotten it.
func TestForgottenIsNowhere(t *testing.T) {
	const secret = "palm-0b5e55"
	n := newNarrator(t)
	has := func() bool {
		b, err := n.state.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(b), secret)
	}
	n.do("staff enrol " + theReader + " account=tok-1 has=tender:card consent=form-7 id=o1")
	n.do("answer enrol done")
	n.evidence(theReader, palm(secret, n.now))
	n.at("10s")
	n.evidence(theReader, palm(secret, n.now))
	n.do("answer authorize done")
	if !has() {
		t.Fatal("the test can't find it where it is")
	}
	n.do("staff forget x account=tok-1 id=o2")
	n.do("answer forget done")
	if has() {
		t.Error("the state still has what was forgotten")
	}
}

// TestEnrolledBeforeForgotten enrols somebody anew whom the device could not be told to
// forget yet: that it is not told any more is said, and ends the erasure.
func TestEnrolledBeforeForgotten(t *testing.T) {
	n := newNarrator(t)
	n.do("staff enrol " + theReader + " account=tok-1 has=tender:card consent=form-7 id=o1")
	n.do("answer enrol done")
	n.evidence(theReader, palm("palm-1", n.now))
	n.do("staff forget x of=palm-1 id=o2")
	n.do("answer forget unavailable")
	n.at("10s")
	n.do("staff enrol " + theReader + " account=tok-2 has=tender:card consent=form-8 id=o3")
	n.do("answer enrol done")
	told := n.evidence(theReader, palm("palm-1", n.now))
	if ended, paired := strings.Index(told, theReader+" shall forget: refused: it was enrolled again"), strings.Index(told, "palm-1 is paired with tok-2"); ended < 0 || paired < ended {
		t.Errorf("it says %s", told)
	}
	if len(n.state.Entry.Erasures) != 0 || n.state.Entry.Pairings["palm-1"].Account.Token != "tok-2" {
		t.Errorf("%+v, %+v", n.state.Entry.Erasures, n.state.Entry.Pairings)
	}
	n.at("5m")
	if len(n.state.Pending()) != 0 {
		t.Errorf("the device is told to forget whom it has learned: %+v", n.state.Pending())
	}
}

// TestEnrolmentLimits fills an account to its limit.
func TestEnrolmentLimits(t *testing.T) {
	n := newNarrator(t)
	for i := range 9 {
		n.at(fmt.Sprintf("%ds", 10+10*i))
		told := n.do(fmt.Sprintf("staff enrol %s account=tok-1 has=tender:card consent=form-%d id=o%d", theReader, i, i))
		if full := strings.Contains(told, "as many instruments as may be"); full != (i == 8) {
			t.Fatalf("instrument %d: %s", i, told)
		}
		if i < 8 {
			n.do("answer enrol done")
			n.evidence(theReader, palm(fmt.Sprintf("palm-%d", i), n.now))
		}
	}
	if got := len(n.state.Entry.Pairings); got != 8 {
		t.Errorf("%d are paired", got)
	}
	if _, err := core.Decode(encoded(t, n.state)); err != nil {
		t.Error(err)
	}
}

func encoded(t *testing.T, s *core.State) []byte {
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
