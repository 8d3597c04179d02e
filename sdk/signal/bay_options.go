package signal

import (
	"cmp"
	"fmt"
	"math"
	"time"
)

// ringShare is the error of a bin's mean that ringing leaves, over the spread
// of the samples, however fast they come. A bin of T seconds cuts off part of
// a cycle; of a ring of frequency f that is at most 1/(pi f T) of the
// amplitude, the root of two times that of the spread: 0.225 at 10 Hz, where
// plates of this size ring loaded, and 0.2 s.
const ringShare = 0.225

// minBinSamples is how many samples a bin waits for where they come slowly:
// of fewer than two there is no spread.
const minBinSamples = 2

// BayOptions are the constants of a Bay. They are times and masses, not
// samples: the filter adapts to the sampling rate, from 10 Hz to several
// kilohertz; below, it is late. A zero field means its default, nil means all defaults. README.md says how far each may move.
type BayOptions struct {
	// Bin is the time over which samples are averaged first; 200 ms. A rack
	// rings at 9 to 14 Hz when it is touched or someone walks by, and below
	// 5 Hz there is nearly nothing. The forces of a vibration that begins and
	// ends at rest add up to nothing, so that the plain mean over two cycles
	// and more is the load, where a median of so skewed a thing is not.
	Bin time.Duration
	// Hold is how long a load must stand still to be settled; 1.4 s. Hands
	// stay on goods for 0.5 to 2 s and are unsteady at 0.3 to 3 Hz, so that a
	// plateau of a hand seldom lasts 1.4 s; the next pick of a quick shopper
	// from one bay is some 2 s away. It is also the latency.
	Hold time.Duration
	// Tolerance is the greatest standard deviation of the bins of a still load
	// (lowest and highest left out), over the error that their ringing gives
	// one bin; 0.75. The middle five of seven normal values have 0.6 of the
	// whole's; of ringing it is half of that, for its mean vanishes faster
	// than that of white noise. A hand's sway is many times more.
	Tolerance float64
	// MinChange is the least change reported, in grams; 10. The level of a
	// standing load wanders by up to 6 g over 1.4 s when people walk by, and
	// the smallest product of the recorded shop weighs 13.3 g. A store with
	// nothing below 30 g does well to say 15.
	MinChange float64
	// Certainty is how many standard uncertainties a change must have; 4. At
	// some 40,000 windows a day, and the uncertainty taken with a margin of
	// two, less would invent, more would only delay in noise.
	Certainty float64
	// Departure is how many standard errors a single bin must be off, and half
	// of MinChange at least, to freeze the baseline and set the onset; 4. It
	// costs nothing when it is wrong: the baseline waits.
	Departure float64
	// Lag is how long a bin waits before it may move the baseline; 600 ms, for
	// a hand begins softly.
	Lag time.Duration
	// Memory is the time constant of the baseline; 10 s. Cells creep 2 g in 12
	// to 15 minutes, which is 0.03 g in that time; longer gains nothing on the
	// noise of Hold, shorter swallows a small change before it is settled.
	Memory time.Duration
	// Wander is the standard uncertainty of any level that no averaging takes
	// away, in grams; 1. Floors tilt when people stand on them.
	Wander float64
	// Restate is how far the baseline may creep from the last reported level
	// before it is reported anew, in grams; 5, half of MinChange, so that
	// creep can't add up to a change in the eyes of one who only sees levels.
	Restate float64
	// Gap is the longest silence that a window bridges, and the shortest that
	// is a fault; 500 ms, three missed packets of a 6 Hz bus.
	Gap time.Duration
	// Stuck is how long a value may repeat to the last digit; 1 s. The cells
	// here move by 1 to 3 g from sample to sample, of 0.24 g digits. Negative
	// for indicators with digits coarser than their noise. It must be less
	// than Hold, or a dying cell's last value would settle.
	Stuck time.Duration
	// Floor and Ceiling, in grams, are what the cell can read; both zero for
	// no limits. Values beyond are saturated.
	Floor, Ceiling float64
}

func (o *BayOptions) withDefaults() BayOptions {
	var r BayOptions
	if o != nil {
		r = *o
	}
	r.Bin = cmp.Or(r.Bin, 200*time.Millisecond)
	r.Hold = cmp.Or(r.Hold, 1400*time.Millisecond)
	r.Tolerance = cmp.Or(r.Tolerance, 0.75)
	r.MinChange = cmp.Or(r.MinChange, 10)
	r.Certainty = cmp.Or(r.Certainty, 4)
	r.Departure = cmp.Or(r.Departure, 4)
	r.Lag = cmp.Or(r.Lag, 600*time.Millisecond)
	r.Memory = cmp.Or(r.Memory, 10*time.Second)
	r.Wander = cmp.Or(r.Wander, 1)
	r.Restate = cmp.Or(r.Restate, 5)
	r.Gap = cmp.Or(r.Gap, 500*time.Millisecond)
	r.Stuck = cmp.Or(r.Stuck, time.Second)
	if r.Floor == 0 && r.Ceiling == 0 {
		r.Floor, r.Ceiling = math.Inf(-1), math.Inf(1)
	}
	return r
}

// check names the first option that is impossible, defaults being filled in.
func (o *BayOptions) check() error {
	for _, p := range []struct {
		name string
		v    float64
	}{
		{"Bin", float64(o.Bin)}, {"Hold", float64(o.Hold)}, {"Tolerance", o.Tolerance}, {"MinChange", o.MinChange},
		{"Certainty", o.Certainty}, {"Departure", o.Departure}, {"Lag", float64(o.Lag)}, {"Memory", float64(o.Memory)},
		{"Wander", o.Wander}, {"Restate", o.Restate}, {"Gap", float64(o.Gap)},
	} {
		if !(p.v > 0) || math.IsInf(p.v, 0) {
			return fmt.Errorf("signal: bay option %s must be a positive number, not %v", p.name, p.v)
		}
	}
	switch n := o.bins(o.Hold); {
	case n < minWindow || n > maxWindow:
		return fmt.Errorf("signal: bay option Hold must be %d to %d times Bin, not %d times", minWindow, maxWindow, n)
	case o.bins(o.Lag) >= maxWindow:
		return fmt.Errorf("signal: bay option Lag must be less than %d times Bin", maxWindow)
	case o.Memory < o.Hold:
		return fmt.Errorf("signal: bay option Memory must be Hold or more")
	case o.Stuck >= o.Hold:
		return fmt.Errorf("signal: bay option Stuck must be less than Hold, or a stuck value settles")
	case !(o.Floor < o.Ceiling):
		return fmt.Errorf("signal: bay option Floor must be less than Ceiling")
	}
	return nil
}

// bins is how many bins d is.
func (o *BayOptions) bins(d time.Duration) int {
	return int(math.Round(float64(d) / float64(o.Bin)))
}
