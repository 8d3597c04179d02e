package signal

import (
	"math"
	"slices"
	"time"
)

// maxWindow is the most bins that a window can hold: BayOptions.Hold may be at
// most this many times BayOptions.Bin. It bounds the memory of a bay.
const maxWindow = 64

// minWindow is the fewest bins of a window: with the highest and the lowest
// left out, two must remain to tell whether the load stands still.
const minWindow = 4

// A bin is the mean and spread of the samples of one BayOptions.Bin.
type bin struct {
	start time.Time
	n     int
	mean  float64
	m2    float64 // sum of squared distances from the mean (Welford)
}

func (b *bin) add(x float64) {
	b.n++
	d := x - b.mean
	b.mean += d / float64(b.n)
	b.m2 += d * (x - b.mean)
}

// spread is the standard deviation of the samples within the bin: ringing and
// noise, and not the slow movement from bin to bin.
func (b *bin) spread() float64 {
	if b.n < 2 {
		return 0
	}
	return math.Sqrt(b.m2 / float64(b.n-1))
}

// A window is a queue of the newest bins, of bounded size.
type window struct {
	bins [maxWindow]bin
	n    int
}

func (w *window) clear() { w.n = 0 }

// push adds a bin and drops the oldest beyond size.
func (w *window) push(b bin, size int) {
	if w.n >= size {
		copy(w.bins[:], w.bins[w.n-size+1:w.n])
		w.n = size - 1
	}
	w.bins[w.n] = b
	w.n++
}

// shift takes the oldest bin.
func (w *window) shift() bin {
	b := w.bins[0]
	copy(w.bins[:], w.bins[1:w.n])
	w.n--
	return b
}

// A summary is what a full window says of the load.
type summary struct {
	start  time.Time
	level  float64 // trimmed mean of the bins
	spread float64 // standard deviation of the bins
	noise  float64 // standard error that one bin's ringing gives its mean
	dev    float64 // standard error of level, on the safe side: what changes are judged by
	err    float64 // standard error of level as it is: what is stated
}

// summarise trims the highest and the lowest bin and averages the rest. A
// trimmed bin is one that the hand was still in, or a glitch of the converter.
func (w *window) summarise(opt *BayOptions) summary {
	var means, noises [maxWindow]float64
	for i := range w.n {
		means[i] = w.bins[i].mean
		noises[i] = ringError(&w.bins[i])
	}
	m, e := means[:w.n], noises[:w.n]
	slices.Sort(m)
	slices.Sort(e)
	kept := m[1 : len(m)-1]
	s := summary{start: w.bins[0].start}
	for _, x := range kept {
		s.level += x
	}
	s.level /= float64(len(kept))
	s.noise = math.Hypot(opt.Wander, e[len(e)/2])
	var ss float64
	for _, x := range kept {
		ss += (x - s.level) * (x - s.level)
	}
	n := float64(len(kept))
	s.spread = math.Sqrt(ss / (n - 1))
	scatter := math.Sqrt(ss / (n * (n - 1)))
	s.dev = max(opt.Wander, scatter, s.noise/math.Sqrt(n))
	s.err = max(opt.Wander, scatter/trimmed, s.noise/math.Sqrt(n)*ringsOut)
	return s
}

const (
	// trimmed is the share of a normal deviation that is left in the middle
	// five of seven values.
	trimmed = 0.6
	// ringsOut is the share of a white noise's error that ringing of the same
	// spread has over a whole window: measured, 0.43 to 0.46 of it.
	ringsOut = 0.5
)

// ringError is the standard error of a bin's mean as an estimate of the load,
// from the spread of its samples: for white noise the spread over the square
// root of their number; for a ring that is sampled ever faster it stays at
// what the part of a cycle that the bin cuts off leaves, ringShare.
func ringError(b *bin) float64 {
	return b.spread() * max(ringShare, 1/math.Sqrt(float64(b.n)))
}

// A baseline is the level that the bay stands at, and how well it is known.
type baseline struct {
	level float64
	dev   float64 // standard error of level, on the safe side
	set   float64 // dev when the level was set
	err   float64 // standard error of level as it is
	began float64 // err when the level was set
	first int     // bins that the level was set from
	bins  int     // bins in it, at most the memory
}

// absorb averages one more steady bin into the level: an equal mean at first,
// and an exponential one once memory bins are in it.
func (b *baseline) absorb(mean float64, memory int, wander float64) {
	b.bins = min(b.bins+1, memory)
	b.level += (mean - b.level) / float64(b.bins)
	share := math.Sqrt(float64(b.first) / float64(b.bins))
	b.dev, b.err = max(wander, b.set*share), max(wander, b.began*share)
}
