package server

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// restart forgets what went out: a new stream gets all that is not
// acknowledged, from the start. It gives the number of the stream, and ends what
// older streams may take.
func (s *spool) restart() uint64 {
	s.mu.Lock()
	s.stream++
	number := s.stream
	for _, o := range s.sources {
		o.sentFront, o.sentBlocks, o.sent, o.told = false, 0, 0, false
	}
	s.mu.Unlock()
	s.signal()
	return number
}

// shareBlocks is how many blocks one device may send while others wait.
const shareBlocks = 4

// parcel is what one turn of the sender found: a message in the batch, or blocks,
// or the notices that are due, for devices whose rows have all gone out before.
type parcel struct {
	blocks  []*block
	notices []*source
}

// take fills the batch until it is full or nothing waits, or gives blocks.
// Devices take turns. It takes back the blocks of the turn before, and uses their
// list again. It is false for a stream that a newer one has replaced.
func (s *spool) take(stream uint64, batch *wire.Encoder, before []*block) (p parcel, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.blocks = s.done(before)
	if stream != s.stream {
		s.signal() // the token may have been meant for the newer one
		return p, false
	}
	served := s.gather(batch, &p)
	if served >= 0 {
		s.rotate(served + 1) // the next turn begins with another device
		return p, true
	}
	for _, o := range s.sources {
		if o.notice != nil && !o.told && !o.waits() {
			o.told = true
			p.notices = append(p.notices, o)
		}
	}
	s.idle = len(p.notices) == 0
	return p, true
}

// gather gives the place of the first source that was served; -1 for none.
func (s *spool) gather(batch *wire.Encoder, p *parcel) (served int) {
	served = -1
	for more := true; more && !batch.Full(); {
		more = false
		for i, o := range s.sources {
			if !o.ready() {
				continue
			}
			if batch.Rows() == 0 {
				if p.blocks = o.nextBlocks(p.blocks); len(p.blocks) > 0 {
					return i
				}
			}
			if o.send(batch) {
				more = true
				if served < 0 {
					served = i
				}
			}
		}
	}
	return served
}

// rotate makes source n the first.
func (s *spool) rotate(n int) {
	if n %= len(s.sources); n == 1 {
		first := s.sources[0]
		copy(s.sources, s.sources[1:])
		s.sources[len(s.sources)-1] = first
	} else if n > 1 {
		s.sources = append(s.sources[n:], slices.Clone(s.sources[:n])...)
	}
}

// done says that a stream has read the messages of blocks, and gives their list,
// empty.
func (s *spool) done(list []*block) []*block {
	for _, b := range list {
		b.senders--
	}
	clear(list)
	return list[:0]
}

// finish is done of a stream that ends.
func (s *spool) finish(list []*block) {
	s.mu.Lock()
	s.done(list)
	s.mu.Unlock()
}

// ready says whether rows of an opening may go out: those of the opening before
// go first.
func (o *source) ready() bool {
	if o.older != nil {
		if o.older.waits() {
			return false
		}
		if o.older.empty() { // all acknowledged: no later stream has to wait
			o.older = nil
		}
	}
	return o.waits()
}

// nextBlocks adds the blocks that are next to go out, one of them made of what
// waits where that is much; none where a gap or a few rows are next.
func (o *source) nextBlocks(list []*block) []*block {
	if o.front.Gap != nil && !o.sentFront {
		return list
	}
	if o.sentBlocks == len(o.blocks) {
		o.leaveColumns()
	}
	if o.sentBlocks == len(o.blocks) && o.rows.n-o.sent >= packRows {
		o.pack()
	}
	for len(list) < shareBlocks && o.sentBlocks < len(o.blocks) {
		b := o.blocks[o.sentBlocks]
		o.sentBlocks++
		o.gone = max(o.gone, b.last)
		b.senders++
		list = append(list, b)
	}
	if o.sentBlocks == len(o.blocks) && !o.straight() {
		o.leaveColumns()
	}
	return list
}

// send adds one turn's rows to a batch and says whether there were any.
func (o *source) send(batch *wire.Encoder) bool {
	n := 0
	if o.front.Gap != nil && !o.sentFront {
		batch.Add(o.handle, o.epoch, &o.front)
		o.sentFront = true
		o.gone = max(o.gone, o.front.Seq)
		n++
	}
	if o.sentBlocks < len(o.blocks) || o.straight() {
		return n > 0 // they are messages of their own
	}
	for ; n < share && o.sent < o.rows.n && !batch.Full(); n++ {
		k := o.rows.at(o.sent)
		batch.Add(o.handle, o.epoch, k)
		o.gone = max(o.gone, k.Seq)
		o.sent++
	}
	return n > 0
}

// waits says whether rows have not gone out on the present stream.
func (o *source) waits() bool {
	return o.sent < o.rows.n || o.sentBlocks < len(o.blocks) || o.straight() || o.front.Gap != nil && !o.sentFront
}

// empty says that nothing is kept.
func (o *source) empty() bool { return o.rows.n == 0 && len(o.blocks) == 0 && !o.straight() }

// ack forgets rows of one opening up to a number that has gone out.
func (s *spool) ack(handle uint32, epoch, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.sources, func(o *source) bool { return o.handle == handle && o.epoch == epoch })
	if i < 0 {
		return
	}
	o := s.sources[i]
	seq = min(seq, o.gone)
	if seq <= o.acked {
		return
	}
	o.forget(seq)
	o.acked = seq
	if s.events == 0 {
		s.free = nil
	}
	close(o.acks)
	o.acks = make(chan struct{})
	close(s.room)
	s.room = make(chan struct{})
	s.unlist()
}

// forget lets rows up to a number go.
func (o *source) forget(seq uint64) {
	if len(o.blocks) > 0 {
		o.forgetBlocks(seq)
	}
	n := sort.Search(o.rows.n, func(i int) bool { return o.rows.at(i).Seq > seq })
	bytes := 0
	for i := range n {
		k := o.rows.at(i)
		bytes += k.Size
		if !critical(k) {
			o.loose--
		}
	}
	o.bytes -= bytes
	o.spool.bytes -= bytes
	o.spool.events -= n
	o.rows.drop(n)
	o.sent = max(0, o.sent-n)
	if o.rows.n == 0 {
		if c := len(o.rows.ring); c > keepRows && o.peak < c/keepShare {
			o.rows = queue{}
		}
		o.peak = 0
		return
	}
	if k := o.rows.at(0); k.Gap != nil {
		o.arrived(k, seq)
	}
}

// arrived corrects a gap that took in reports which had arrived all the same.
func (o *source) arrived(k *kept, seq uint64) {
	g := k.Gap
	if n := g.Lost - min(g.Lost, k.Seq-seq); n > 0 {
		g.Lost -= n
		o.counted -= n
	}
}

// unlist drops devices that keep nothing.
func (s *spool) unlist() {
	s.sources = slices.DeleteFunc(s.sources, func(o *source) bool {
		idle := o.empty() && o.notice == nil
		if idle {
			o.listed = false
		}
		return idle
	})
}

// flush waits until all that was reported so far is acknowledged.
func (o *source) flush(ctx context.Context, closed <-chan struct{}) error {
	o.spool.mu.Lock()
	want := o.seq
	for o.acked < want {
		acks := o.acks
		o.spool.mu.Unlock()
		select {
		case <-acks:
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "flush", ctx.Err())
		case <-closed:
			return fault.Wrap(fault.Unavailable, "flush", errors.New("the device was closed"))
		}
		o.spool.mu.Lock()
	}
	o.spool.mu.Unlock()
	return nil
}
