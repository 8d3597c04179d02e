// Package wire is the line between the simulated world and those who speak
// with it: JSON objects, one a line, over a Unix socket, one connection for
// each device and each participant of the clock.
//
// The world's hub speaks one end; the plugin's devices, the host's clock and
// other participants speak the other. The protocol is set out in the README of
// plugins/simulated.
package wire

import (
	"encoding/json"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
)

// What a client says it is in its first line.
const (
	HelloDevice      = "device"
	HelloParticipant = "participant"
	// HelloHand is somebody who does to the store what happens in stores.
	HelloHand = "hand"
	// HelloHardware is what senses the store in a device's place, where the
	// device's own protocol is spoken on its other side. It hears of things at
	// once, as they are, and of nothing that happened while it was not there.
	HelloHardware = "hardware"
)

// Host is the name of the participant without whom the clock stands.
const Host = "host"

// FromClient is one line to the world. Only the fields of one kind are set:
// hello, a poll's answer, a confirmation, a call, a cancellation or an
// unplugging.
type FromClient struct {
	Hello  string            `json:"hello,omitempty"`
	Name   string            `json:"name,omitempty"`
	Device string            `json:"device,omitempty"`
	Class  string            `json:"class,omitempty"`
	Points map[string]string `json:"points,omitempty"`

	// Poll answers the world's poll of that number: the participant is
	// quiescent, wants to be woken at WakeUS at the latest (nil: waits for
	// nothing) and has Outstanding asks without an answer.
	Poll        uint64 `json:"poll,omitempty"`
	WakeUS      *int64 `json:"wake_us,omitempty"`
	Outstanding int    `json:"outstanding,omitempty"`

	// Done confirms every report up to this id of this connection.
	Done uint64 `json:"done,omitempty"`

	// Call asks the device for a deed, Cancel says that nobody waits for it.
	Call   uint64          `json:"call,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Cancel uint64          `json:"cancel,omitempty"`

	// Unplug takes the power of a device away for ForUS.
	Unplug string `json:"unplug,omitempty"`
	ForUS  int64  `json:"for_us,omitempty"`
}

// ToClient is one line from the world. Only the fields of one kind are set:
// the answer to hello, a poll, an advance, a report or a call's answer.
type ToClient struct {
	Hello string `json:"hello,omitempty"`
	// Unplugged confirms an unplugging, by the device's address.
	Unplugged string `json:"unplugged,omitempty"`

	Poll uint64 `json:"poll,omitempty"`

	AdvanceUS int64 `json:"advance_us,omitempty"`
	// StartUS, in the answer to a participant's hello, is when the world began.
	StartUS int64 `json:"start_us,omitempty"`
	// Wall, in the same answer, says that the world's clock is the wall's.
	Wall bool `json:"wall,omitempty"`
	// Done says that the world has nothing more to do by itself.
	Done bool `json:"done,omitempty"`

	ID     uint64          `json:"id,omitempty"`
	Kind   string          `json:"kind,omitempty"`
	Report json.RawMessage `json:"report,omitempty"`

	Call   uint64          `json:"call,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}

// Error is a refusal with its code.
type Error struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

// Err gives the error that sdk/fault knows.
func (e *Error) Err() error {
	if e == nil {
		return nil
	}
	return fault.New(e.Code, e.Message)
}

// Fault gives what travels for err.
func Fault(err error) *Error {
	if err == nil {
		return nil
	}
	return &Error{Code: fault.CodeOf(err), Message: err.Error()}
}

// KindLoad is the kind of a Load.
const KindLoad = "load"

// Load is what lies on a bay: the report of a shelf's hardware, at once after each
// change, settled or not. No scale has shown it yet.
type Load struct {
	Bay  int          `json:"bay"`
	Mass measure.Mass `json:"mass"`
}

// KnownAsParams are the parameters of "known_as", by which a reader's hardware
// says what the store calls a credential of the world.
type KnownAsParams struct {
	Credential string `json:"credential"`
	Token      string `json:"token"`
}

// AdmitParams are the parameters of a gate's "admit".
type AdmitParams struct {
	Session   string `json:"session"`
	Bodies    int    `json:"bodies"`
	ExpiresUS int64  `json:"expires_us"`
}

// PaymentParams are the parameters of a processor's "authorize", "capture",
// "void", "refund", "increase" and "lookup".
type PaymentParams struct {
	Key       string `json:"key"`
	Session   string `json:"session,omitempty"`
	Token     string `json:"token,omitempty"`
	Reference string `json:"reference,omitempty"`
	Minor     int64  `json:"amount_minor,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Operation string `json:"operation,omitempty"`
	Reason    string `json:"reason,omitempty"`
	// Can is what the store's config has of the processor; nil for all of it.
	Can *ProcessorCan `json:"can,omitempty"`
}

// ProcessorCan is what a store can make of its processor: less than the world
// has it.
type ProcessorCan struct {
	// NoIncrease: holds are not raised. OverPPM is how much above a hold may be
	// captured, in millionths of it.
	NoIncrease bool  `json:"no_increase,omitempty"`
	OverPPM    int64 `json:"over_ppm,omitempty"`
	// WholeCapture and WholeRefund: nothing in part.
	WholeCapture bool `json:"whole_capture,omitempty"`
	WholeRefund  bool `json:"whole_refund,omitempty"`
	// KeyUS, HoldUS and RefundUS are how long keys and holds last, and for how
	// long a capture can be refunded; 0 for the world's own.
	KeyUS    int64 `json:"key_us,omitempty"`
	HoldUS   int64 `json:"hold_us,omitempty"`
	RefundUS int64 `json:"refund_us,omitempty"`
	// SavesErrors: a failure is answered again under its key.
	SavesErrors bool `json:"saves_errors,omitempty"`
	// Blind: no movement is found by its key.
	Blind bool `json:"blind,omitempty"`
}

// Notice is what a processor says by itself: the report of a device of class
// payment.
type Notice struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
	Key       string `json:"key,omitempty"`
	Minor     int64  `json:"amount_minor,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Message   string `json:"message,omitempty"`
	AtUS      int64  `json:"at_us,omitempty"`
}

// KindNotice is the kind of such a report.
const KindNotice = "notice"

// PaymentResult is what a processor answers.
type PaymentResult struct {
	Reference string `json:"reference,omitempty"`
	Minor     int64  `json:"amount_minor,omitempty"`
	Currency  string `json:"currency,omitempty"`
	ExpiresUS int64  `json:"expires_us,omitempty"`
	Funding   string `json:"funding,omitempty"`
	Brand     string `json:"brand,omitempty"`
	Last4     string `json:"last4,omitempty"`
	Network   string `json:"network,omitempty"`
	Risk      string `json:"risk,omitempty"`
	// State is a lookup's: absent, done, declined or pending.
	State   string `json:"state,omitempty"`
	Message string `json:"message,omitempty"`
}
