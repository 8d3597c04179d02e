package signal

import (
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// A Kind says why a Report was made.
type Kind int

// The kinds of report.
const (
	// Opened is the first settled level after NewBay: there was none before,
	// so it has no Change.
	Opened Kind = iota + 1
	// Changed is a level that differs from the one before: something was
	// taken or put back.
	Changed
	// Restated is the same goods at a level that has crept away from the last
	// one reported. Change is zero: nothing was taken.
	Restated
)

// String returns the kind's name, for logs.
func (k Kind) String() string {
	switch k {
	case Opened:
		return "opened"
	case Changed:
		return "changed"
	case Restated:
		return "restated"
	}
	return "invalid"
}

// A Report is one settled level of a bay.
type Report struct {
	Kind Kind
	// Onset is when the load began to move: the start of the first bin that
	// left the old level.
	Onset time.Time
	// Still is when it had stopped moving: the start of the window that Mass
	// is the mean of. Whatever happened, happened within [Onset, Still].
	Still time.Time
	// Settled is when that was decided: the time of the sample that was fed
	// when the report came out.
	Settled time.Time
	// Mass is the absolute settled level.
	Mass measure.Mass
	// Before is the level that the bay stood at just before Onset, creep
	// included. It differs from the last reported Mass by less than
	// BayOptions.Restate.
	Before measure.Mass
	// Change is Mass less Before for Changed, exactly; negative for a take.
	// It is zero for the other kinds.
	Change measure.Mass
	// Deviation is the standard uncertainty of Change, and of the difference
	// between Mass and the last reported Mass, whichever is greater
	// (ISO/IEC Guide 98-3, 2.3.1). It covers noise, ringing, and wander of the
	// level; not the gain of the cell.
	Deviation measure.Mass
}

// A State says what a bay is doing.
type State int

// The states of a bay.
const (
	// Starting: no settled level is known yet.
	Starting State = iota + 1
	// Steady: the load stands at the known level.
	Steady
	// Disturbed: the load moves, or something touches it.
	Disturbed
	// Faulted: the samples say nothing about the load. Fault says why.
	Faulted
)

// A Fault is why samples can't be used.
type Fault int

// The faults of a bay. Each ends by itself when good samples return.
const (
	NoFault Fault = iota
	// Invalid: for BayOptions.Gap no sample was a number.
	Invalid
	// Saturated: for BayOptions.Gap no sample was within [Floor, Ceiling].
	Saturated
	// Stuck: the samples have not moved by one digit for BayOptions.Stuck. A
	// live cell's noise always does.
	Stuck
)

// String returns the fault's name, for logs and health messages.
func (f Fault) String() string {
	switch f {
	case NoFault:
		return "none"
	case Invalid:
		return "invalid"
	case Saturated:
		return "saturated"
	case Stuck:
		return "stuck"
	}
	return "unnamed"
}

// Counts says what became of the samples since NewBay.
type Counts struct {
	Samples    int64 // fed
	Invalid    int64 // NaN or infinite: ignored
	Backwards  int64 // not later than the one before: ignored
	OutOfRange int64 // outside [Floor, Ceiling]: ignored
	StuckRuns  int64 // times that the value froze
	Gaps       int64 // silences longer than BayOptions.Gap
	ClockSteps int64 // times that the device's clock was set back
}
