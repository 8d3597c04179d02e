package wire

import (
	"github.com/openaisle/aisle/sdk/observe"
)

// Progress is how far one opening of a device has come.
type Progress struct {
	// Seq is the number of the last report handed over.
	Seq uint64
	// Duplicates counts reports that came again.
	Duplicates uint64

	last observe.Interval
}

// Admitted counts what Admit did not let through as it came.
type Admitted struct{ Duplicates, Foreign, Holes uint64 }

// causeHole is the cause of a gap that the plugin did not state itself.
const causeHole = "the plugin left numbers out"

// Admit leaves in the batch what is neither of an opening that find does not
// know nor came before, and adds a gap where numbers are missing. It moves the
// openings' progress on.
func (d *Decoder) Admit(find func(handle uint32, epoch uint64) *Progress) (a Admitted) {
	b := &d.batch
	out := d.admitted[:0]
	for i := range b.sources {
		d.progress[i] = find(b.sources[i].handle, b.sources[i].epoch)
	}
	for i := range b.entries {
		e := &b.entries[i]
		at := d.progress[e.source]
		switch {
		case at == nil:
			a.Foreign++
			continue
		case e.seq <= at.Seq:
			a.Duplicates++
			at.Duplicates++
			continue
		}
		first := e.seq
		if e.kind == kindGap {
			g := &b.gaps[e.index]
			first = e.seq - g.Lost + 1
			if first <= at.Seq { // it overlaps what came before
				g.Lost = e.seq - at.Seq
				first = at.Seq + 1
			}
		}
		if missing := first - at.Seq - 1; missing > 0 {
			a.Holes += missing
			hole := entry{seq: first - 1, offset: e.offset, source: e.source, kind: kindGap}
			hole.index = b.addGap(Gap{Lost: missing, Cause: causeHole, Interval: between(at.last, b.span(e))})
			out = append(out, hole)
		}
		at.Seq, at.last = e.seq, b.span(e)
		out = append(out, *e)
	}
	b.entries, d.admitted = out, b.entries
	clear(d.progress[:len(b.sources)])
	return a
}

// between is the time that a hole between two reports may speak of.
func between(before, after observe.Interval) observe.Interval {
	if !before.Valid() {
		before = after
	}
	i := observe.Between(before.Settled, after.Settled)
	if i.Settled.Before(i.Onset) {
		i.Onset, i.Settled = i.Settled, i.Onset
	}
	return i
}
