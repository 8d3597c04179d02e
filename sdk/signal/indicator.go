package signal

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// A Reading is what a weighing indicator says of its load at a time.
type Reading struct {
	// Grams is what it shows; of no meaning where Moving is set and it shows
	// nothing.
	Grams float64
	// Moving says that the load is not in stable equilibrium (OIML R 76-1, T.5.5),
	// as the indicator itself judges it.
	Moving bool
}

// IndicatorOptions are the constants of an Indicator. A zero field means its
// default, nil means all defaults.
type IndicatorOptions struct {
	// Division is the indicator's scale interval d, in grams; 1.
	Division float64
	// Hold is how long the indicator must call the load stable, and show the same
	// within a division; 800 ms. Indicators call equilibrium what stands for 0.3 to
	// 0.5 s, and a hand that rests on goods can: what is longer is the next pick.
	Hold time.Duration
	// MinChange is the least change reported, in grams; five divisions. What an
	// indicator shows of one load differs by one, its zero tracking by half of one a
	// second, and nothing sold weighs so little on a scale so coarse.
	MinChange float64
	// Restate is how far a level may creep from the last reported one before it is
	// reported anew, in grams; half of MinChange.
	Restate float64
	// Gap is the longest silence that a stable run bridges; 2 s.
	Gap time.Duration
}

func (o *IndicatorOptions) withDefaults() IndicatorOptions {
	var r IndicatorOptions
	if o != nil {
		r = *o
	}
	r.Division = cmp.Or(r.Division, 1)
	r.Hold = cmp.Or(r.Hold, 800*time.Millisecond)
	r.MinChange = cmp.Or(r.MinChange, 5*r.Division)
	r.Restate = cmp.Or(r.Restate, r.MinChange/2)
	r.Gap = cmp.Or(r.Gap, 2*time.Second)
	return r
}

func (o *IndicatorOptions) check() error {
	for _, p := range []struct {
		name string
		v    float64
	}{{"Division", o.Division}, {"Hold", float64(o.Hold)}, {"MinChange", o.MinChange}, {"Restate", o.Restate}, {"Gap", float64(o.Gap)}} {
		if !(p.v > 0) || math.IsInf(p.v, 0) {
			return fmt.Errorf("signal: indicator option %s must be a positive number, not %v", p.name, p.v)
		}
	}
	if o.MinChange < 2*o.Division {
		return fmt.Errorf("signal: indicator option MinChange must be two divisions at least, for one load may show as either of two")
	}
	return nil
}

// An Indicator turns what a weighing indicator shows into settled levels. It is
// to a scale that filters by itself what a Bay is to a bare load cell, and like
// it keeps no clock, starts nothing and does not grow. It is not safe for
// concurrent use.
type Indicator struct {
	opt IndicatorOptions

	last  time.Time // of the last reading
	begun time.Time // of the stable run
	run   int       // stable readings in a row
	low   float64   // of the run
	high  float64
	sum   float64

	moved bool
	onset time.Time
	level float64
	known bool
}

// NewIndicator returns a filter with the given options; nil means the defaults.
// The error names an option that is impossible.
func NewIndicator(opt *IndicatorOptions) (*Indicator, error) {
	o := opt.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Indicator{opt: o}, nil
}

// Read takes a reading and returns the report that it completes, if it completes
// one. Readings must come in the order of at; one that does not, or is no
// number, is ignored.
func (i *Indicator) Read(at time.Time, r Reading) (Report, bool) {
	if !at.After(i.last) || !r.Moving && (math.IsNaN(r.Grams) || math.IsInf(r.Grams, 0)) {
		return Report{}, false
	}
	before := i.last
	if at.Sub(i.last) > i.opt.Gap {
		i.run = 0
	}
	i.last = at
	if before.IsZero() {
		before = at
	}
	if r.Moving {
		i.run = 0
		i.leave(before)
		return Report{}, false
	}
	if i.known && math.Abs(r.Grams-i.level) >= i.opt.MinChange {
		i.leave(before)
	}
	i.extend(at, r.Grams)
	if i.run < 2 || at.Sub(i.begun) < i.opt.Hold {
		return Report{}, false
	}
	return i.settle(at)
}

// Level returns the level that was last reported, and false while none is known.
func (i *Indicator) Level() (measure.Mass, bool) { return milligrams(i.level), i.known }

// Forget makes the next settled level the first: after a tare, or a restart of
// the indicator, what it shows says nothing about what was taken.
func (i *Indicator) Forget() { i.known, i.moved, i.run = false, false, 0 }

// leave notes since when the load is another, or on its way to be.
func (i *Indicator) leave(since time.Time) {
	if !i.moved {
		i.moved, i.onset = true, since
	}
}

// extend takes a stable reading into the run, or begins one.
func (i *Indicator) extend(at time.Time, grams float64) {
	low, high := min(i.low, grams), max(i.high, grams)
	if i.run == 0 || high-low > i.opt.Division*1.000001 { // divisions are no binary fractions
		i.begun, i.run, i.low, i.high, i.sum = at, 1, grams, grams, grams
		return
	}
	i.run++
	i.low, i.high, i.sum = low, high, i.sum+grams
}

// settle reports the run's level where there is something to say.
func (i *Indicator) settle(at time.Time) (Report, bool) {
	mean := i.sum / float64(i.run)
	if i.run > restartAfter { // the mean follows a creep, and nothing overflows
		i.begun, i.run, i.low, i.high, i.sum = at, 1, mean, mean, mean
	}
	r := Report{Onset: i.onset, Still: i.begun, Settled: at, Mass: milligrams(mean), Before: milligrams(i.level), Deviation: i.deviation()}
	if !i.moved || r.Onset.After(r.Still) {
		r.Onset = r.Still
	}
	moved := i.moved
	i.moved = false
	change := math.Abs(mean - i.level)
	switch {
	case !i.known:
		r.Kind, r.Before = Opened, r.Mass
	case change >= i.opt.MinChange:
		r.Kind, r.Change = Changed, r.Mass-r.Before
	case change >= i.opt.Restate && (moved || change > i.opt.Division):
		r.Kind = Restated
	default:
		return Report{}, false
	}
	i.level, i.known = mean, true
	return r, true
}

// restartAfter is of how many readings a level is the mean at the most.
const restartAfter = 1000

// deviation is the standard uncertainty of a change: each of two levels is
// rounded to a division (ISO/IEC Guide 98-3, F.2.2.1), and an indicator in
// service may be off by a division between them (OIML R 76-1, 3.5.2).
func (i *Indicator) deviation() measure.Mass {
	rounding := i.opt.Division / math.Sqrt(12)
	return milligrams(math.Sqrt(2*rounding*rounding + i.opt.Division*i.opt.Division/3))
}
