package server

import (
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// direct is how a flood of tags is kept: one opening at a time has its tags put
// into the columns of its next block as they come, and no row is made of them.
// They are newer than the opening's blocks, and older than its rows. Who has more
// rows waiting than a block is worth gets it, until the sender is as far.
//
// All is guarded by spool.mu but for who asks whether it is worth the lock.
type direct struct {
	rows  wire.TagRows
	first uint64       // number of the first
	sum   measure.Mass // of the bays' levels then: tags change none
}

// directBytes is what a row is counted as until there is a block of it.
const directBytes = wire.RowBytes

// straight says that rows of the opening wait in the columns.
func (o *source) straight() bool { return o.straightRows() > 0 }

func (o *source) straightRows() int {
	if o.spool.owner.Load() != o {
		return 0
	}
	return o.spool.direct.rows.Len()
}

// direct takes a tag where its opening has the columns. It is false for one that
// must go the ordinary way, to be refused or behind other rows.
func (r *reporter) direct(e *observe.Tag) bool {
	o := r.source
	s := o.spool
	if s.owner.Load() != o {
		return false
	}
	s.mu.Lock()
	d := &s.direct
	if s.owner.Load() != o || o.ended || o.rows.n > 0 || !d.rows.Add(e, o.offset) {
		s.mu.Unlock()
		return false
	}
	o.seq++
	if d.rows.Len() == 1 {
		d.first, d.sum = o.seq, o.sum
		o.list()
	}
	o.bytes += directBytes
	s.bytes += directBytes
	s.events++
	if d.rows.Full() {
		o.closeColumns()
	}
	if s.over(0, 0) {
		s.shrink()
	}
	s.rouse()
	s.mu.Unlock()
	return true
}

// takeColumns gives the columns to an opening whose last rows are tags, where there are
// enough of them: these become a block. The lock is held, as for all below.
func (o *source) takeColumns() {
	s := o.spool
	if s.owner.Load() != nil || o.rows.n-o.sent < packRows || !s.packs() {
		return
	}
	if o.sealSent() && o.seal(wire.MaxBatch) && o.rows.n == 0 {
		s.owner.Store(o)
	}
}

// closeColumns makes a block of what is in the columns.
func (o *source) closeColumns() {
	n := o.straightRows()
	if n == 0 {
		return
	}
	s := o.spool
	d := &s.direct
	s.sealer.Reset()
	s.sealer.AddTags(o.handle, o.epoch, d.first, &d.rows)
	onset, settled := d.rows.Span()
	b := &block{first: d.first, last: d.first + uint64(n) - 1, span: wire.Between(onset, settled), before: d.sum} //nolint:gosec // not negative
	b.message = s.sealer.Append(s.buffer(s.sealer.Size()))
	b.size = blockBytes + cap(b.message)
	if o.rows.n == 0 {
		o.last = wire.Between(d.rows.Last())
	}
	d.rows.Reset()
	o.blocks = append(o.blocks, b)
	o.bytes += b.size - n*directBytes
	s.bytes += b.size - n*directBytes
}

// leaveColumns makes a block of what is in the columns, and gives them up.
func (o *source) leaveColumns() {
	if o.spool.owner.Load() == o {
		o.closeColumns()
		o.spool.owner.Store(nil)
	}
}
