package event

import (
	"strconv"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
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
	Actor   string `json:"actor"`
	Reason  string `json:"reason"`
	Session string `json:"session"`
	Order   Order  `json:"order"`
}

// Order is a kind of staff order.
type Order string

// The orders.
const (
	// OrderEnd ends a visit whose shopper is known to have left.
	OrderEnd Order = "end_session"
	// OrderDropPending decides all pending lines for the shopper now.
	OrderDropPending Order = "drop_pending"
)

// Notice is word from a processor that nobody asked for: a webhook.
type Notice struct {
	Device    string `json:"device"`
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Kind      string `json:"kind"`
}

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
