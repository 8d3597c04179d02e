package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// Account is what an instrument that a device recognises by itself stands for: a
// token of the payment processor, or of the store's own list of staff or
// accounts.
type Account struct {
	Token string `json:"token"`
	// Attributes are what is said of its holder: see observe.Credential. The
	// attribute tender says how it pays.
	Attributes []string `json:"attributes,omitempty"`
}

// Consent is the word that somebody may be recognised.
type Consent struct {
	// Reference names what was signed, such as the number of a release: never who
	// signed it. By is the member of staff who took it.
	Reference string    `json:"reference"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
}

// EnrolmentStarted says that the next instrument that a reader recognises is
// paired with an account.
type EnrolmentStarted struct {
	Enrolment string    `json:"enrolment"`
	Reader    string    `json:"reader"`
	Account   Account   `json:"account"`
	Consent   Consent   `json:"consent"`
	At        time.Time `json:"at"`
	Until     time.Time `json:"until"`
}

// EnrolmentEnded says that an enrolment is over and paired nothing.
type EnrolmentEnded struct {
	Enrolment string       `json:"enrolment"`
	Reader    string       `json:"reader"`
	Code      EnrolmentEnd `json:"code"`
	Reason    string       `json:"reason,omitempty"`
	At        time.Time    `json:"at"`
}

// EnrolmentEnd is how an enrolment ended that paired nothing.
type EnrolmentEnd string

// The ends.
const (
	// EnrolExpired: nobody came.
	EnrolExpired EnrolmentEnd = "expired"
	// EnrolCancelled: staff ended it.
	EnrolCancelled EnrolmentEnd = "cancelled"
	// EnrolFailed: the reader could not be asked.
	EnrolFailed EnrolmentEnd = "failed"
	// EnrolKnown: the instrument is paired with the account already.
	EnrolKnown EnrolmentEnd = "known"
	// EnrolOther: the instrument is paired with another account.
	EnrolOther EnrolmentEnd = "other_account"
)

// InstrumentPaired says that an instrument stands for an account from now on.
type InstrumentPaired struct {
	Pairing   string `json:"pairing"`
	Enrolment string `json:"enrolment"`
	Reader    string `json:"reader"`
	// Instrument is the token that the reader reports: opaque, and made with the
	// store's key.
	Instrument string         `json:"instrument"`
	Method     observe.Method `json:"method"`
	Account    Account        `json:"account"`
	Consent    Consent        `json:"consent"`
	At         time.Time      `json:"at"`
	By         Ref            `json:"by"`
}

// InstrumentForgotten says that an instrument stands for nothing any more.
type InstrumentForgotten struct {
	Pairing string    `json:"pairing"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// ErasureMoved says how far the device is that shall forget an instrument.
type ErasureMoved struct {
	Pairing string       `json:"pairing"`
	Reader  string       `json:"reader"`
	State   ErasureState `json:"state"`
	Reason  string       `json:"reason,omitempty"`
	// RetryAt is when it is asked again.
	RetryAt *time.Time `json:"retry_at,omitempty"`
	At      time.Time  `json:"at"`
}

// ErasureState is how far it is.
type ErasureState string

// The states.
const (
	// ErasureAsked: the device has not answered.
	ErasureAsked ErasureState = "asked"
	// ErasureDone: the device keeps nothing of it.
	ErasureDone ErasureState = "done"
	// ErasureRefused: the device can't, or says that it won't: staff erase it there.
	ErasureRefused ErasureState = "refused"
)

func (EnrolmentStarted) fact()    {}
func (EnrolmentEnded) fact()      {}
func (InstrumentPaired) fact()    {}
func (InstrumentForgotten) fact() {}
func (ErasureMoved) fact()        {}
