package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// The limits of a plugin's spool: what all its devices together may have
// reported and not yet acknowledged. What is over becomes a gap.
const (
	MaxSpoolBytes  = 64 << 20
	MaxSpoolEvents = 1 << 20
	// turn is how many rows one device may fill of a batch while others wait.
	turn = 32
	// keepRows is how large an empty device's buffer may stay after a burst.
	keepRows = 4096
)

// causeFull is the cause of a gap that stands for reports over the limits.
const causeFull = "spool full"

// spool keeps what devices reported until it is acknowledged. One lock serves
// all devices: it is held for the copy of one row.
type spool struct {
	mu                  sync.Mutex
	sources             []*source // those that keep rows or have a notice, in turn
	bytes, events       int
	maxBytes, maxEvents int
	stream              uint64        // number of the present stream
	wake                chan struct{} // holds one token while there may be something to send
}

// source is one opening of one device.
type source struct {
	spool  *spool
	handle uint32
	epoch  uint64

	// All below is guarded by spool.mu.

	rows   []kept // rows[head:] are kept; rows[head:head+sent] went out on the present stream
	head   int
	sent   int
	listed bool
	seq    uint64 // of the last row made
	acked  uint64
	gone   uint64 // highest number that ever went out
	lost   uint64
	offset time.Duration
	last   observe.Interval // of the last report that could travel
	older  *source          // the opening before; its rows go out first
	levels map[int]measure.Mass
	sum    measure.Mass
	ended  bool // no more reports
	notice error
	told   bool // the notice went out on the present stream
	acks   chan struct{}
}

// kept is one row and what it costs.
type kept struct {
	row  wire.Row
	size int
	open bool // a gap that may still grow
}

func newSpool(maxBytes, maxEvents int) *spool {
	return &spool{maxBytes: maxBytes, maxEvents: maxEvents, wake: make(chan struct{}, 1)}
}

// source makes the source of a new opening. Older is that of the opening before,
// which has ended, or nil.
func (s *spool) source(handle uint32, epoch uint64, older *source) *source {
	return &source{spool: s, handle: handle, epoch: epoch, older: older, acks: make(chan struct{})}
}

// rowSize is about what one row takes beside its texts.
const rowSize = 256

func sizeOf(e observe.Evidence) int {
	n := rowSize
	switch e := e.(type) {
	case observe.Credential:
		n += len(e.Token)
	case observe.Passage:
		n += len(e.Lane) + len(e.Admission)
	case observe.Tag:
		n += len(e.EPC)
	case observe.Interaction:
		n += len(e.Track) + len(e.At)
		for _, c := range e.Candidates {
			n += len(c.GTIN) + 24
		}
	case observe.Presence:
		n += len(e.Track) + len(e.Zone)
	case observe.Scan:
		n += len(e.GTIN) + len(e.Serial) + len(e.Track)
	case observe.Weight, observe.Door:
	}
	return n
}

// report takes one piece of evidence and returns at once. An error says that
// the evidence can't travel; its number is taken by a gap.
func (o *source) report(e observe.Evidence) error {
	bad := wire.Check(e)
	if i, ok := e.(observe.Interaction); ok {
		i.Candidates = slices.Clone(i.Candidates) // the vendor may use its slice again
		e = i
	}
	s := o.spool
	s.mu.Lock()
	if o.ended {
		s.mu.Unlock()
		return nil
	}
	o.seq++
	if bad == nil {
		o.last = e.Span()
		o.keep(e)
	} else {
		o.lose(o.moment(e), "refused: "+bad.Error())
	}
	s.mu.Unlock()
	s.signal()
	return bad
}

// keep adds a row, or grows the gap where the spool is full.
func (o *source) keep(e observe.Evidence) {
	before := o.sum
	o.level(e)
	size := sizeOf(e)
	if !o.spool.room(size) {
		o.lose(e.Span(), causeFull)
		if g := o.tail().row.Gap; g.Lost == 1 {
			g.Before = before
		}
		return
	}
	o.closeGap()
	o.push(kept{size: size, row: wire.Row{
		Handle: o.handle, Epoch: o.epoch, Seq: o.seq, Offset: o.offset, Evidence: e,
	}})
}

// moment is when evidence that can't travel was about, as far as can be told:
// a gap must have a time.
func (o *source) moment(e observe.Evidence) observe.Interval {
	if e != nil && e.Span().Valid() && wire.CheckInterval(e.Span()) == nil {
		return e.Span()
	}
	if o.last.Valid() {
		return observe.At(o.last.Settled)
	}
	return observe.At(time.Now())
}

// room says whether a row of a size is within the limits.
func (s *spool) room(size int) bool {
	return s.bytes+size <= s.maxBytes && s.events < s.maxEvents
}

// lose puts the present number into a gap at the end of the rows. While the
// spool is full the gap grows and is not sent, so that a host that reads and
// never acknowledges can't make gaps pile up.
func (o *source) lose(span observe.Interval, cause string) {
	o.lost++
	if k := o.tail(); k != nil && k.open {
		g := k.row.Gap
		g.Lost++
		g.After = o.sum
		g.Interval = widen(g.Interval, span)
		k.row.Seq = o.seq
	} else {
		o.push(kept{size: rowSize, open: true, row: wire.Row{
			Handle: o.handle, Epoch: o.epoch, Seq: o.seq, Offset: o.offset,
			Gap: &wire.Gap{Interval: span, Lost: 1, Before: o.sum, After: o.sum, Cause: cause},
		}})
	}
	if o.spool.room(rowSize) {
		o.closeGap()
	}
}

// tail is the last row kept, or nil. Only it can be a gap that still grows.
func (o *source) tail() *kept {
	if o.head == len(o.rows) {
		return nil
	}
	return &o.rows[len(o.rows)-1]
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

func (o *source) closeGap() {
	if k := o.tail(); k != nil {
		k.open = false
	}
}

// level follows the sum of the bays' masses, for gaps to state.
func (o *source) level(e observe.Evidence) {
	w, ok := e.(observe.Weight)
	if !ok || w.Bay < 1 || w.Bay > observe.MaxBay {
		return
	}
	if o.levels == nil {
		o.levels = map[int]measure.Mass{}
	}
	o.sum += w.Mass - o.levels[w.Bay]
	o.levels[w.Bay] = w.Mass
}

func (o *source) push(k kept) {
	if len(o.rows) == cap(o.rows) && o.head > len(o.rows)/2 {
		n := copy(o.rows, o.rows[o.head:])
		clear(o.rows[n:])
		o.rows, o.head = o.rows[:n], 0
	}
	o.rows = append(o.rows, k)
	o.spool.bytes += k.size
	o.spool.events++
	o.list()
}

func (o *source) list() {
	if !o.listed {
		o.listed = true
		o.spool.sources = append(o.spool.sources, o)
	}
}

func (s *spool) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// end says that no more reports come. A notice, where the device was lost, goes
// out after its last row, once on each stream until it is retracted.
func (o *source) end(notice error) {
	s := o.spool
	s.mu.Lock()
	o.ended, o.notice = true, notice
	o.closeGap()
	if notice != nil {
		o.list()
	}
	s.unlist()
	s.mu.Unlock()
	s.signal()
}

// retract takes back the notice: the host has closed or opened the device.
func (o *source) retract() {
	o.spool.mu.Lock()
	o.notice = nil
	o.spool.unlist()
	o.spool.mu.Unlock()
}

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
	for more := true; more && batch.Rows() < wire.MaxBatch; {
		more = false
		for _, o := range s.sources {
			n := o.send(batch, min(turn, wire.MaxBatch-batch.Rows()))
			more = more || n > 0
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

func (o *source) send(batch *wire.Encoder, most int) int {
	if o.older != nil {
		if o.older.waits() {
			return 0
		}
		if o.older.head == len(o.older.rows) { // all acknowledged: no later stream has to wait
			o.older = nil
		}
	}
	n := 0
	for n < most && o.waits() {
		k := &o.rows[o.head+o.sent]
		if k.open {
			break
		}
		batch.Add(k.row)
		o.gone = max(o.gone, k.row.Seq)
		o.sent++
		n++
	}
	return n
}

// waits says whether rows have not gone out on the present stream.
func (o *source) waits() bool { return o.head+o.sent < len(o.rows) }

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
	for o.head < len(o.rows) && o.rows[o.head].row.Seq <= seq {
		s.bytes -= o.rows[o.head].size
		s.events--
		o.rows[o.head] = kept{}
		o.head++
		o.sent = max(0, o.sent-1)
	}
	if o.head == len(o.rows) {
		if o.rows, o.head = o.rows[:0], 0; cap(o.rows) > keepRows {
			o.rows = nil
		}
	}
	o.acked = seq
	close(o.acks)
	o.acks = make(chan struct{})
	if s.room(rowSize) {
		for _, o := range s.sources {
			o.closeGap()
		}
		s.signal()
	}
	s.unlist()
}

// unlist drops devices that keep nothing.
func (s *spool) unlist() {
	s.sources = slices.DeleteFunc(s.sources, func(o *source) bool {
		idle := o.head == len(o.rows) && o.notice == nil
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

type counts struct{ reported, acked, lost uint64 }

func (o *source) counts() counts {
	o.spool.mu.Lock()
	defer o.spool.mu.Unlock()
	return counts{o.seq, o.acked, o.lost}
}

func (o *source) setOffset(d time.Duration) {
	o.spool.mu.Lock()
	o.offset = d
	o.spool.mu.Unlock()
}
