package signal

import (
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

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
	backFrom  time.Time // first and last of a run of samples before lastAt
	backTo    time.Time

	bin     bin // being filled
	window  window
	pending window // steady bins not yet trusted to the baseline

	base      baseline
	disturbed bool
	onset     time.Time
	calm      int     // bins back at the baseline in a row
	near      int     // still windows off the baseline by too little, in a row
	reported  float64 // last reported level, grams
	known     bool    // a level has been reported
}

// NewBay returns a filter with the given options; nil means the defaults. The
// error names an option that is impossible.
func NewBay(opt *BayOptions) (*Bay, error) {
	o := opt.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Bay{opt: o}, nil
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
	if b.bin.n >= minBinSamples && at.Sub(b.bin.start) >= b.opt.Bin {
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

func milligrams(grams float64) measure.Mass {
	return measure.Mass(math.Round(grams * 1000))
}
