package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/measure"
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
	// Ask is the one whose answer it was: what became of it is not known.
	Ask string    `json:"ask,omitempty"`
	At  time.Time `json:"at,omitzero"`
}

// Adopted says that a definition is in force.
type Adopted struct {
	Definition Definition `json:"definition"`
	At         time.Time  `json:"at,omitzero"`
}

// DeviceChanged says that a device is in another state.
type DeviceChanged struct {
	Device string      `json:"device"`
	Epoch  uint64      `json:"epoch"`
	State  DeviceState `json:"state"`
	Cause  string      `json:"cause,omitempty"`
	Power  PowerState  `json:"power,omitempty"`
	// Same says that state and opening are as before, and only their cause or
	// the power is another.
	Same bool      `json:"same,omitempty"`
	At   time.Time `json:"at"`
}

// Lost says that reports of a device never arrived, so that whoever they may
// have spoken of is in doubt.
type Lost struct {
	Device string `json:"device"`
	observe.Serial
	Gap Gap       `json:"gap"`
	At  time.Time `json:"at"`
}

// HostAway says that no host ran from From until Until: no device is known to
// work any more, and what they saw meanwhile is not known.
type HostAway struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Outage says that nobody knows what a device saw between its last journalled
// report and the first of a new opening: the plugin or the host ended, and with
// it the reports that were on their way. How many there were is not known.
type Outage struct {
	Device string `json:"device"`
	// From is the last report that is journalled; its number is zero where the
	// opening made none. To is the first of the new opening, and its number is
	// zero where the device was ready before it reported anything.
	From observe.Serial `json:"from"`
	To   observe.Serial `json:"to"`
	// Since is when the device stopped, and Cause why.
	Since time.Time `json:"since"`
	Cause string    `json:"cause"`
	// Levels are those of a shelf's bays.
	Levels []LevelGap `json:"levels,omitempty"`
	At     time.Time  `json:"at"`
}

// LevelGap is what stood on a bay before an outage and after it. After is nil
// where the shelf did not restate the bay in time.
type LevelGap struct {
	Bay    string        `json:"bay"`
	Before measure.Mass  `json:"before"`
	After  *measure.Mass `json:"after,omitempty"`
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
func (HostAway) fact()      {}
func (Outage) fact()        {}
func (Asked) fact()         {}
func (Answered) fact()      {}
