package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// FaultID is a fault of the catalogue.
type FaultID uint8

// The faults, in the catalogue's order.
const (
	FP1 FaultID = iota
	FP2
	FP3
	FP4
	FP5
	FP6
	FP7
	FP8
	FP9
	FP10
	FP11
	FP12
	FN1
	FN2
	FN3
	FN4
	FN5
	FN6
	FN7
	FN8
	FN9
	FN10
	FD1
	FD2
	FD3
	FD4
	FD5
	FD6
	FD7
	FD8
	FD9
	FC1
	FC2
	FC3
	FC4
	FV1
	FV2
	FV3
	FV4
	FV5
	FV6
	FV7
	FY1
	FY2
	FY3
	FY4
	FY5
	FY6
	FY7
	FY8
	FY9
	FY10
	FY11
	FY12
	FY13
	FY14
	FG1
	FG2
	FG3
	FG4
	FG5
	FG6
	faultCount
)

// Fault is one line of the catalogue.
type Fault struct {
	ID    string
	Title string
	// Tiers are where it is injected: S the simulator, P in process with real
	// plugins, R on the real system, W on the wire (package wired).
	Tiers string
	// By is the command that injects it where the simulator does not, or what
	// the simulator does.
	By string
}

// Simulated reports whether the simulator injects it.
func (f *Fault) Simulated() bool { return f.Tiers[0] == 'S' }

func (id FaultID) String() string { return catalogue[id].ID }

// Catalogue lists all faults.
func Catalogue() []Fault { return slices.Clone(catalogue[:]) }

// faults are those of one run: which are on, how often they struck.
type faults struct {
	on    [faultCount]bool
	must  [faultCount]bool // this run is about them
	rate  int              // of all chances, in percent
	dice  [faultCount]*rand.Rand
	count [faultCount]int
	// order has each strike only after the one before it has.
	order []FaultID
	// over says that nothing goes wrong any more: the run comes to rest.
	over bool
	// lies says that sensors may say what is not so, and not only too little.
	lies bool
}

// hit draws whether a fault strikes here, at so many parts per million. Who asks
// must say by took that it did.
func (w *world) hit(id FaultID, ppm int) bool {
	f := &w.faults
	if !f.on[id] || f.over || !f.due(id) {
		return false
	}
	if f.must[id] && ppm > rareAbove {
		ppm = max(ppm, 300_000)
	}
	return f.dice[id].IntN(whole) < ppm*f.rate/100
}

// rareAbove is the chance above which a fault that a run is about strikes often;
// below are those that stop everything.
const rareAbove = 10_000

// due reports whether it is a fault's turn, where they have an order.
func (f *faults) due(id FaultID) bool {
	i := slices.Index(f.order, id)
	return i <= 0 || f.count[f.order[i-1]] > 0
}

// took counts a fault that took effect, on one party or, with nil, on none.
func (w *world) took(id FaultID, v *visit) {
	w.faults.count[id]++
	if v != nil {
		w.met(v)
	}
	w.trace.number(uint64(id) + 1_000)
	if w.story != nil {
		w.tell("fault %s: %s", id, catalogue[id].Title)
	}
}

// tookAll counts a fault that took effect on everybody who has business with
// the store just now.
func (w *world) tookAll(id FaultID) {
	w.took(id, nil)
	for _, s := range w.live {
		s.faults++
	}
	for _, v := range w.present { // who stands at the gate
		if !v.entered && v.newest == nil {
			v.early++
		}
	}
}

// session is one that was opened, and how many faults it met until it was closed.
// What its party met before is the next one's.
type session struct {
	id     string
	faults int
}

// met counts a fault of a party: its newest session's, or that of the one it is
// about to open.
func (w *world) met(v *visit) {
	if v.newest == nil {
		v.early++
		return
	}
	v.newest.faults++
}

// openSession begins to count what a session meets.
func (w *world) openSession(id string, v *visit) {
	s := &session{id: id}
	w.live, w.sessions = append(w.live, s), append(w.sessions, s)
	if v != nil {
		s.faults, v.early, v.newest = v.early, 0, s
	}
}

// closeSession ends that.
func (w *world) closeSession(id string) {
	for i, s := range w.live {
		if s.id != id {
			continue
		}
		w.live = slices.Delete(w.live, i, i+1)
		if v := w.visitOf[id]; v != nil && v.newest == s {
			v.newest = nil
		}
		return
	}
}

// ofSession finds a session that is not closed.
func (w *world) ofSession(id string) *session {
	for _, s := range w.live {
		if s.id == id {
			return s
		}
	}
	return nil
}

// tookOf counts a fault that took effect on a session and was not in the way of
// its money.
func (w *world) tookOf(id FaultID, session string) {
	w.took(id, nil)
	if s := w.ofSession(session); s != nil {
		s.faults++
	}
}

// tookFor counts a fault that took effect on a session.
func (w *world) tookFor(id FaultID, session string) {
	w.tookOf(id, session)
	w.witness.Troubled(session, w.wall(w.tl.now))
}

// mostShattering is how many of the faults that stop everything a run has.
const mostShattering = 4

// shattering are the faults that stop everything for a while.
var shattering = []FaultID{FP1, FP2, FP3, FP5, FP11, FN5, FN6, FN8, FN9, FN10, FD1, FD2, FD3, FD4, FD5, FD6, FD7, FD8, FD9, FC1, FC4, FV6, FV7, FY5, FG2, FG4}

// Choice is which faults a run has.
type Choice struct {
	// Named are those that it must have; where Ordered, one after the other.
	Named   []FaultID
	Ordered bool
	// Swarm draws a random subset of all besides.
	Swarm bool
	// Heavy is for runs in which each session shall meet several.
	Heavy bool
}

func (w *world) chooseFaults(c Choice) {
	f := &w.faults
	r := stream(w.seed, "faults")
	for id := range faultCount {
		f.dice[id] = stream(w.seed, "fault "+catalogue[id].ID)
	}
	f.rate = 100
	if c.Swarm && (c.Heavy || r.IntN(10) > 0) { // some runs have none, so that liveness is seen too
		share := 20 + r.IntN(60)
		if c.Heavy {
			share, f.rate = 50+r.IntN(40), 200+r.IntN(200)
		}
		f.rate = f.rate * (50 + r.IntN(100)) / 100
		for id := range faultCount {
			if catalogue[id].Simulated() && !slices.Contains(shattering, id) && r.IntN(100) < share {
				f.on[id] = true
			}
		}
		for range 1 + r.IntN(mostShattering) { // a store that is down all the time shows nothing
			f.on[shattering[r.IntN(len(shattering))]] = true
		}
	}
	for _, id := range c.Named {
		f.on[id], f.must[id] = true, true
	}
	if c.Ordered {
		f.order = c.Named
	}
	for id, reason := range held {
		if reason != "" {
			f.on[id] = false
		}
	}
	f.lies = true
}

// ParseFault finds a fault by its id.
func ParseFault(s string) (FaultID, error) {
	for i := range catalogue {
		if catalogue[i].ID == s {
			return FaultID(i), nil
		}
	}
	return 0, fmt.Errorf("there is no fault %q in the catalogue", s)
}

// lateReader is how much later than the tap a reader answers.
func (w *world) lateReader() time.Duration {
	if w.hit(FV4, 100_000) {
		w.took(FV4, nil)
		return between(w.faults.dice[FV4], 2*time.Second, 20*time.Second)
	}
	return 0
}

// faultyScale is what a broken scale adds to one reading.
func (w *world) faultyScale(b *bay) int64 {
	if !w.hit(FV1, 120_000) {
		return 0
	}
	r := w.faults.dice[FV1]
	w.tookAll(FV1)
	switch r.IntN(5) {
	case 0: // drift
		b.extra += int64(r.IntN(40)-20) * 1000
		return 0
	case 1: // stuck
		b.stuck = !b.stuck && !b.last.Onset.IsZero()
		return 0
	case 2: // a spike
		return int64(500+r.IntN(3000)) * 1000
	case 3: // below zero
		return -int64(20+r.IntN(30)) * 1_000_000
	}
	p := b.facings[0] // off by one unit
	if r.IntN(2) == 0 {
		return p.mass
	}
	return -p.mass
}
