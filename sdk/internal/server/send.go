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
		o.sent, o.told = 0, false
	}
	s.mu.Unlock()
	s.signal()
	return number
}

// take adds rows to a batch until it is full or nothing waits. Devices take
// turns. It gives the notices that are due, for devices whose rows have all
// gone out before. It is false for a stream that a newer one has replaced.
func (s *spool) take(stream uint64, batch *wire.Encoder) (notices []*source, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stream != s.stream {
		s.signal() // the token may have been meant for the newer one
		return nil, false
	}
	for more := true; more && !batch.Full(); {
		more = false
		for _, o := range s.sources {
			more = o.send(batch) || more
		}
	}
	if batch.Rows() == 0 {
		for _, o := range s.sources {
			if o.notice != nil && !o.told && !o.waits() {
				o.told = true
				notices = append(notices, o)
			}
		}
	}
	if len(s.sources) > 1 { // the next batch begins with another device
		first := s.sources[0]
		copy(s.sources, s.sources[1:])
		s.sources[len(s.sources)-1] = first
	}
	return notices, true
}

// send adds one turn's rows to a batch and says whether there were any.
func (o *source) send(batch *wire.Encoder) bool {
	if o.older != nil {
		if o.older.waits() {
			return false
		}
		if o.older.rows.n == 0 { // all acknowledged: no later stream has to wait
			o.older = nil
		}
	}
	n := 0
	for ; n < share && o.waits() && !batch.Full(); n++ {
		k := o.rows.at(o.sent)
		batch.Add(o.handle, o.epoch, &k.record)
		o.gone = max(o.gone, k.record.Seq)
		o.sent++
	}
	return n > 0
}

// waits says whether rows have not gone out on the present stream.
func (o *source) waits() bool { return o.sent < o.rows.n }

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
	close(o.acks)
	o.acks = make(chan struct{})
	close(s.room)
	s.room = make(chan struct{})
	s.unlist()
}

// forget lets rows up to a number go.
func (o *source) forget(seq uint64) {
	n := sort.Search(o.rows.n, func(i int) bool { return o.rows.at(i).record.Seq > seq })
	bytes := 0
	for i := range n {
		k := o.rows.at(i)
		bytes += k.size
		if !k.critical() {
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
	// A gap that took in reports which had arrived all the same.
	if k := o.rows.at(0); k.record.Gap != nil {
		g := k.record.Gap
		if arrived := g.Lost - min(g.Lost, k.record.Seq-seq); arrived > 0 {
			g.Lost -= arrived
			o.lost -= arrived
		}
	}
}

// unlist drops devices that keep nothing.
func (s *spool) unlist() {
	s.sources = slices.DeleteFunc(s.sources, func(o *source) bool {
		idle := o.rows.n == 0 && o.notice == nil
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
