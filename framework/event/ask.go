package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// Operation is the deed that an ask asks for.
type Operation string

// The operations.
const (
	OpAdmit     Operation = "admit"
	OpAuthorize Operation = "authorize"
	OpCapture   Operation = "capture"
	OpVoid      Operation = "void"
	OpRefund    Operation = "refund"
	OpLookup    Operation = "lookup"
	// OpIncrease raises a hold to a new total.
	OpIncrease Operation = "increase"
	// OpEnrol has a reader learn the instrument that is presented next, and
	// OpForget erase one. They move nothing.
	OpEnrol  Operation = "enrol"
	OpForget Operation = "forget"
)

// Money reports whether the deed is one of a payment processor.
func (o Operation) Money() bool { return o != OpAdmit && o != OpEnrol && o != OpForget }

// Ask is something that the store wants done. It is durable before it is sent,
// and sent again after a crash under the same key.
type Ask struct {
	// ID is unique among all asks; the answer names it.
	ID        string    `json:"id"`
	Operation Operation `json:"operation"`
	// Device is the address of the device that shall do it.
	Device  string `json:"device"`
	Session string `json:"session"`

	// Key is the movement's idempotency key. Several asks may carry the same:
	// a repeat, or a look-up of what became of it.
	Key string `json:"key,omitempty"`
	// Hold is which of the session's holds it is about: 0 and 1 both mean the
	// entry's.
	Hold int `json:"hold,omitempty"`
	// For is what a further hold is for.
	For HoldPurpose `json:"for,omitempty"`
	// Token, Reference and Amount are the payment's. The amount of an increase
	// is the new total. The token is the instrument's where a reader shall forget
	// it.
	Token     string        `json:"token,omitempty"`
	Reference string        `json:"reference,omitempty"`
	Amount    *money.Amount `json:"amount,omitempty"`
	// Of and Since say, for a look-up, which kind of movement is looked for
	// and when it was first asked.
	Of    Operation  `json:"of,omitempty"`
	Since *time.Time `json:"since,omitempty"`

	// Admission, Bodies and Expires are the gate's; an enrolment expires, too.
	Admission string     `json:"admission,omitempty"`
	Bodies    int        `json:"bodies,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
}

// Answer is what became of an ask.
type Answer struct {
	// ID is the ask's.
	ID      string  `json:"id"`
	Outcome Outcome `json:"outcome"`
	// Code and Message say why, where it was not done.
	Code    fault.Code `json:"code,omitempty"`
	Message string     `json:"message,omitempty"`

	// Reference, Amount and Expires are the movement's where it was done, or
	// where a look-up found it.
	Reference string        `json:"reference,omitempty"`
	Amount    *money.Amount `json:"amount,omitempty"`
	Expires   *time.Time    `json:"expires,omitempty"`
	// Found is a look-up's result.
	Found Finding `json:"found,omitempty"`
	// Funding, Brand and Last4 are what is known of the instrument.
	Funding string `json:"funding,omitempty"`
	Brand   string `json:"brand,omitempty"`
	Last4   string `json:"last4,omitempty"`
	// Network is the card's, in small letters. Risk is "low", "elevated" or
	// "denied" where the processor says what it thinks of the payment, and
	// RiskReason why, for staff.
	Network    string `json:"network,omitempty"`
	Risk       string `json:"risk,omitempty"`
	RiskReason string `json:"risk_reason,omitempty"`
}

// Outcome is the answer to the only question that matters after an ask: did it
// happen?
type Outcome string

// The outcomes.
const (
	// OutcomeDone: it happened.
	OutcomeDone Outcome = "done"
	// OutcomeRefused: it did not happen and won't under this key.
	OutcomeRefused Outcome = "refused"
	// OutcomeUnavailable: it did not happen; the same ask may be sent again.
	OutcomeUnavailable Outcome = "unavailable"
	// OutcomeUnknown: it may have happened.
	OutcomeUnknown Outcome = "unknown"
)

// Finding is what a look-up found.
type Finding string

// The findings.
const (
	FoundNothing  Finding = "absent"
	FoundDone     Finding = "done"
	FoundDeclined Finding = "declined"
	FoundPending  Finding = "pending"
)
