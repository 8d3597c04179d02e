package signal

import (
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// closeBin ends the bin being filled and decides whether a level has settled.
func (b *Bay) closeBin(at time.Time) (Report, bool) {
	done := b.bin
	b.bin = bin{}
	size := b.opt.bins(b.opt.Hold)
	b.window.push(done, size)
	if b.known {
		b.follow(&done)
	}
	if b.window.n < size {
		return Report{}, false
	}
	s := b.window.summarise(&b.opt)
	if s.spread > b.opt.Tolerance*s.noise {
		b.near = 0
		return Report{}, false // still moving
	}
	if !b.known {
		return b.settle(Opened, &s, at), true
	}
	diff := math.Abs(s.level - b.base.level)
	if diff >= b.opt.MinChange && diff >= b.opt.Certainty*math.Hypot(s.dev, b.base.dev) {
		return b.settle(Changed, &s, at), true
	}
	b.adopt(&s, diff)
	if !b.disturbed && math.Abs(b.base.level-b.reported) >= b.opt.Restate {
		return b.restate(at), true
	}
	return Report{}, false
}

// follow decides whether the load left the baseline with this bin or came back
// to it, and lets the baseline follow the creep of a steady load. A bin
// reaches the baseline only after BayOptions.Lag, so that the first touch of a
// hand, which is not yet told from noise, does not pull at it.
func (b *Bay) follow(done *bin) {
	limit := max(b.opt.MinChange/2, b.opt.Departure*math.Hypot(b.opt.Wander, ringError(done)))
	if math.Abs(done.mean-b.base.level) > limit {
		if !b.disturbed {
			b.disturbed, b.onset = true, done.start
		}
		b.calm = 0
		b.pending.clear()
		return
	}
	lag := b.opt.bins(b.opt.Lag)
	if b.disturbed {
		if b.calm++; b.calm >= b.opt.bins(b.opt.Hold) {
			b.disturbed, b.calm = false, 0
		}
		return
	}
	b.pending.push(*done, lag+1)
	if b.pending.n > lag {
		old := b.pending.shift()
		b.base.absorb(old.mean, b.opt.bins(b.opt.Memory), b.opt.Wander)
	}
}

// adopt makes the window's level the baseline without an event once it has
// stood for BayOptions.Memory off the baseline by less than MinChange: a
// coupon left on the shelf, or creep while hands were at it. Without it the
// bay would stay disturbed for ever.
func (b *Bay) adopt(s *summary, diff float64) {
	if !b.disturbed || diff >= b.opt.MinChange {
		b.near = 0
		return
	}
	if b.near++; b.near >= b.opt.bins(b.opt.Memory) {
		b.rebase(s)
	}
}

// rebase makes the window's level the baseline.
func (b *Bay) rebase(s *summary) {
	n := b.window.n
	b.base = baseline{level: s.level, dev: s.dev, set: s.dev, err: s.err, began: s.err, bins: n, first: n}
	b.disturbed, b.calm, b.near = false, 0, 0
	b.pending.clear()
}

// settle makes the window's level the baseline and reports it.
func (b *Bay) settle(kind Kind, s *summary, at time.Time) Report {
	r := Report{Kind: kind, Onset: s.start, Still: s.start, Settled: at, Mass: milligrams(s.level)}
	dev := s.err
	if kind == Changed {
		r.Onset = b.leftAt(s)
		r.Before = milligrams(b.base.level)
		r.Change = r.Mass - r.Before
		dev = math.Hypot(s.err, max(b.base.err, math.Abs(b.base.level-b.reported)))
	} else {
		r.Before = r.Mass
	}
	r.Deviation = deviation(dev)
	b.rebase(s)
	b.known, b.reported = true, s.level
	return r
}

// restate reports the level that an undisturbed load has crept to.
func (b *Bay) restate(at time.Time) Report {
	crept := math.Abs(b.base.level - b.reported)
	b.reported = b.base.level
	m := milligrams(b.base.level)
	return Report{
		Kind: Restated, Onset: at, Still: at, Settled: at,
		Mass: m, Before: m, Deviation: deviation(math.Hypot(b.base.err, crept)),
	}
}

// leftAt is when the load left the old level. A change too small for a single
// bin to leave the baseline began with the first bin nearer the new level.
func (b *Bay) leftAt(s *summary) time.Time {
	if b.disturbed {
		return b.onset
	}
	for i := range b.window.n {
		w := &b.window.bins[i]
		if math.Abs(w.mean-s.level) < math.Abs(w.mean-b.base.level) {
			return w.start
		}
	}
	return s.start
}

// deviation quantises upwards, so that it is never zero.
func deviation(grams float64) measure.Mass {
	return measure.Mass(math.Ceil(grams * 1000))
}
