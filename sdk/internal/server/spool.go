package server

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// The limits of a plugin's spool: what all its devices together may have
// reported and not yet acknowledged. Over them the oldest cart evidence (all but
// credentials) becomes gaps. Credentials are never dropped: they have a reserve
// beyond the limits, and where that is used up too, whoever reports one waits.
const (
	MaxSpoolBytes  = 64 << 20
	MaxSpoolEvents = 1 << 20
	reserveBytes   = 4 << 20
	reserveEvents  = 16 << 10
	// share is how many rows one device may fill of a batch while others wait.
	share = 64
	// keepRows is how large an empty device's buffer may stay that is not used up
	// to a share any more.
	keepRows  = 1024
	keepShare = 8
)

// RowBytes is what one row takes of a spool beside its texts.
const RowBytes = int(unsafe.Sizeof(kept{}))

// causeFull is the cause of a gap that stands for reports over the limits.
const causeFull = "spool full"

// spool keeps what devices reported until it is acknowledged: rows, and where
// they are many, blocks of them. One lock serves all devices: it is held for the
// copy of one row, or while one batch is put together.
type spool struct {
	mu                  sync.Mutex
	sources             []*source // those that keep rows or have a notice, in turn
	bytes, events       int
	maxBytes, maxEvents int
	stream              uint64        // number of the present stream
	wake                chan struct{} // holds one token while there may be something to send
	room                chan struct{} // closed at the next acknowledgement
	idle                bool          // the sender found nothing and waits, or is about to
	sealer              wire.Encoder
	direct              direct
	owner               atomic.Pointer[source] // who has the columns of direct
	free                [][]byte               // buffers of messages, to be used again
}

// source is one opening of one device.
type source struct {
	spool  *spool
	handle uint32
	epoch  uint64
	over   <-chan struct{} // closed when the device must stop

	// All below is guarded by spool.mu.

	// What is kept, in this order: blocks, before which there may be a gap that
	// stands for others that were dropped, and rows.
	front      kept // without a Gap where there is none
	blocks     []*block
	rows       queue
	sentFront  bool // what of each went out on the present stream
	sentBlocks int
	sent       int

	bytes   int // of what is kept
	loose   int // rows that are not critical
	peak    int // most rows since nothing was kept
	listed  bool
	seq     uint64 // of the last row made
	acked   uint64
	gone    uint64 // highest number that ever went out
	counted uint64 // reports that gaps stand for
	offset  time.Duration
	last    observe.Interval // of the last report that could travel
	older   *source          // the opening before; its rows go out first
	levels  map[int]measure.Mass
	sum     measure.Mass
	ended   bool // no more reports
	notice  error
	told    bool // the notice went out on the present stream
	acks    chan struct{}
}

// kept is one row and what it costs.
type kept = wire.Record

// critical says that a row is never dropped.
func critical(k *kept) bool { return k.Kind() == observe.KindCredential }

func newSpool(maxBytes, maxEvents int) *spool {
	return &spool{maxBytes: maxBytes, maxEvents: maxEvents, wake: make(chan struct{}, 1), room: make(chan struct{})}
}

// source makes the source of a new opening. Older is that of the opening before,
// which has ended, or nil. Over is closed when the device must stop.
func (s *spool) source(handle uint32, epoch uint64, older *source, over <-chan struct{}) *source {
	return &source{spool: s, handle: handle, epoch: epoch, older: older, over: over, acks: make(chan struct{})}
}

// next begins a row of the next number, or gives nil where the opening has
// ended. The row is in its place and counts once close is called.
func (o *source) next() *kept {
	if o.ended {
		return nil
	}
	o.seq++
	k := o.rows.push()
	o.peak = max(o.peak, o.rows.n)
	k.Seq = o.seq
	k.Before, k.After = o.sum, o.sum
	return k
}

// close counts a new row in.
func (o *source) close(k *kept) {
	k.Size = RowBytes + k.Texts()
	o.bytes += k.Size
	o.spool.bytes += k.Size
	o.spool.events++
	if !critical(k) {
		o.loose++
	}
	o.list()
}

// level follows the sum of the bays' masses, for gaps to state.
func (o *source) level(bay int, m measure.Mass) {
	if o.levels == nil {
		o.levels = map[int]measure.Mass{}
	}
	was, known := o.levels[bay]
	if known && was == m {
		return
	}
	o.sum += m - was
	o.levels[bay] = m
}

func (o *source) list() {
	if !o.listed {
		o.listed = true
		o.spool.sources = append(o.spool.sources, o)
	}
}

// rouse wakes the sender where it waits. The lock is held.
func (s *spool) rouse() {
	if s.idle {
		s.idle = false
		s.signal()
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
	o.leaveColumns()
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

type counts struct{ reported, acked, lost uint64 }

func (o *source) counts() counts {
	o.spool.mu.Lock()
	defer o.spool.mu.Unlock()
	return counts{o.seq, o.acked, o.counted}
}

func (o *source) setOffset(d time.Duration) {
	o.spool.mu.Lock()
	o.offset = d
	o.spool.mu.Unlock()
}
