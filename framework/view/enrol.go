package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// keptEnrolments is how many of the newest enrolments are known that are over.
const keptEnrolments = 200

// Enrolment is somebody whom a device recognises, or was to: without the account,
// and without the device's name of them.
type Enrolment struct {
	// ID is the enrolment's, and Pairing the name by which it is forgotten; empty
	// where nothing was paired.
	ID      string         `json:"id"`
	Pairing string         `json:"pairing,omitempty"`
	State   EnrolmentState `json:"state"`
	Reader  string         `json:"reader"`
	// Account tells accounts apart and names none. Attributes are those of its
	// holder, such as tender=card.
	Account    string        `json:"account"`
	Attributes []string      `json:"attributes,omitempty"`
	Consent    event.Consent `json:"consent"`
	// Until is how long it waits for somebody; At is when it came into its state.
	Until time.Time `json:"until"`
	At    time.Time `json:"at"`
	// Code and Reason say how it ended, By who had it forgotten.
	Code   event.EnrolmentEnd `json:"code,omitempty"`
	Reason string             `json:"reason,omitempty"`
	By     string             `json:"by,omitempty"`
	// Erasure is how far the device is that shall forget it.
	Erasure       event.ErasureState `json:"erasure,omitempty"`
	ErasureReason string             `json:"erasure_reason,omitempty"`
}

// EnrolmentState is how far an enrolment is.
type EnrolmentState string

// The states.
const (
	EnrolmentWaiting   EnrolmentState = "waiting"
	EnrolmentPaired    EnrolmentState = "paired"
	EnrolmentOver      EnrolmentState = "ended" // and nothing is paired
	EnrolmentForgotten EnrolmentState = "forgotten"
)

// AccountMark tells accounts apart without saying what they are.
func AccountMark(token string) string {
	sum := sha256.Sum256([]byte("account\x00" + token))
	return hex.EncodeToString(sum[:6])
}

func (a *after) foldEnrolment(f event.Fact) {
	switch f := f.(type) {
	case event.EnrolmentStarted:
		a.enrolments = append(a.enrolments, Enrolment{ID: f.Enrolment, State: EnrolmentWaiting, Reader: f.Reader, Account: AccountMark(f.Account.Token),
			Attributes: f.Account.Attributes, Consent: f.Consent, Until: f.Until, At: f.At})
		a.dropEnrolments()
	case event.EnrolmentEnded:
		a.enrolment(func(e *Enrolment) bool { return e.ID == f.Enrolment }, func(e *Enrolment) {
			e.State, e.Code, e.Reason, e.At = EnrolmentOver, f.Code, f.Reason, f.At
		})
	case event.InstrumentPaired:
		a.enrolment(func(e *Enrolment) bool { return e.ID == f.Enrolment }, func(e *Enrolment) {
			e.State, e.Pairing, e.At = EnrolmentPaired, f.Pairing, f.At
		})
	case event.InstrumentForgotten:
		a.enrolment(func(e *Enrolment) bool { return e.Pairing == f.Pairing }, func(e *Enrolment) {
			e.State, e.By, e.Reason, e.At = EnrolmentForgotten, f.Actor, f.Reason, f.At
			e.Account, e.Attributes = "", nil
		})
	case event.ErasureMoved:
		a.enrolment(func(e *Enrolment) bool { return e.Pairing == f.Pairing }, func(e *Enrolment) {
			e.Erasure, e.ErasureReason = f.State, f.Reason
		})
	default: // other facts
	}
}

func (a *after) enrolment(is func(*Enrolment) bool, change func(*Enrolment)) {
	for i := range a.enrolments {
		if e := &a.enrolments[i]; is(e) {
			change(e)
		}
	}
}

// dropEnrolments lets the oldest go of those that are over.
func (a *after) dropEnrolments() {
	over := func(e Enrolment) bool {
		return e.State == EnrolmentOver || e.State == EnrolmentForgotten && e.Erasure != event.ErasureAsked
	}
	n := 0
	for _, e := range a.enrolments {
		if over(e) {
			n++
		}
	}
	a.enrolments = slices.DeleteFunc(a.enrolments, func(e Enrolment) bool {
		if n <= keptEnrolments || !over(e) {
			return false
		}
		n--
		return true
	})
}

// Enrolments are those that wait, are paired, or were lately forgotten or ended,
// newest first.
func (v *View) Enrolments() []Enrolment {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := append([]Enrolment{}, v.model.after.enrolments...)
	slices.Reverse(out)
	return out
}

// describeEnrolment tells of instruments that devices recognise.
func (m *Model) describeEnrolment(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.EnrolmentStarted:
		return Line{At: f.At, Text: fmt.Sprintf("%s waits for somebody to be enrolled, says %s (%s)", f.Reader, f.Consent.By, f.Consent.Reference)}, true
	case event.EnrolmentEnded:
		return Line{At: f.At, Tone: ToneDoubt, Text: "Nobody was enrolled at " + f.Reader + because(f.Reason)}, true
	case event.InstrumentPaired:
		return Line{At: f.At, Tone: ToneGood, Text: fmt.Sprintf("Enrolled %s at %s for a %s", methodWords(f.Method), f.Reader, tenderWords(f.Account.Attributes))}, true
	case event.InstrumentForgotten:
		return Line{At: f.At, Text: "An enrolment was ended by " + f.Actor + because(f.Reason)}, true
	case event.ErasureMoved:
		switch f.State {
		case event.ErasureDone:
			return Line{At: f.At, Tone: ToneGood, Text: f.Reader + " has forgotten them"}, true
		case event.ErasureRefused:
			return Line{At: f.At, Tone: ToneBad, Text: f.Reader + " has not forgotten them" + because(f.Reason)}, true
		case event.ErasureAsked:
			if f.RetryAt != nil {
				return Line{At: f.At, Tone: ToneDoubt, Text: f.Reader + " could not be told to forget them and is told again" + because(f.Reason)}, true
			}
		}
	default: // describe lists every fact
	}
	return Line{}, false
}

func tenderWords(attributes []string) string {
	if t, ok := observe.AttributeOf(attributes, observe.AttributeTender); ok {
		if storedef.Tender(t) == storedef.TenderMealPlan {
			return "meal plan"
		}
		return t
	}
	return "staff account"
}
