package sim

import (
	"fmt"
	"slices"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// What follows moves the world by hand, one thing at a time: conformance suites
// do, which must be able to make a device report. Addresses must be the
// scene's; a wrong one is a defect of the caller.

// Walk is a body that walks up to a gate. Going in, it passes on the oldest
// admission that has not expired and has room; going out, always.
func (w *World) Walk(address string, d observe.Direction) bool {
	g := w.gate(address)
	p := observe.Passage{Interval: observe.At(w.tl.Now().Time()), Direction: d}
	if d == observe.DirectionIn {
		i := slices.IndexFunc(g.order, func(a *admission) bool { return a.passed < a.bodies && w.tl.Now() <= a.expires })
		if i < 0 {
			return false
		}
		g.order[i].passed++
		p.Admission = g.order[i].session
	}
	w.emit(address, p)
	return true
}

// Present holds an instrument to a reader.
func (w *World) Present(reader, token string, m observe.Method, bodies int) {
	w.emit(reader, observe.Credential{
		Interval: observe.At(w.tl.Now().Time()), Token: token, Method: m, Quality: measure.Certain, Bodies: bodies,
	})
}

// Load changes what lies on a bay beside its goods, by a hand's quick move.
func (w *World) Load(shelf string, number int, change measure.Mass) {
	for _, y := range w.bays {
		if y.shelf == shelf && y.number == number {
			y.touch()
			y.extra += change
			y.loaded()
			y.release()
			return
		}
	}
	panic(fmt.Sprintf("there is no bay %d on %s", number, shelf))
}

// Show puts a tag before a lane's reader, Hide takes it away. A code that is none is not read, as rfid.Reader has it.
func (w *World) Show(lane, epc string) {
	if !gs1.EPC(epc).Valid() {
		return
	}
	w.inView[lane] = append(w.inView[lane], epc)
	w.emit(lane, w.tagReport(w.arrivals, epc, observe.DirectionUnknown))
}

// Hide takes a tag away from a lane's reader.
func (w *World) Hide(lane, epc string) {
	w.inView[lane] = slices.DeleteFunc(w.inView[lane], func(o string) bool { return o == epc })
}

// Carry takes a tag through a lane.
func (w *World) Carry(lane, epc string, d observe.Direction) {
	w.emit(lane, w.tagReport(w.arrivals, epc, d))
}

// Appear puts a body into a zone and gives its number.
func (w *World) Appear(zone string) int {
	w.puppets++
	v := &visit{w: w, number: 1<<31 + w.puppets, isStaff: true, taken: make(map[*product]int)}
	b := newBody(v, 0)
	w.bodies = append(w.bodies, b)
	b.arrive(zone)
	return v.number
}

// Move takes a body to another zone.
func (w *World) Move(number int, zone string) { w.byNumber(number).arrive(zone) }

// Vanish takes a body away.
func (w *World) Vanish(number int) {
	b := w.byNumber(number)
	b.endTrack()
	w.bodies = slices.DeleteFunc(w.bodies, func(o *body) bool { return o == b })
}

// Reach is a body's hand at a bay as the camera sees it. No goods move.
func (w *World) Reach(number int, at string, a observe.Action, item gs1.GTIN) {
	d := deed{action: a, qty: 1, onset: w.tl.Now()}
	for _, y := range w.bays {
		if y.address == at {
			d.at = y
		}
	}
	for _, p := range w.products {
		if p.GTIN == item {
			d.product = p
		}
	}
	w.seeHand(w.byNumber(number), d)
}

func (w *World) byNumber(number int) *body {
	i := slices.IndexFunc(w.bodies, func(b *body) bool { return b.visit.number == number })
	return w.bodies[i]
}
