package signal

import (
	"math"
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
	// Invalid: the last samples were not numbers.
	Invalid
	// Saturated: the last sample was outside [Floor, Ceiling].
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
}

// A Bay turns the raw samples of one load cell, or of several already summed,
// into settled levels. It is not safe for concurrent use. Its memory does not
// grow, and it keeps no clock: sample times are arguments.
type Bay struct {
	opt    BayOptions
	counts Counts
	fault  Fault

	lastAt    time.Time // of the last good sample
	lastValue float64
	runStart  time.Time // since when the value has not moved

	bin     bin // being filled
	window  window
	pending window // steady bins not yet trusted to the baseline

	base      baseline
	disturbed bool
	onset     time.Time
	calm      int     // bins back at the baseline in a row
	reported  float64 // last reported level, grams
	known     bool    // a level has been reported
}

// NewBay returns a filter with the given options; nil means the defaults. It
// panics when an option is impossible, for that is the driver's own mistake:
// see BayOptions.Check.
func NewBay(opt *BayOptions) *Bay {
	o := opt.withDefaults()
	if err := o.Check(); err != nil {
		panic(err)
	}
	return &Bay{opt: o}
}

// Sample takes one sample of the load, in grams, and returns the report that
// it completes, if it completes one. Samples must come in the order of at; one
// that does not is counted and ignored, as are values that are no number.
func (b *Bay) Sample(at time.Time, grams float64) (Report, bool) {
	b.counts.Samples++
	if !b.accept(at, grams) {
		return Report{}, false
	}
	var rep Report
	var ok bool
	if b.bin.n > 0 && at.Sub(b.bin.start) >= b.opt.Bin {
		rep, ok = b.closeBin(at)
	}
	if b.bin.n == 0 {
		b.bin.start = at
	}
	b.bin.add(grams)
	return rep, ok
}

// State says what the bay is doing.
func (b *Bay) State() State {
	switch {
	case b.fault != NoFault:
		return Faulted
	case !b.known:
		return Starting
	case b.disturbed:
		return Disturbed
	}
	return Steady
}

// Fault says why samples can't be used, or NoFault.
func (b *Bay) Fault() Fault { return b.fault }

// Counts says what became of the samples.
func (b *Bay) Counts() Counts { return b.counts }

// Level returns the level that the bay last stood at, creep included, and
// false while none is known. A driver that opens a stream anew restates it.
func (b *Bay) Level() (measure.Mass, bool) {
	return milligrams(b.base.level), b.known
}

// accept reports whether the sample may be used, and keeps the faults.
func (b *Bay) accept(at time.Time, grams float64) bool {
	if !b.lastAt.IsZero() && !at.After(b.lastAt) {
		b.counts.Backwards++
		return false
	}
	if math.IsNaN(grams) || math.IsInf(grams, 0) {
		b.counts.Invalid++
		b.fail(Invalid)
		return false
	}
	if grams < b.opt.Floor || grams > b.opt.Ceiling {
		b.counts.OutOfRange++
		b.fail(Saturated)
		return false
	}
	if !b.lastAt.IsZero() && at.Sub(b.lastAt) > b.opt.Gap {
		b.counts.Gaps++
		b.restart()
		b.runStart = at
	}
	if grams != b.lastValue || b.lastAt.IsZero() {
		b.runStart = at
	}
	b.lastAt, b.lastValue = at, grams
	if b.opt.Stuck > 0 && at.Sub(b.runStart) >= b.opt.Stuck {
		if b.fault != Stuck {
			b.counts.StuckRuns++
		}
		b.fail(Stuck)
		return false
	}
	if b.fault != NoFault {
		b.fault = NoFault
		b.restart()
	}
	return true
}

// fail notes why nothing can be said now. The baseline stays: what was taken
// meanwhile shows when samples return.
func (b *Bay) fail(f Fault) {
	b.fault = f
}

// restart forgets the window, whose bins no longer adjoin, and keeps the
// baseline.
func (b *Bay) restart() {
	if b.known && !b.disturbed {
		b.disturbed, b.onset = true, b.lastAt
	}
	b.bin = bin{}
	b.window.clear()
	b.pending.clear()
}

func milligrams(grams float64) measure.Mass {
	return measure.Mass(math.Round(grams * 1000))
}
