package server

import (
	"time"

	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// over says whether the spool holds more than its limits and so much on top.
func (s *spool) over(bytes, events int) bool {
	return s.bytes > s.maxBytes+bytes || s.events > s.maxEvents+events
}

// dropShare is the share of a device's rows that is dropped at once.
const dropShare = 64

// shrink makes the oldest cart evidence gaps until the spool is within its
// limits or nothing is left to drop. It takes that of the device that keeps
// most, so that one device's flood costs no other.
func (s *spool) shrink() {
	for s.over(0, 0) {
		var most *source
		for _, o := range s.sources {
			if (most == nil || o.bytes > most.bytes) && (len(o.blocks) > 0 || o.straight() || o.droppable() >= 0) {
				most = o
			}
		}
		if most == nil {
			return
		}
		if len(most.blocks) == 0 {
			most.leaveColumns()
		}
		// Some at once where there are many: the device is not to be found
		// again for each.
		for n := max(1, most.rows.n/dropShare); n > 0 && s.over(0, 0); n-- {
			if len(most.blocks) > 0 {
				most.dropBlock()
				continue
			}
			i := most.droppable()
			if i < 0 {
				break
			}
			most.drop(i)
		}
	}
}

// droppable is the place, counted from head, of the oldest row that can become
// a gap or, being a gap, take in the next; -1 for none.
func (o *source) droppable() int {
	if o.loose == 0 {
		return -1
	}
	for i := range o.rows.n {
		k := o.rows.at(i)
		if critical(k) {
			continue
		}
		if k.Gap == nil || i+1 < o.rows.n && !critical(o.rows.at(i+1)) {
			return i
		}
	}
	return -1
}

// gapBytes is what a gap takes beside its row.
const gapBytes = 96

// drop makes row i from head a gap or, where it is one, lets it take in the
// next.
func (o *source) drop(i int) {
	k := o.rows.at(i)
	if k.Gap == nil {
		seq, span := k.Seq, k.Span()
		*k = kept{Seq: seq, Before: k.Before, After: k.After, Size: k.Size}
		k.Lose(&wire.Gap{Interval: span, Lost: 1, Before: k.Before, After: k.After, Cause: causeFull}, o.offset)
		o.resize(k, RowBytes+gapBytes)
		o.counted++
		return
	}
	next := o.rows.at(i + 1)
	g := k.Gap
	if other := next.Gap; other != nil {
		g.Lost += other.Lost
	} else {
		g.Lost++
		o.counted++
	}
	g.After, g.Cause, g.Interval = next.After, causeFull, widen(g.Interval, next.Span())
	*next = kept{Seq: next.Seq, Before: k.Before, After: next.After, Size: next.Size}
	next.Lose(g, o.offset)
	o.resize(next, k.Size)
	o.resize(k, 0)
	o.spool.events--
	o.loose--
	if o.sent > i { // the gap had gone out: so has the greater one, if the next had too
		o.sent--
	}
	for ; i > 0; i-- { // what is older moves up; mostly nothing
		*o.rows.at(i) = *o.rows.at(i - 1)
	}
	o.rows.drop(1)
}

func (o *source) resize(k *kept, size int) {
	o.bytes += size - k.Size
	o.spool.bytes += size - k.Size
	k.Size = size
}

func widen(a, b observe.Interval) observe.Interval {
	if b.Onset.Before(a.Onset) {
		a.Onset = b.Onset
	}
	if b.Settled.After(a.Settled) {
		a.Settled = b.Settled
	}
	return a
}

// moment is when evidence that can't travel was about, as far as can be told:
// a gap must have a time.
func (o *source) moment(span observe.Interval) observe.Interval {
	if span.Valid() && wire.CheckInterval(span) == nil {
		return span
	}
	if o.last.Valid() {
		return observe.At(o.last.Settled)
	}
	return observe.At(time.Now())
}
