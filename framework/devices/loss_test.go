package devices

import (
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// With -long the tests of this package that have a short form take their time.
var long = flag.Bool("long", false, "stall the journal for 10 s and break plugins 1,000 times")

// raceDetector is set where it takes more memory than a plugin may have.
var raceDetector bool

// account is a journal that stalls and then counts what reaches it.
type account struct {
	mu        sync.Mutex
	delivered uint64
	lost      uint64
	gaps      int
	last      event.Evidence
	wrong     string
	all       uint64
	done      chan struct{} // closed when all are accounted for
}

func (a *account) take(batch []event.Evidence) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range batch {
		first := e.Seq
		if e.Gap != nil {
			a.gaps++
			a.lost += e.Gap.Lost
			first -= e.Gap.Lost - 1
		} else {
			a.delivered++
			if m := e.Observed.(observe.Weight).Mass; uint64(m) != e.Seq {
				a.wrong = fmt.Sprintf("report %d says it is %d", e.Seq, m)
			}
		}
		if first != a.last.Seq+1 || a.last.Epoch != 0 && e.Epoch != a.last.Epoch {
			a.wrong = fmt.Sprintf("%d of epoch %d after %d of %d", first, e.Epoch, a.last.Seq, a.last.Epoch)
		}
		a.last = e
	}
	if a.delivered+a.lost == a.all {
		close(a.done)
	}
}

// stalled runs a shelf that reports while the journal takes nothing, until the
// plugin has reported all, and gives the account of it.
func stalled(t *testing.T, reports, every int) (*account, View) {
	t.Helper()
	a := &account{all: uint64(reports), done: make(chan struct{})}
	j := newJournal()
	j.blockers, j.taken = make(chan struct{}), a.take
	def := shelfDef()
	def.Config = fmt.Appendf(nil, `{"burst":%d,"every":%d}`, reports, every)
	r := start(t, j, testSpec(), nil, def)
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-j.blocked
	limit := time.After(2 * time.Minute)
	for r.Status()[0].Queue < uint64(reports) { // the plugin says at its health how far it is
		select {
		case <-limit:
			t.Fatalf("never reported: %+v", r.Status()[0])
		case <-time.After(10 * time.Millisecond):
		}
	}
	if st := r.Status()[0]; st.State != event.StateReady || r.sup.Status()[0].Restarts != 0 {
		t.Errorf("in the stall: %+v", st)
	}
	close(j.blockers)
	select {
	case <-a.done:
	case <-limit:
		t.Fatalf("%d delivered and %d lost of %d", a.delivered, a.lost, reports)
	}
	for r.Status()[0].Queue > 0 {
		select {
		case <-limit:
			t.Fatalf("still queued: %+v", r.Status()[0])
		case <-time.After(time.Millisecond):
		}
	}
	if a.wrong != "" {
		t.Error(a.wrong)
	}
	return a, r.Status()[0]
}

// A journal that stands still loses nothing: the plugin keeps what it reported.
func TestJournalStalled(t *testing.T) {
	reports := 1500
	if *long {
		reports = 10_000
	}
	a, v := stalled(t, reports, 1000) // 1,000 a second
	if a.lost != 0 || a.gaps != 0 || v.Lost != 0 || v.Gaps != 0 || v.Duplicates != 0 || v.Stale != 0 || v.Refused != 0 {
		t.Errorf("lost %d in %d gaps: %+v", a.lost, a.gaps, v)
	}
	if v.Reports != uint64(reports) || v.In != uint64(reports) || v.LastEvidence.IsZero() {
		t.Errorf("counted %+v", v)
	}
}

// Of what no longer fits the plugin's spool the gaps tell exactly.
func TestJournalStalledBeyondSpool(t *testing.T) {
	if raceDetector {
		t.Skip("a spool that is full, with the race detector, is over a plugin's memory limit")
	}
	const reports = 1_200_000 // more than the spool may hold
	a, v := stalled(t, reports, 0)
	if a.lost == 0 || a.delivered+a.lost != reports {
		t.Errorf("%d delivered and %d lost of %d", a.delivered, a.lost, reports)
	}
	if v.Lost != a.lost || v.Gaps != uint64(a.gaps) || v.Reports != a.delivered || v.In != a.delivered+uint64(a.gaps) {
		t.Errorf("counted %+v; %d lost in %d gaps", v, a.lost, a.gaps)
	}
}
