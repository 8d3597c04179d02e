package event

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Input is one of Evidence, Answer, DeviceStatus, Definition, StaffOrder,
// Notice, Resumed or Time: all that may ever reach the core.
//
//sumtype:decl
type Input interface{ input() }

// Evidence is one report of one device, or the word that some were lost.
type Evidence struct {
	// Device is the address of the device that the host opened; a plugin
	// can't choose it.
	Device string `json:"device"`
	observe.Serial
	// Offset estimates the device's clock minus the host's.
	Offset time.Duration `json:"offset,omitempty"`
	// Observed is what was reported; nil where Gap is set.
	Observed observe.Evidence `json:"-"`
	// Gap says that reports were lost.
	Gap *Gap `json:"gap,omitempty"`
}

// Span is the interval of the evidence on the host's clock.
func (e Evidence) Span() observe.Interval {
	if e.Observed == nil {
		return observe.Interval{}
	}
	return e.Observed.Span().Shift(-e.Offset)
}

// Ref names the evidence for a list of reasons.
func (e Evidence) Ref() Ref { return Ref{Device: e.Device, Serial: e.Serial} }

// Ref names one report of one device. It finds the record in the journal.
type Ref struct {
	Device string `json:"device"`
	observe.Serial
}

// String writes the reference as device@epoch:seq.
func (r Ref) String() string {
	return r.Device + "@" + strconv.FormatUint(r.Epoch, 10) + ":" + strconv.FormatUint(r.Seq, 10)
}

// Gap states reports that never arrived, up to and with the sequence number of
// the evidence that carries it.
type Gap struct {
	Lost   uint64        `json:"lost"`
	Before *measure.Mass `json:"before,omitempty"`
	After  *measure.Mass `json:"after,omitempty"`
	// Span is when they were made, on the host's clock; zero where that is not
	// known. Cause says why they are lost.
	Span  observe.Interval `json:"span,omitzero"`
	Cause string           `json:"cause,omitempty"`
}

// DeviceStatus is a change of a device's state, as the supervisor sees it.
type DeviceStatus struct {
	Device string      `json:"device"`
	Epoch  uint64      `json:"epoch"`
	State  DeviceState `json:"state"`
	Cause  string      `json:"cause,omitempty"`
	// Power is empty where the device's plugin says nothing of it.
	Power PowerState `json:"power,omitempty"`
}

// PowerState is a device's power (UnifiedPOS 1.16, "Device Power Reporting
// Model").
type PowerState string

// The states of power.
const (
	PowerUnknown    PowerState = "unknown"     // PS_UNKNOWN
	PowerOnline     PowerState = "online"      // PS_ONLINE
	PowerOff        PowerState = "off"         // PS_OFF
	PowerOffline    PowerState = "offline"     // PS_OFFLINE
	PowerOffOffline PowerState = "off_offline" // PS_OFF_OFFLINE
)

// DeviceState is the state of a device (UnifiedPOS 1.16, "Device States", with
// the stages of a claim).
type DeviceState string

// The states.
const (
	StateUnconfigured DeviceState = "unconfigured"
	StateClaiming     DeviceState = "claiming"
	StateReady        DeviceState = "ready"
	StateDegraded     DeviceState = "degraded"
	StateOffline      DeviceState = "offline"
	StateFailed       DeviceState = "failed"
	StateQuarantined  DeviceState = "quarantined"
	StateClosing      DeviceState = "closing"
)

// Serving reports whether a device in this state does its work.
func (s DeviceState) Serving() bool { return s == StateReady || s == StateDegraded }

// Definition is a store definition that was adopted. Salt is minted once a
// journal and makes receipts' names unguessable.
type Definition struct {
	Store  storedef.Store `json:"store"`
	Salt   string         `json:"salt"`
	Digest string         `json:"digest"`
}

// StaffOrder is what a member of staff decided.
type StaffOrder struct {
	// ID tells orders apart: the same one again is the same order. Empty for an
	// order that may be repeated.
	ID      string `json:"id,omitempty"`
	Actor   string `json:"actor"`
	Reason  string `json:"reason"`
	Session string `json:"session"`
	Order   Order  `json:"order"`
	// Lines are those of the receipt that it is about; empty for all.
	Lines []LineRef `json:"lines,omitempty"`
	// Amount is what to refund where no lines say it.
	Amount *money.Amount `json:"amount,omitempty"`
	// Dispute is the one to decide, and Granted how.
	Dispute string `json:"dispute,omitempty"`
	Granted bool   `json:"granted,omitempty"`
	// Movement is the key of the movement of which staff say what became of it, and
	// Happened what; Reference is the processor's name for it where they know it.
	Movement  string `json:"movement,omitempty"`
	Happened  bool   `json:"happened,omitempty"`
	Reference string `json:"reference,omitempty"`
	// Alarm is the one that is acknowledged: see Alarmed.ID.
	Alarm string `json:"alarm,omitempty"`
	// Day and Until are the day to close: see DayClosed.
	Day   string     `json:"day,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Sale is what was set aside of the session's sale; nil where it was not.
	Sale *Sale `json:"sale,omitempty"`
	// Reader, Account and Consent are an enrolment's: where, for what, and what was
	// signed. Account alone, or Pairing, is what to forget.
	Reader  string   `json:"reader,omitempty"`
	Account *Account `json:"account,omitempty"`
	Consent string   `json:"consent,omitempty"`
	Pairing string   `json:"pairing,omitempty"`
}

// Sale is what the core set aside of a sale that was over. It comes back with the
// input that is about it, for what is not in the state must be in the journal.
type Sale struct {
	Session string `json:"session"`
	// Moves is how many addresses of processors had changed by then.
	Moves int `json:"moves,omitempty"`
	// Payment is as the core wrote it.
	Payment json.RawMessage `json:"payment"`
}

// Order is a kind of staff order.
type Order string

// The orders.
const (
	// OrderEnd ends a visit whose shopper is known to have left.
	OrderEnd Order = "end_session"
	// OrderDropPending decides pending lines for the shopper now: those named,
	// or all.
	OrderDropPending Order = "drop_pending"
	// OrderChargePending charges pending lines: those named.
	OrderChargePending Order = "charge_pending"
	// OrderRelease lets age-restricted lines be sold: the shopper's age was seen.
	OrderRelease Order = "release"
	// OrderRefund gives back lines, or an amount, of what was captured.
	OrderRefund Order = "refund"
	// OrderDispute notes that the shopper does not agree with lines.
	OrderDispute Order = "dispute"
	// OrderDecideDispute grants or refuses a dispute.
	OrderDecideDispute Order = "decide_dispute"
	// OrderWriteOff gives up what a visit owes: its debt is no more.
	OrderWriteOff Order = "write_off"
	// OrderRetryDebt asks for what a visit owes once more, now.
	OrderRetryDebt Order = "retry_debt"
	// OrderResolve says what became of a movement that look-ups could not settle.
	OrderResolve Order = "resolve"
	// OrderAcknowledge says that somebody saw an alarm, and what they did.
	OrderAcknowledge Order = "acknowledge"
	// OrderCloseDay closes a day of the store.
	OrderCloseDay Order = "close_day"
	// OrderEnrol pairs the instrument that a reader recognises next with an account,
	// and OrderCancelEnrolment ends that before somebody came.
	OrderEnrol           Order = "enrol"
	OrderCancelEnrolment Order = "cancel_enrolment"
	// OrderForget has a pairing, or all of an account, forgotten.
	OrderForget Order = "forget"
)

// Notice is word from a processor that nobody asked for: a webhook. It may come
// late, twice, or in another order than what it speaks of.
type Notice struct {
	Device string `json:"device"`
	// ID is the processor's name for the notice: the same one again is a repeat.
	ID string `json:"id"`
	// Reference is the processor's name for what moved; Key the movement's own,
	// where the processor hands it back.
	Reference string     `json:"reference"`
	Key       string     `json:"key,omitempty"`
	Kind      NoticeKind `json:"kind"`
	// Amount is what it says moved; nil where it doesn't say.
	Amount *money.Amount `json:"amount,omitempty"`
	// Message is why, in its words.
	Message string `json:"message,omitempty"`
	// At is when the processor says that it happened, by its own clock.
	At *time.Time `json:"at,omitempty"`
	// Sale is what was set aside of the sale that it speaks of; nil where it was
	// not.
	Sale *Sale `json:"sale,omitempty"`
}

// NoticeKind is what a notice speaks of.
type NoticeKind string

// The kinds.
const (
	NoticeCaptured      NoticeKind = "captured"
	NoticeCaptureFailed NoticeKind = "capture_failed"
	NoticeVoided        NoticeKind = "voided"
	NoticeHoldExpired   NoticeKind = "hold_expired"
	NoticeRefunded      NoticeKind = "refunded"
	NoticeRefundFailed  NoticeKind = "refund_failed"
	NoticeChargeback    NoticeKind = "chargeback"
)

// Resumed says that a host goes on with the journal of one that stopped. Its
// time is that of the last record before: what plugins had yet to report then
// is lost, and nobody watched from then until Until.
type Resumed struct {
	Until time.Time `json:"until"`
}

// Time says only that time has passed.
type Time struct{}

func (Evidence) input()     {}
func (Answer) input()       {}
func (DeviceStatus) input() {}
func (Definition) input()   {}
func (StaffOrder) input()   {}
func (Notice) input()       {}
func (Resumed) input()      {}
func (Time) input()         {}
