package event

import (
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// SessionOpened says that somebody asked to come in.
type SessionOpened struct {
	Session string         `json:"session"`
	Token   string         `json:"token"`
	Method  observe.Method `json:"method"`
	Reader  string         `json:"reader"`
	Gate    string         `json:"gate"`
	Bodies  int            `json:"bodies"`
	// Staff sessions have no hold and no cart.
	Staff bool `json:"staff,omitempty"`
	// Attributes are what the credential is entitled to: see observe.Credential.
	Attributes []string `json:"attributes,omitempty"`
	// Offline is the most that is charged for the visit where no hold is asked
	// for, because the processor is down; nil where one is.
	Offline *money.Amount `json:"offline,omitempty"`
	// Owes is what earlier visits on the credential owe: it is asked for, and
	// must be paid, before the hold of this one. Nil for nothing.
	Owes *money.Amount `json:"owes,omitempty"`
	// Tender is how the visit is paid.
	Tender storedef.Tender `json:"tender,omitempty"`
	// House is the class of the store's own accounts that the visit is posted to;
	// no payment device is asked then. Allowance is how much, nil for any amount.
	House     string        `json:"house,omitempty"`
	Allowance *money.Amount `json:"allowance,omitempty"`
	At        time.Time     `json:"at"`
	By        Ref           `json:"by"`
}

// PartyAsked says that the credential of a visit that is going on was shown
// again to let more bodies in, and that the store wants a hold for that: the
// gate waits for it.
type PartyAsked struct {
	Session string    `json:"session"`
	Gate    string    `json:"gate"`
	Bodies  int       `json:"bodies"`
	At      time.Time `json:"at"`
}

// EntryRefused says that somebody may not come in. Code is for machines and
// Message for the shopper's screen: see Refusals.
type EntryRefused struct {
	Session string      `json:"session,omitempty"`
	Token   string      `json:"token,omitempty"`
	Reader  string      `json:"reader,omitempty"`
	Code    RefusalCode `json:"code"`
	Message string      `json:"message"`
	// Number is the one in the message, for whoever translates it by its code.
	Number int `json:"number,omitempty"`
	// Reason is for the staff: it names the device that keeps the entry closed.
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// EntryChanged says at which gates nobody is let in from now on, and why. An
// empty list says that every gate that works lets people in. It says nothing
// of ways out, for these are never closed.
type EntryChanged struct {
	Closed []Closure `json:"closed"`
	// Next is when time alone may change it; nil for never.
	Next *time.Time `json:"next,omitempty"`
	At   time.Time  `json:"at"`
}

// Closure is one reason why nobody is let in.
type Closure struct {
	// Gate is the one whose lane is closed; empty for all.
	Gate string `json:"gate,omitempty"`
	// Device is the one that is down.
	Device string `json:"device"`
	Reason string `json:"reason"`
}

// AdmissionGiven says that a gate was asked to let bodies in for a session.
type AdmissionGiven struct {
	Session   string    `json:"session"`
	Admission string    `json:"admission"`
	Gate      string    `json:"gate"`
	Bodies    int       `json:"bodies"`
	Expires   time.Time `json:"expires"`
}

// AdmissionClosed says that no more bodies come in by an admission.
type AdmissionClosed struct {
	Session   string    `json:"session"`
	Admission string    `json:"admission"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}

// BodyEntered says that a body passed in for a session.
type BodyEntered struct {
	Session   string           `json:"session"`
	Admission string           `json:"admission"`
	Gate      string           `json:"gate"`
	Span      observe.Interval `json:"span"`
	By        Ref              `json:"by"`
}

// ExitSeen says that a body passed out and it must yet be told whose it is.
type ExitSeen struct {
	Gate string           `json:"gate"`
	Span observe.Interval `json:"span"`
	By   Ref              `json:"by"`
}

// BodyLeft says whose body passed out.
type BodyLeft struct {
	Session string           `json:"session"`
	Gate    string           `json:"gate"`
	Track   observe.Track    `json:"track,omitempty"`
	Span    observe.Interval `json:"span"`
	By      Ref              `json:"by"`
	// Reason says how it was told: by the track, or by being the only one.
	Reason string `json:"reason"`
}

// BodyUnknown says that a body passed a gate and belongs to no session that can
// be told: a tailgater, somebody whose track was lost, or one of whom the gate can't tell
// which way they went.
type BodyUnknown struct {
	Gate      string            `json:"gate"`
	Direction observe.Direction `json:"direction"`
	Span      observe.Interval  `json:"span"`
	By        Ref               `json:"by"`
}

// TrackSeen says where a track is.
type TrackSeen struct {
	Camera string           `json:"camera"`
	Track  observe.Track    `json:"track"`
	Zone   string           `json:"zone"`
	Phase  observe.Phase    `json:"phase"`
	Span   observe.Interval `json:"span"`
	// Confidence is how sure its camera is that it is still the same body, 0 where it
	// does not say.
	Confidence measure.Probability `json:"confidence,omitempty"`
	By         Ref                 `json:"by"`
}

// TrackBound says that a track is a body of a session.
type TrackBound struct {
	Track   observe.Track `json:"track"`
	Session string        `json:"session"`
	// Passage is the report of the passage that it entered by.
	Passage Ref `json:"passage"`
}

// TrackUnbound says that it can no longer be told whose body a track is.
type TrackUnbound struct {
	Track   observe.Track `json:"track"`
	Session string        `json:"session"`
	Reason  string        `json:"reason"`
}

// SessionEnded says that nobody of a session is in the store any more, as far
// as can be told.
type SessionEnded struct {
	Session string    `json:"session"`
	Ending  Ending    `json:"ending"`
	At      time.Time `json:"at"`
}

// Ending is how a visit ended.
type Ending string

// The endings.
const (
	// EndedRefused: never let in.
	EndedRefused Ending = "refused"
	// EndedAbandoned: let in, but nobody came.
	EndedAbandoned Ending = "abandoned"
	// EndedLeft: all bodies were seen leaving.
	EndedLeft Ending = "left"
	// EndedUnseen: nobody saw them leave and the longest stay is over.
	EndedUnseen Ending = "unseen"
	// EndedByStaff: a member of staff said so.
	EndedByStaff Ending = "staff"
)

func (SessionOpened) fact()   {}
func (PartyAsked) fact()      {}
func (EntryChanged) fact()    {}
func (EntryRefused) fact()    {}
func (AdmissionGiven) fact()  {}
func (AdmissionClosed) fact() {}
func (BodyEntered) fact()     {}
func (ExitSeen) fact()        {}
func (BodyLeft) fact()        {}
func (BodyUnknown) fact()     {}
func (TrackSeen) fact()       {}
func (TrackBound) fact()      {}
func (TrackUnbound) fact()    {}
func (SessionEnded) fact()    {}
