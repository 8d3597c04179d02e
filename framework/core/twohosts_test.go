package core_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

var (
	hostSeeds = flag.Int("hosts", 200, "how many seeds TestTwoHosts runs")
	hostsFrom = flag.Int("hosts.from", 1, "and from which on")
	hostStory = flag.Bool("hosts.story", false, "tell what happens")
)

// TestTwoHosts has hosts go on with old copies of one journal beside the one that works, at the
// processor of the simulator, which loses, repeats, keeps errors, forgets keys and takes captures
// back. It is all about that: a seed is a few visits of one shopper and costs some ten milliseconds,
// and most of them have what of the simulator's whole stores one in thousands has. In the end the
// books of the host that works say what the processor moved.
//
// Notices may be late and come twice, and come in the end: without them nobody can know what another
// host took once this one is done with a visit. Nor are there orders to refund: what two hosts give
// back under a key that was forgotten between is not found.
func TestTwoHosts(t *testing.T) {
	for seed := *hostsFrom; seed < *hostsFrom+*hostSeeds; seed++ {
		w := newStreet(t, uint64(seed))
		w.plan()
		if !w.run(morning.Add(10*24*time.Hour)) || w.works.asks > mostAsks {
			t.Errorf("seed %d: it does not come to rest: %d asks", seed, w.works.asks)
		}
		for _, wrong := range w.check() {
			t.Errorf("seed %d (%+v): %s; see with -hosts.from %[1]d -hosts 1 -hosts.story -v", seed, w.processor.Caps, wrong)
		}
	}
}

// What a seed may take at the most: a hold that can't be released is asked for each hour.
const (
	mostSteps = 30_000
	mostAsks  = 600
)

// street is a shop, its processor, and the hosts of one journal.
type street struct {
	t            *testing.T
	dice         *rand.Rand
	now, calm    time.Time // from calm on nothing goes wrong any more
	queue        []planned
	count, steps int
	processor    *processor.Processor
	store        storedef.Store
	works, stale *copied
	often        int  // how often something goes wrong, in percent of what is usual
	spared       bool // what is asked now: most holds at the entry, or nobody would come in
	byOther      bool // who asks now
	ofOthers     map[string]bool
	taken        int // units off the shelf
}

type planned struct {
	at time.Time
	n  int
	do func()
}

func newStreet(t *testing.T, seed uint64) *street {
	r := rand.New(rand.NewPCG(seed, 77))
	pick := func(d ...time.Duration) int64 { return int64(d[r.IntN(len(d))]) }
	w := &street{t: t, dice: r, now: morning, calm: morning.Add(100 * time.Minute), ofOthers: map[string]bool{}, often: 100 + r.IntN(100)}
	w.processor = processor.New(processor.Caps{
		KeyWindow: int64(10 * time.Minute), SavesErrors: r.IntN(2) == 0, LookupByKey: true, LookupByReference: r.IntN(2) == 0,
		SettlingDelay: pick(0, 0, time.Second, 30*time.Second), HoldLifetime: pick(7*24*time.Hour, 7*24*time.Hour, 50*time.Hour),
		PartialCapture: true, MultipleCapture: r.IntN(2) == 0, Increment: r.IntN(3) == 0, VoidAfterCapture: r.IntN(2) == 0, PartialRefund: true,
		RefundWindow: int64(90 * 24 * time.Hour), OverCapture: []int64{0, 0, 150_000}[r.IntN(3)], Notices: true})
	w.processor.Issue("palm-1", processor.MakeCard("palm-1"))
	w.processor.Noticed = w.notice
	w.processor.Entered = func(e processor.Entry) {
		if w.byOther {
			w.ofOthers[e.Reference] = w.ofOthers[e.Reference] || e.Op == processor.Authorize
			w.ofOthers[e.Session] = w.ofOthers[e.Session] || e.Op == processor.Capture
		}
	}
	w.store = testStore()
	w.rules(r)
	w.works = w.copied("A")
	w.works.step(event.Definition{Store: w.store, Salt: "salt"})
	w.works.ready()
	return w
}

// rules are the store's, and what its processor declares.
func (w *street) rules(r *rand.Rand) {
	s, c := &w.store, w.processor.Caps
	s.Settlement.Hold = money.New([]int64{300, 1000}[r.IntN(2)], "EUR")
	s.Settlement.Retry = [][]time.Duration{nil, {5 * time.Minute}, {time.Minute, time.Hour}}[r.IntN(3)]
	s.Settlement.OverCapture = measure.Probability(r.IntN(2) * 100_000)
	can := storedef.DefaultProcessing()
	can.KeyWindow, can.SavesErrors, can.LookupByKey, can.LookupByReference = time.Duration(c.KeyWindow), c.SavesErrors, c.LookupByKey, c.LookupByReference
	can.SettlingDelay, can.HoldLifetime, can.HoldLifetimes = time.Duration(c.SettlingDelay), time.Duration(c.HoldLifetime), nil
	can.PartialCapture, can.MultipleCapture, can.OverCapture, can.Increment = true, c.MultipleCapture, measure.Probability(c.OverCapture), c.Increment
	can.VoidAfterCapture, can.PartialRefund, can.RefundWindow = c.VoidAfterCapture, true, time.Duration(c.RefundWindow)
	if r.IntN(3) == 0 {
		s.Settlement.Offline = &storedef.Offline{PerSale: money.New(2000, "EUR"), PerCard: money.New(5000, "EUR"), Total: money.New(10_000, "EUR"), For: time.Hour}
	}
	for i := range s.Devices {
		if d := &s.Devices[i]; d.Class == storedef.ClassPayment {
			d.Processing = &can
			if s.Settlement.Offline != nil {
				d.WhenDown = storedef.ReactOffline
			}
		}
	}
}

// plan makes up what happens in an hour and a half.
func (w *street) plan() {
	some := func(n int, from, to time.Duration, do func()) {
		for range n {
			w.after(between(w.dice, from, to), do)
		}
	}
	at := 10 * time.Second
	for n := range 2 + w.dice.IntN(3) {
		w.after(at, func() { w.visit(fmt.Sprint("t", n), w.dice.IntN(5)) })
		at += between(w.dice, time.Minute, 7*time.Minute)
	}
	some(4+w.dice.IntN(4), 15*time.Second, 90*time.Minute, w.secondHost)
	some(w.dice.IntN(3), 15*time.Second, 90*time.Minute, func() {
		down := 2 * time.Second
		if w.dice.IntN(5) == 0 {
			down = between(w.dice, 0, 15*time.Minute)
		}
		w.works.restart(down, []time.Duration{0, 0, -time.Hour, time.Hour, -24 * time.Hour}[w.dice.IntN(5)])
	})
	some(w.dice.IntN(2), 5*time.Second, 90*time.Minute, func() {
		w.works.processorIs(event.StateOffline)
		w.after(between(w.dice, 10*time.Second, 15*time.Minute), func() { w.works.processorIs(event.StateReady) })
	})
	some(w.dice.IntN(2), 30*time.Second, 40*time.Minute, func() {
		if c := w.someCapture(); c != "" {
			w.processor.FailCapture(w.now.UnixNano(), c)
		}
	})
	some(w.dice.IntN(2), 30*time.Second, 40*time.Minute, func() {
		if c := w.someCapture(); c != "" {
			w.processor.ChargeBack(w.now.UnixNano(), c)
		}
	})
	some(w.dice.IntN(3), 40*time.Second, 50*time.Minute, w.order)
}

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}

func (w *street) someCapture() string {
	var all []string
	for _, e := range w.processor.Ledger {
		if e.Op == processor.Capture {
			all = append(all, e.Reference)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return all[w.dice.IntN(len(all))]
}

// order is what staff want of some visit's debt.
func (w *street) order() {
	s := w.works.state.Settlement
	var ids []string
	for id := range s.Sales {
		ids = append(ids, id)
	}
	for id := range s.Payments {
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		slices.Sort(ids)
		order := []event.Order{event.OrderRetryDebt, event.OrderWriteOff}[w.dice.IntN(2)]
		w.works.step(event.StaffOrder{ID: "o1", Actor: "ana", Reason: "asked", Session: ids[w.dice.IntN(len(ids))], Order: order})
	}
}

// secondHost begins with an older copy of the journal, for a while.
func (w *street) secondHost() {
	a := w.works
	if w.stale != nil || !a.up || len(a.before) == 0 {
		return
	}
	b := w.copied("B")
	b.skew, b.last = a.skew, a.last
	if w.dice.IntN(2) == 0 {
		b.skew += a.ahead
	}
	for id, name := range a.teller.names {
		b.teller.names[id] = name
	}
	w.stale = b
	b.begin(a.before[len(a.before)-min(len(a.before), 1+w.dice.IntN(55))], 100+a.epoch)
	if w.dice.IntN(2) == 0 { // it sees somebody leave whom the other may not have seen
		w.after(between(w.dice, 0, 30*time.Second), b.left)
	}
	w.after(between(w.dice, time.Minute, 15*time.Minute), func() {
		b.up, b.life = false, -1
		w.stale = nil
	})
}

func (w *street) after(d time.Duration, do func()) {
	w.count++
	p := planned{w.now.Add(d), w.count, do}
	i, _ := slices.BinarySearchFunc(w.queue, p, func(a, b planned) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.n, b.n)) })
	w.queue = slices.Insert(w.queue, i, p)
}

// run lets time pass, and reports whether all came to rest.
func (w *street) run(end time.Time) bool {
	for w.steps < mostSteps {
		next, who := end, (*copied)(nil)
		for _, h := range []*copied{w.works, w.stale} {
			if h == nil || !h.up {
				continue
			}
			if at, ok := h.state.Wake(); ok {
				at = at.Add(-h.skew - h.ahead)
				if at.Before(w.now) {
					at = w.now
				}
				if at.Before(next) {
					next, who = at, h
				}
			}
		}
		switch {
		case len(w.queue) > 0 && !w.queue[0].at.After(next):
			p := w.queue[0]
			w.queue, w.now = w.queue[1:], p.at
			p.do()
		case who == nil:
			return true
		default:
			w.now = next
			who.step(event.Time{})
		}
	}
	return false
}

// check holds the books of the host that works against the processor's ledger.
func (w *street) check() (wrong []string) {
	moved, back := map[string]int64{}, map[string]int64{}
	for _, e := range w.processor.Ledger {
		switch e.Op {
		case processor.Capture:
			moved[e.Session] += e.Minor
		case processor.Refund, processor.CaptureFailed:
			moved[e.Session] -= e.Minor
		case processor.Chargeback:
			back[e.Session] += e.Minor
		case processor.Authorize, processor.Increase, processor.Void, processor.Lookup, processor.Expire:
		}
	}
	s := w.works.state.Settlement
	for id := range s.Payments {
		wrong = append(wrong, id+" is not closed")
	}
	for id := range s.Sales {
		moved[id] += 0
	}
	for id, sum := range moved {
		var booked int64
		if p := s.Sales[id]; p != nil {
			booked = p.Balance["clearing"].Minor
		}
		if booked != sum && booked != sum-back[id] {
			wrong = append(wrong, fmt.Sprintf("the books of %s say %d, the processor %d, and %d was charged back", id, booked, sum, back[id]))
		}
	}
	for _, e := range w.processor.Standing() { // what another host held nobody hears of, nor of what it captured in place of
		if !w.ofOthers[e.Reference] && !w.ofOthers[e.Session] {
			wrong = append(wrong, "a hold stands: "+e.Reference)
		}
	}
	slices.Sort(wrong)
	return wrong
}
