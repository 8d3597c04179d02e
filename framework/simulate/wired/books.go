package wired

import (
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// books hold what devices reported against what the journal has of it: each
// report once, unaltered and in order, or within a gap that says how many are
// missing. What a plugin that crashed had not sent is lost with it, and only the
// end of what it reported may be.
type books struct {
	mu       sync.Mutex
	openings map[string][]*opening
	taken    map[string]map[uint64]*taken // what the journal has, by device and epoch
	order    map[string][]*taken
	violate  func(id, format string, args ...any) // of the world, whose lock is held
	Evidence
	calls int // of the processor's plugin; the world's lock guards it
}

// Evidence counts what became of reports.
type Evidence struct {
	// Reported were made by devices. Journalled came to the journal, Gaps are the
	// records that stand for Lost others. Crashed went with a plugin.
	Reported   int `json:"reported"`
	Journalled int `json:"journalled"`
	Gaps       int `json:"gaps"`
	Lost       int `json:"lost"`
	Crashed    int `json:"crashed"`
}

// opening is what a driver reported from its Run's begin to its end.
type opening struct {
	books   *books
	device  string
	reports []report
	ended   bool
	crashed bool // its plugin ended without a word
	gone    bool // with its plugin, however that ended
}

// report is told apart from all others of its device by its time.
type report struct {
	settled  int64 // Unix microseconds
	critical bool
}

// taken is what the journal has of one opening.
type taken struct {
	epoch uint64
	last  uint64
	rows  []row
}

type row struct {
	seq  uint64
	lost uint64 // of a gap
	report
}

func newBooks() *books {
	return &books{openings: map[string][]*opening{}, taken: map[string]map[uint64]*taken{}, order: map[string][]*taken{}}
}

func reportOf(e observe.Evidence) report {
	_, critical := e.(observe.Credential)
	return report{e.Span().Settled.UnixMicro(), critical}
}

// opens begins an opening of a device.
func (b *books) opens(device string) *opening {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := &opening{books: b, device: device}
	b.openings[device] = append(b.openings[device], o)
	return o
}

func (o *opening) add(e observe.Evidence) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.gone {
		return // nobody hears it
	}
	o.reports = append(o.reports, reportOf(e))
	o.books.Reported++
}

func (o *opening) over() {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	o.ended = true
}

// end is the end of the process that drove a device.
func (b *books) end(device string, asked bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.openings[device] {
		if !o.gone {
			o.gone, o.crashed = true, !asked
		}
	}
}

// journalled is a report or gap that is durable.
func (b *books) journalled(e *event.Evidence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.taken[e.Device][e.Epoch]
	if t == nil {
		t = &taken{epoch: e.Epoch}
		if b.taken[e.Device] == nil {
			b.taken[e.Device] = map[uint64]*taken{}
		}
		b.taken[e.Device][e.Epoch] = t
		b.order[e.Device] = append(b.order[e.Device], t)
	}
	r := row{seq: e.Seq}
	switch {
	case e.Gap != nil:
		r.lost = e.Gap.Lost
		b.Gaps++
		b.Lost += int(e.Gap.Lost) //nolint:gosec // of one run
		if e.Seq-t.last != e.Gap.Lost {
			b.violate("loss", "%s: a gap up to %d says that %d are lost, the last before it was %d", e.Device, e.Seq, e.Gap.Lost, t.last)
		}
	case e.Seq != t.last+1:
		b.violate("loss", "%s: report %d of epoch %d comes after %d", e.Device, e.Seq, e.Epoch, t.last)
	}
	if e.Gap == nil {
		r.report = reportOf(e.Observed)
		b.Journalled++
	}
	t.last = max(t.last, e.Seq)
	t.rows = append(t.rows, r)
}

// judge compares the two sides once nothing is under way any more. Stale is how
// many reports of openings that were over the host counted and did not take, by
// device.
func (b *books) judge(stale map[string]uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for device, all := range b.order {
		open := append([]*opening(nil), b.openings[device]...)
		for _, t := range all {
			o := match(&open, t)
			if o == nil {
				b.violate("loss", "%s: what came under epoch %d is not what the device reported: %d rows up to %d", device, t.epoch, len(t.rows), t.last)
				continue
			}
			b.missing(o, t.last, stale)
		}
		for _, o := range open {
			b.missing(o, 0, stale)
		}
	}
	for device, list := range b.openings {
		if b.order[device] == nil {
			for _, o := range list {
				b.missing(o, 0, stale)
			}
		}
	}
}

// missing judges what of an opening never came, from the report after last on.
func (b *books) missing(o *opening, last uint64, stale map[string]uint64) {
	n := uint64(len(o.reports)) - min(last, uint64(len(o.reports)))
	switch {
	case o.crashed:
		b.Crashed += int(n) //nolint:gosec // of one run
	case n <= stale[o.device]:
		stale[o.device] -= n
	default:
		b.violate("loss", "%s: the last %d of %d reports never came, and nothing says so", o.device, n, len(o.reports))
	}
}

// match takes the opening out of the list whose reports the rows are.
func match(list *[]*opening, t *taken) *opening {
	for i, o := range *list {
		if o.is(t) {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return o
		}
	}
	return nil
}

func (o *opening) is(t *taken) bool {
	if t.last > uint64(len(o.reports)) {
		return false
	}
	for _, r := range t.rows {
		if r.lost == 0 {
			if o.reports[r.seq-1] != r.report {
				return false
			}
			continue
		}
		for _, lost := range o.reports[r.seq-r.lost : r.seq] {
			if lost.critical { // it is never among those that are dropped
				return false
			}
		}
	}
	return true
}

// late is by how much a call may outlast its deadline.
const late = 100 * time.Millisecond
