package sim

import (
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// patience is how long a party waits at a gate that doesn't open. It spans
	// a processor's lost answer and the look-up after it.
	patience = 30 * time.Second
	// firstStep is the time from the opened gate to the first body in its lane.
	firstStep = 800 * time.Millisecond
	// fullStore is how long people outside a full store wait to try again.
	fullStore = 2 * time.Second
)

// gate is one lane for both directions, with the readers beside it and the
// people in front of it.
type gate struct {
	w       *World
	owner   int64
	address string
	zone    string
	readers []scene.Reader
	lanes   []string

	queue      []*visit
	presenting *visit
	waiting    bool
	admissions map[string]*admission
	order      []*admission
	lastIn     lane
	lastOut    lane
}

// lane is the last passage in one direction.
type lane struct {
	at    timeline.Instant
	visit *visit
}

// admission is leave to enter as the gate keeps it.
type admission struct {
	session string
	bodies  int
	passed  int
	expires timeline.Instant
}

func newGate(w *World, index int64, g scene.Gate) *gate {
	n := &gate{w: w, owner: ownerGates + 1 + index, address: g.Address, zone: g.Zone, admissions: make(map[string]*admission)}
	for _, r := range w.scene.Readers {
		if r.Gate == g.Address {
			n.readers = append(n.readers, r)
		}
	}
	for _, l := range w.scene.Lanes {
		if l.Gate == g.Address {
			n.lanes = append(n.lanes, l.Address)
		}
	}
	return n
}

// Admit opens a gate for a session. The same session again is the same
// admission. Only the party in front of the gate may walk in on it, and only if
// the session is not known to be another's.
func (w *World) Admit(address, session string, bodies int, expires timeline.Instant) error {
	g := w.gate(address)
	switch {
	case g == nil:
		return fault.Errorf(fault.Invalid, "the scene has no gate %s", address)
	case session == "":
		return fault.New(fault.Invalid, "an admission needs a session")
	case bodies < 1 || bodies > observe.MaxBodies:
		return fault.Errorf(fault.Invalid, "an admission is for 1 to %d bodies, not %d", observe.MaxBodies, bodies)
	case g.admissions[session] != nil:
		return nil
	case expires <= w.tl.Now():
		return fault.New(fault.Refused, "the admission has expired")
	}
	a := &admission{session: session, bodies: bodies, expires: expires}
	g.admissions[session] = a
	g.order = append(g.order, a)
	v := g.presenting
	if v == nil || v.admission != nil {
		return nil
	}
	if token, known := w.sessions[session]; known && token != w.name(v.token) {
		return nil
	}
	v.admit(a)
	return nil
}

func (w *World) gate(address string) *gate {
	for _, g := range w.gates {
		if g.address == address {
			return g
		}
	}
	return nil
}

// enqueue puts a party in front of the gate.
func (g *gate) enqueue(v *visit) {
	g.queue = append(g.queue, v)
	g.present()
}

// present lets the first in the queue present its credential when the lane is
// free and the store has room.
func (g *gate) present() {
	if g.presenting != nil || g.waiting || len(g.queue) == 0 {
		return
	}
	v := g.queue[0]
	if len(g.w.bodies)+v.size > maxInside && len(g.w.bodies) > 0 {
		g.waiting = true
		g.w.tl.After(fullStore, g.owner, func() { g.waiting = false; g.present() })
		return
	}
	g.queue = g.queue[1:]
	g.presenting = v
	g.w.readCredential(v)
	g.w.tl.After(patience, g.owner, func() {
		if g.presenting == v && v.admission == nil {
			g.turnAway(v)
		}
	})
}

// turnAway is a party that goes home: nobody of it got in.
func (g *gate) turnAway(v *visit) {
	g.free()
	g.w.endVisit(v, false)
}

// free lets the next party come to the gate.
func (g *gate) free() {
	g.presenting = nil
	g.w.tl.After(time.Second, g.owner, g.present)
}

func (w *World) readCredential(v *visit) {
	if v.reader.Address == "" {
		return
	}
	var method observe.Method
	if err := method.UnmarshalText([]byte(v.method)); err != nil {
		panic(fmt.Sprintf("the scene was checked: %v", err))
	}
	w.emit(v.reader.Address, observe.Credential{
		Interval: observe.At(w.tl.Now().Time()), Token: v.token, Method: method, Quality: measure.Certain, Bodies: v.size,
		Attributes: v.attributes,
	})
}

// passIn counts a body coming in.
func (g *gate) passIn(b *body) {
	now := g.w.tl.Now()
	g.lastIn = lane{now, b.visit}
	if b.sense.Float64() < g.w.opt.Profile.PassageMissed {
		return
	}
	g.w.emit(g.address, observe.Passage{
		Interval: observe.At(b.stamp(now)), Direction: observe.DirectionIn, Admission: b.visit.admission.session,
	})
}

// leave lets a body go out as soon as the lane is clear. No gate holds anybody:
// the only wait is for the one in front.
func (g *gate) leave(b *body) {
	gap := g.w.opt.Profile.LaneGap
	if g.lastOut.visit == b.visit {
		gap = min(gap, partyGap)
	}
	at := max(g.w.tl.Now(), g.lastOut.at.Add(gap))
	g.lastOut = lane{at, b.visit}
	g.w.tl.At(at, b.owner, func() { g.passOut(b) })
}

func (g *gate) passOut(b *body) {
	now := g.w.tl.Now()
	g.readTags(b)
	if b.sense.Float64() >= g.w.opt.Profile.Unseen {
		g.w.emit(g.address, observe.Passage{Interval: observe.At(b.stamp(now)), Direction: observe.DirectionOut})
		b.endTrack()
	}
	b.visit.gone(b)
}
