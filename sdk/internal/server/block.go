package server

import (
	"math"
	"unsafe"

	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// block is many rows of one opening, none of them critical and none a gap, as
// the message in which they travel: a flood is kept in a quarter of the room, and
// is put into columns once however often it is sent.
type block struct {
	first, last uint64 // numbers
	span        observe.Interval
	before      measure.Mass
	sums        []measure.Mass // the bays' levels after each row; nil where all are before
	message     []byte
	size        int
	senders     int // streams that read the message just now
}

const (
	// packRows is how many rows that wait are worth a block.
	packRows = 16
	// keptBuffers is how many messages' buffers are kept to be used again while
	// anything is kept.
	keptBuffers = 64
)

// blockBytes is what a block takes beside its message and its sums.
const blockBytes = int(unsafe.Sizeof(block{}) + unsafe.Sizeof(&block{}))

const sumBytes = int(unsafe.Sizeof(measure.Mass(0)))

// Size and Append make a block a message (wire.Appender).
func (b *block) Size() int              { return len(b.message) }
func (b *block) Append(m []byte) []byte { return append(m, b.message...) }

func (b *block) rows() int { return int(b.last - b.first + 1) } //nolint:gosec // at most wire.MaxBatch

// PackingSpool is how many events a spool must be for that blocks are made: in a
// smaller one a block is much, and what is dropped is dropped by the block.
const PackingSpool = dropShare * wire.MaxBatch

func (s *spool) packs() bool { return s.maxEvents >= PackingSpool }

// pack makes blocks of the oldest rows where they are as many as a message may
// have. The lock is held, as for all below.
func (o *source) pack() {
	if !o.spool.packs() {
		return
	}
	if o.sealSent() {
		o.seal(wire.MaxBatch)
	}
}

// sealSent makes blocks of the rows that went out, which stay apart. It is false
// where it can't.
func (o *source) sealSent() bool {
	for o.sent > 0 {
		if !o.seal(o.sent) {
			return false
		}
	}
	return true
}

// seal makes a block of up to so many rows from the oldest on, all of which went
// out or none did. It makes none of fewer that wait than packRows.
func (o *source) seal(most int) bool {
	o.leaveColumns() // they are older
	n, bytes, texts, level := 0, 0, 0, false
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	for ; n < min(most, o.rows.n, wire.MaxBatch); n++ {
		k := o.rows.at(n)
		if critical(k) || k.Gap != nil || texts+n*wire.RowBytes > wire.MaxBatchBytes {
			break
		}
		bytes += k.Size
		texts += k.Size - RowBytes
		onset, settled := k.Stamps()
		from, to = min(from, onset), max(to, settled)
		level = level || k.After != k.Before
	}
	out := n > 0 && o.sent >= n
	if n == 0 || !out && (n < packRows || o.sent > 0) {
		return false
	}
	oldest, newest := o.rows.at(0), o.rows.at(n-1)
	b := &block{first: oldest.Seq, last: newest.Seq, span: wire.Between(from, to), before: oldest.Before}
	if level {
		b.sums = make([]measure.Mass, n)
		for i := range n {
			b.sums[i] = o.rows.at(i).After
		}
	}
	s := o.spool
	s.sealer.Reset()
	early, late := o.rows.oldest(n)
	s.sealer.AddRun(o.handle, o.epoch, early)
	s.sealer.AddRun(o.handle, o.epoch, late)
	b.message = s.sealer.Append(s.buffer(s.sealer.Size()))
	b.size = blockBytes + cap(b.message) + sumBytes*len(b.sums)
	o.rows.drop(n)
	o.loose -= n
	o.blocks = append(o.blocks, b)
	if out {
		o.sent -= n
		o.sentBlocks++
	}
	o.bytes += b.size - bytes
	s.bytes += b.size - bytes
	return true
}

// buffer gives an empty buffer of a size, one used before where it fits.
func (s *spool) buffer(size int) []byte {
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free[n-1] = nil
		s.free = s.free[:n-1]
		if cap(b) >= size && cap(b)-size < size/4 {
			return b
		}
	}
	return make([]byte, 0, size+size/16)
}

// release takes back what a block was kept in, once it is acknowledged or
// dropped and no stream reads it.
func (s *spool) release(b *block) {
	if b.senders > 0 {
		return
	}
	if len(s.free) < keptBuffers {
		s.free = append(s.free, b.message[:0])
	}
	b.message = nil
}

// after is the sum of the bays' levels after row n of a block; -1 is before the
// first.
func (b *block) after(n int) measure.Mass {
	if b.sums == nil || n < 0 {
		return b.before
	}
	return b.sums[n]
}

// lost is the gap that stands for what of a block is not acknowledged.
func (o *source) lost(b *block) *wire.Gap {
	arrived := 0
	if o.acked >= b.first {
		arrived = int(o.acked - b.first + 1) //nolint:gosec // less than the block's rows
	}
	g := &wire.Gap{Interval: b.span, Lost: uint64(b.rows() - arrived), //nolint:gosec // not negative
		Before: b.after(arrived - 1), After: b.after(b.rows() - 1), Cause: causeFull}
	if arrived == 0 {
		return g
	}
	var d wire.Decoder
	if batch, _, err := d.Decode(b.message); err == nil && batch != nil {
		g.Interval = batch.Span(arrived)
		for i := arrived + 1; i < batch.Len(); i++ {
			g.Interval = widen(g.Interval, batch.Span(i))
		}
	}
	return g
}

// dropBlock makes the oldest block a gap before all others, or part of that gap.
func (o *source) dropBlock() {
	b := o.blocks[0]
	g := o.lost(b)
	o.counted += g.Lost
	out := o.sentBlocks > 0
	if out {
		o.sentBlocks--
	}
	s := o.spool
	s.events -= b.rows()
	o.bytes -= b.size
	s.bytes -= b.size
	if front := o.front.Gap; front != nil {
		g.Lost += front.Lost
		g.Before, g.Interval = front.Before, widen(front.Interval, g.Interval)
		o.sentFront = o.sentFront && out
	} else {
		o.sentFront = out
		o.front.Size = RowBytes + gapBytes
		o.bytes += o.front.Size
		s.bytes += o.front.Size
		s.events++
	}
	o.front = kept{Seq: b.last, Before: g.Before, After: g.After, Size: o.front.Size}
	o.front.Lose(g, o.offset)
	o.blocks[0] = nil
	o.blocks = o.blocks[1:]
	s.release(b)
	if len(o.blocks) == 0 {
		o.leaveColumns()
	}
	if len(o.blocks) > 0 {
		return
	}
	*o.rows.unshift() = o.front // a row as any other
	o.loose++
	if o.sentFront {
		o.sent++
	}
	o.front, o.sentFront, o.blocks = kept{}, false, nil
}

// forgetBlocks lets the gap before the blocks and the blocks go that are
// acknowledged up to a number.
func (o *source) forgetBlocks(seq uint64) {
	s := o.spool
	if k := &o.front; k.Gap != nil {
		if k.Seq > seq {
			o.arrived(k, seq)
			return
		}
		o.bytes -= k.Size
		s.bytes -= k.Size
		s.events--
		o.front, o.sentFront = kept{}, false
	}
	n := 0
	for ; n < len(o.blocks) && o.blocks[n].last <= seq; n++ {
		b := o.blocks[n]
		o.bytes -= b.size
		s.bytes -= b.size
		s.events -= b.rows()
		o.blocks[n] = nil
		s.release(b)
	}
	o.sentBlocks = max(0, o.sentBlocks-n)
	if o.blocks = o.blocks[n:]; len(o.blocks) == 0 {
		o.blocks = nil
	}
}
