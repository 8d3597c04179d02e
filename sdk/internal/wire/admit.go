package wire

// Progress is how far one opening of a device has come.
type Progress struct {
	// Seq is the number of the last report handed over.
	Seq uint64
	// Duplicates counts reports that came again.
	Duplicates uint64

	settled int64 // when the last had settled, in Unix microseconds; only if there was one
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
	for i := range b.sources {
		d.progress[i] = find(b.sources[i].handle, b.sources[i].epoch)
	}
	for i := range b.entries {
		e := &b.entries[i]
		at := d.progress[e.source]
		if at == nil || e.seq != at.Seq+1 || e.kind == kindGap {
			a = d.admitFrom(i)
			break
		}
		at.Seq, at.settled = e.seq, e.onset+e.span
	}
	clear(d.progress[:len(b.sources)])
	return a
}

// admitFrom is Admit from the first row on that is not simply the next.
func (d *Decoder) admitFrom(from int) (a Admitted) {
	b := &d.batch
	out := append(d.admitted[:0], b.entries[:from]...)
	for _, e := range b.entries[from:] {
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
			out = append(out, d.hole(at, e, missing, first))
		}
		at.Seq, at.settled = e.seq, e.onset+e.span
		out = append(out, e)
	}
	b.entries, d.admitted = out, b.entries
	return a
}

// hole is the gap for the numbers missing before a row, which begins with number
// first.
func (d *Decoder) hole(at *Progress, e entry, missing, first uint64) entry {
	until := e.onset + e.span
	since := until
	if at.Seq > 0 {
		since = at.settled
	}
	since, until = min(since, until), max(since, until)
	return entry{seq: first - 1, onset: since, span: until - since, offset: e.offset, source: e.source, kind: kindGap,
		index: d.batch.addGap(Gap{Lost: missing, Cause: causeHole})}
}
