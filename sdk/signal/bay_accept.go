package signal

import (
	"math"
	"time"
)

// accept reports whether the sample may be used, and keeps the faults.
func (b *Bay) accept(at time.Time, grams float64) bool {
	if b.lastAt.IsZero() {
		b.lastAt = at.Add(-1)
	}
	if !at.After(b.lastAt) && !b.steppedBack(at) {
		b.counts.Backwards++
		return false
	}
	if math.IsNaN(grams) || math.IsInf(grams, 0) {
		b.counts.Invalid++
		b.fail(Invalid, at)
		return false
	}
	if grams < b.opt.Floor || grams > b.opt.Ceiling {
		b.counts.OutOfRange++
		b.fail(Saturated, at)
		return false
	}
	b.backFrom, b.backTo = time.Time{}, time.Time{}
	if at.Sub(b.lastAt) > b.opt.Gap {
		b.counts.Gaps++
		b.restart(b.lastAt)
		b.runStart = at
	}
	if grams != b.lastValue || b.runStart.IsZero() {
		b.runStart = at
	}
	b.lastAt, b.lastValue = at, grams
	if b.opt.Stuck > 0 && at.Sub(b.runStart) >= b.opt.Stuck {
		if b.fault != Stuck {
			b.counts.StuckRuns++
			b.restart(b.runStart)
		}
		b.fault = Stuck
		return false
	}
	b.fault = NoFault
	return true
}

// fail declares a fault once no good sample has come for BayOptions.Gap: a
// single bad one is a glitch of the wire.
func (b *Bay) fail(f Fault, at time.Time) {
	if at.Sub(b.lastAt) > b.opt.Gap {
		b.fault = f
	}
}

// steppedBack reports whether the device's clock was set back: samples are in
// order among themselves for BayOptions.Gap, but behind the last one. The
// filter then goes on by the new clock, or a step of the clock would silence
// the bay for as long as the step.
func (b *Bay) steppedBack(at time.Time) bool {
	if b.backFrom.IsZero() || !at.After(b.backTo) {
		b.backFrom = at
	}
	b.backTo = at
	if at.Sub(b.backFrom) <= b.opt.Gap {
		return false
	}
	b.counts.ClockSteps++
	b.lastAt = b.backTo.Add(-1)
	b.restart(b.backFrom)
	b.runStart = at
	return true
}

// restart forgets the window, whose bins no longer adjoin, and keeps the
// baseline: what was taken meanwhile shows when samples return, as a change
// that began at onset.
func (b *Bay) restart(onset time.Time) {
	if b.known && (!b.disturbed || onset.Before(b.onset)) {
		b.disturbed, b.onset = true, onset
	}
	b.calm = 0
	b.bin = bin{}
	b.window.clear()
	b.pending.clear()
}
