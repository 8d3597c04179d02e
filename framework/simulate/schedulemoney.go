package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
)

// failCapture has the processor take a capture back.
func (w *world) failCapture() bool {
	r := w.faults.dice[FY8]
	e, ok := w.someCapture(r)
	if !ok || !w.processor.FailCapture(w.trueNano(), e.Reference) {
		return false
	}
	w.tookFor(FY8, e.Session)
	w.byBank(e)
	return true
}

// chargeBack has a cardholder's bank take the money back.
func (w *world) chargeBack() bool {
	e, ok := w.someCapture(w.faults.dice[FY11])
	if !ok || !w.processor.ChargeBack(w.trueNano(), e.Reference) {
		return false
	}
	w.tookFor(FY11, e.Session)
	w.byBank(e)
	return true
}

// byBank notes that a session's money was moved without being asked, and sees
// to it that the processor says so: who has no notices learns of it by report.
func (w *world) byBank(e processor.Entry) { w.moved[e.Session] = true }

func (w *world) someCapture(r *rand.Rand) (processor.Entry, bool) {
	if !w.processor.Caps.Notices {
		w.processor.Caps.Notices = true
	}
	var some []processor.Entry
	for _, e := range w.processor.Ledger {
		if e.Op == processor.Capture && !w.moved[e.Session] {
			some = append(some, e)
		}
	}
	if len(some) == 0 {
		return processor.Entry{}, false
	}
	return some[r.IntN(len(some))], true
}

func (w *world) trueNano() int64 { return w.wall(w.tl.now).UnixNano() }

// secondHost starts a host on an older copy of the journal beside the one that
// works: no lease kept it out, and it goes on with what it believes.
func (w *world) secondHost() bool {
	if !w.host.up || w.stale != nil || len(w.host.disk.recs) < 40 || w.host.state.Open() == 0 {
		return false
	}
	r := w.faults.dice[FP11]
	n := len(w.host.disk.recs)
	d := &disk{recs: append([]saved(nil), w.host.disk.recs[:n-r.IntN(min(n/3, 60))]...)}
	h := newHost(w, fmt.Sprint("stale ", w.tl.now), d)
	h.deaf = true
	if err := h.start(w.store, itoa(w.digests)); err != nil || !h.up {
		return false
	}
	w.stale = h
	h.put(processorAddress, event.DeviceStatus{Device: processorAddress, Epoch: h.nextEpoch(), State: event.StateReady})
	w.tl.after(between(r, time.Minute, 15*time.Minute), func() {
		if w.stale == h {
			h.halt()
			w.stale = nil
		}
	})
	return true
}
