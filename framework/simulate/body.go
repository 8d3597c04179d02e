package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	handShort = 500 * time.Millisecond
	handLong  = 1200 * time.Millisecond
	// maxWaits is how often somebody waits for room at a crowded bay.
	maxWaits = 8
	// severalUnits is how often somebody takes two at once, as the store file says.
	severalUnits = whole / 4
	// basket is the most that one party takes.
	basket = 6
)

// body is one person in the store.
type body struct {
	visit   *visit
	w       *world
	gate    *gate
	zone    string
	carried []*unit
	stops   int
	leaving bool
	idle    bool // waits for the rest of its party
	alone   bool // does not wait for them
	out     bool
	dice    *rand.Rand
	sense   *rand.Rand
	track   observe.Track
	sure    measure.Probability // that the track is still whose it was
	breakAt int
}

func newBody(v *visit, index int) *body {
	name := itoa(v.number) + " body " + itoa(index)
	b := &body{visit: v, w: v.w, dice: stream(v.w.seed, name), sense: stream(v.w.seed, name+" seen"), stops: v.stops, breakAt: -1}
	if chance(b.sense, v.w.noise.TrackLost) {
		b.breakAt = b.sense.IntN(b.stops + 1)
	}
	v.w.bodies = append(v.w.bodies, b)
	return b
}

// come is the first step inside.
func (b *body) come() {
	b.beginTrack()
	b.w.tl.after(between(b.dice, 500*time.Millisecond, 2*time.Second), b.decide)
}

func (b *body) decide() {
	switch {
	case b.out || b.leaving:
	case b.visit.staff:
		b.restock()
	case b.stops > 0:
		b.stops--
		b.maybeLoseTrack()
		b.stop()
	case b.visit.emptyHanded && b.own() != nil:
		b.putBack(b.own(), b.home(b.own().product))
	default:
		b.finish()
	}
}

func (b *body) next() {
	b.w.tl.after(between(b.dice, 500*time.Millisecond, 3*time.Second), b.decide)
}

func (b *body) home(p *product) *bay {
	for _, y := range b.w.bays {
		if y.faces(p) {
			return y
		}
	}
	return b.w.bays[0]
}

// own is something in this body's hands that its own party pays for.
func (b *body) own() *unit {
	for _, u := range b.carried {
		if u.payer == b.visit {
			return u
		}
	}
	return nil
}

func (b *body) stop() {
	switch x := b.dice.IntN(100); {
	case x < 8:
		b.reach(b.anyBay(), b.browse)
	case x < 18 && b.own() != nil:
		u := b.own()
		to := b.home(u.product)
		if b.dice.IntN(3) == 0 && !(u.product.loose && b.w.neat) { // in the wrong place
			to = b.anyBay()
		}
		b.putBack(u, to)
	case x < 21 && b.handOn():
		b.next()
	case b.visit.emptyHanded && b.dice.IntN(2) == 0:
		b.reach(b.anyBay(), b.browse)
	default:
		b.reach(b.anyBay(), b.take)
	}
}

func (b *body) anyBay() *bay { return b.w.bays[b.dice.IntN(len(b.w.bays))] }

// walk goes to a zone.
func (b *body) walk(zone string, then func()) {
	if b.zone == zone {
		then()
		return
	}
	b.w.tl.after(between(b.dice, 1500*time.Millisecond, 4*time.Second), func() {
		b.arrive(zone)
		then()
	})
}

// act is what a hand did at a bay.
type act struct {
	at       *bay
	onset    time.Duration
	action   observe.Action
	product  *product
	quantity int
	put      *putting // what the host hears of it, where something is put back
}

func (b *body) reach(y *bay, do func(*bay) act) {
	b.walk(y.zone, func() {
		b.w.tl.after(between(b.dice, 500*time.Millisecond, 2*time.Second), func() { b.hand(y, do, maxWaits) })
	})
}

func (b *body) hand(y *bay, do func(*bay) act, waits int) {
	if y.crowded() {
		if waits == 0 {
			b.next()
			return
		}
		b.w.tl.after(settle, func() { b.hand(y, do, waits-1) })
		return
	}
	y.touch()
	a := do(y)
	a.at, a.onset = y, b.w.tl.now
	if a.action == observe.ActionPut && !b.visit.staff {
		a.put = b.visit.putsBack(&a)
	}
	if b.w.story != nil {
		b.tellDeed(&a)
	}
	b.w.tl.after(between(b.dice, handShort, handLong), func() {
		y.release()
		b.seeHand(&a)
		b.next()
	})
}

func (b *body) browse(y *bay) act {
	a := act{action: observe.ActionTouch}
	if len(y.units) > 0 {
		a.product, a.quantity = y.units[b.dice.IntN(len(y.units))].product, 1
	}
	return a
}

func (b *body) take(y *bay) act {
	room := basket - len(b.visit.units)
	if y.tub != nil && room > 0 {
		return b.scoop(y)
	}
	if len(y.units) == 0 || room <= 0 {
		return b.browse(y)
	}
	p := y.units[b.dice.IntN(len(y.units))].product
	want := 1
	if b.dice.IntN(whole/severalUnits) == 0 {
		want = 2
	}
	taken := y.remove(p, min(want, room))
	for _, u := range taken {
		u.payer, u.price = b.visit, b.w.priceNow(p)
		if p.loose { // it is paid for as it was weighed once
			b.visit.weighings++
		}
	}
	b.visit.units = append(b.visit.units, taken...)
	b.carried = append(b.carried, taken...)
	return act{action: observe.ActionTake, product: p, quantity: len(taken)}
}

func (b *body) putBack(u *unit, to *bay) {
	b.reach(to, func(y *bay) act {
		i := slices.Index(b.carried, u)
		if i < 0 {
			return b.browse(y)
		}
		b.carried = slices.Delete(b.carried, i, i+1)
		if j := slices.Index(u.payer.units, u); j >= 0 {
			u.payer.units = slices.Delete(u.payer.units, j, j+1)
		}
		u.payer = nil
		y.receive(u)
		if y.tub != nil {
			b.visit.weighings++
		}
		return act{action: observe.ActionPut, product: u.product, quantity: 1}
	})
}

// handOn gives something to somebody of another party who stands near: who
// picked it pays, whoever carries it out.
func (b *body) handOn() bool {
	for _, o := range b.w.bodies {
		if o.out || o.visit == b.visit || o.visit.staff || o.zone != b.zone || o.leaving {
			continue
		}
		for i, u := range b.carried {
			if u.payer == b.visit && u.epc == "" && !b.visit.emptyHanded {
				b.carried = slices.Delete(b.carried, i, i+1)
				o.carried = append(o.carried, u)
				if b.w.story != nil {
					b.w.tell("truth: visit %d hands a %s to visit %d", b.visit.number, u.product.gtin, o.visit.number)
				}
				return true
			}
		}
	}
	return false
}

// restock is staff filling up the emptiest bay.
func (b *body) restock() {
	if b.stops == 0 {
		b.finish()
		return
	}
	b.stops--
	y := b.w.bays[0]
	for _, o := range b.w.bays {
		if o.stock() < y.stock() {
			y = o
		}
	}
	b.reach(y, func(y *bay) act {
		p := y.facings[b.dice.IntN(len(y.facings))]
		n := 1 + b.dice.IntN(3)
		for range n {
			y.receive(b.w.newUnit(p, b.dice))
		}
		return act{action: observe.ActionPut, product: p, quantity: n}
	})
}

func (b *body) finish() {
	v := b.visit
	if !v.together || v.size == 1 {
		b.leave(0)
		return
	}
	if b.idle {
		return
	}
	b.idle = true
	for _, o := range v.bodies {
		if !o.idle && !o.alone && !o.out {
			return
		}
	}
	if v.waiting > 0 || len(v.bodies) < v.size && !v.second {
		b.idle, b.alone = false, true
		b.w.tl.after(2*time.Second, b.leaveAlone)
		return
	}
	for i, o := range v.bodies {
		o.leave(time.Duration(i) * partyGap)
	}
}

// leaveAlone is for whoever waited for the rest of a party that did not come.
func (b *body) leaveAlone() { b.leave(0) }

// leave walks out.
func (b *body) leave(after time.Duration) {
	if b.leaving || b.out {
		return
	}
	b.leaving = true
	b.w.tl.after(after+between(b.dice, 1500*time.Millisecond, 4*time.Second), func() {
		g := b.w.gates[b.dice.IntN(len(b.w.gates))]
		if b.visit.together {
			g = b.gate
		}
		if b.zone != g.zone {
			b.arrive(g.zone)
		}
		b.w.tl.after(between(b.dice, 500*time.Millisecond, 1500*time.Millisecond), func() { g.out(b) })
	})
}
