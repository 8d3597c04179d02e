package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// Fact is something that the core decided or took note of. The set is closed;
// each stage of the core has a file of its own here.
//
//sumtype:decl
type Fact interface{ fact() }

// Noted says that a report was accepted: its device's count has reached this
// number. A report whose number is not greater than the noted one is a repeat.
type Noted struct {
	Device string `json:"device"`
	observe.Serial
	// Print is the observation's fingerprint, where the same one may be
	// reported again under another number; At is when it settled.
	Print string    `json:"print,omitempty"`
	At    time.Time `json:"at"`
}

// Ignored says that an input was set aside, and why.
type Ignored struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Quarantined says that an input made the core panic and was undone.
type Quarantined struct {
	Device string `json:"device,omitempty"`
	Panic  string `json:"panic"`
}

// Adopted says that a definition is in force.
type Adopted struct {
	Definition Definition `json:"definition"`
}

// DeviceChanged says that a device is in another state.
type DeviceChanged struct {
	Device string      `json:"device"`
	Epoch  uint64      `json:"epoch"`
	State  DeviceState `json:"state"`
	Cause  string      `json:"cause,omitempty"`
	Power  PowerState  `json:"power,omitempty"`
	At     time.Time   `json:"at"`
}

// Lost says that reports of a device never arrived, so that whoever they may
// have spoken of is in doubt.
type Lost struct {
	Device string `json:"device"`
	observe.Serial
	Gap Gap       `json:"gap"`
	At  time.Time `json:"at"`
}

// Asked says that the store wants something done.
type Asked struct {
	Ask Ask       `json:"ask"`
	At  time.Time `json:"at"`
}

// Answered says what became of it.
type Answered struct {
	Answer Answer    `json:"answer"`
	At     time.Time `json:"at"`
}

func (Noted) fact()         {}
func (Ignored) fact()       {}
func (Quarantined) fact()   {}
func (Adopted) fact()       {}
func (DeviceChanged) fact() {}
func (Lost) fact()          {}
func (Asked) fact()         {}
func (Answered) fact()      {}
