package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/sdk/observe"
)

// visit is one party on one credential: what it wants, what it does, and what it
// really owes.
type visit struct {
	w      *world
	number int
	token  string
	method observe.Method
	staff  bool
	size   int
	// second says that the last of the party comes in on a second tap.
	second      bool
	emptyHanded bool
	together    bool
	stops       int
	dice, sense *rand.Rand

	gate       *gate
	waiting    int // bodies before the gate
	taps       int
	bodies     []*body
	inside     int
	entered    bool
	gaveUp     bool
	over       bool
	settled    bool
	left       time.Duration // when the last of those inside went out
	units      []*unit       // that this party pays for
	puts       []*putting
	weighings  int64
	newest     *session // that is not closed
	early      int      // faults met before a session was opened
	tries      int
	attempts   int
	turnedAway int
}

func (w *world) newVisit(number int, r *rand.Rand) *visit {
	v := &visit{w: w, number: number, dice: stream(w.seed, "visit "+itoa(number)), sense: stream(w.seed, "seen "+itoa(number)),
		method: []observe.Method{observe.MethodCard, observe.MethodPalm, observe.MethodCode}[r.IntN(3)], size: 1}
	v.token = "tok-" + itoa(number)
	switch x := r.IntN(100); {
	case x < 4:
		v.staff, v.token, v.method = true, "staff-1", observe.MethodBadge
	case x < 14: // somebody who was here before
		if number > 2 {
			v.token = "tok-" + itoa(r.IntN(number))
		}
	case x < 26:
		v.size = 2 + r.IntN(2)
	case x < 30:
		v.size, v.second = 2, true
	}
	v.emptyHanded = r.IntN(8) == 0
	v.together = r.IntN(2) == 0
	v.stops = 1 + r.IntN(3)
	v.gate = w.gates[r.IntN(len(w.gates))]
	return v
}

// present is the party stepping up to the gate.
func (v *visit) present(g *gate) {
	v.gate = g
	bodies := v.size
	if v.second {
		bodies--
	}
	v.waiting = bodies
	v.attempt(g, bodies)
}

func (v *visit) attempt(g *gate, bodies int) {
	v.attempts++
	attempt := v.attempts
	g.tap(v, bodies)
	v.w.tl.after(patience, func() {
		if v.attempts == attempt && !v.entered && g.presenting == v {
			v.giveUp(g)
		}
	})
}

// refused is what the screen at the gate says.
func (v *visit) refused(g *gate, code string) {
	if v.entered || g.presenting != v {
		return
	}
	if v.tries++; v.tries > 2 || code == "declined" && v.tries > 1 {
		v.w.tl.after(time.Second, func() {
			if !v.entered {
				v.giveUp(g)
			}
		})
		return
	}
	v.w.tl.after(between(v.dice, 2*time.Second, 6*time.Second), func() {
		if !v.entered && g.presenting == v {
			v.attempt(g, v.waiting)
		}
	})
}

func (v *visit) giveUp(g *gate) {
	v.gaveUp, v.waiting = true, 0
	g.free(v)
	if v.inside == 0 {
		v.done()
	}
}

// enter is a body coming in through the lane.
func (v *visit) enter(g *gate, name string) {
	if v.gaveUp && v.inside == 0 && v.over {
		return
	}
	if v.waiting--; v.waiting < 0 {
		v.waiting = 0
	}
	v.entered = true
	v.inside++
	b := newBody(v, len(v.bodies))
	v.bodies = append(v.bodies, b)
	b.gate, b.zone = g, g.zone
	if v.w.hit(FV5, 60_000) { // the gate misses this one, or two pass at once
		v.w.took(FV5, v)
	} else {
		g.passage(observe.DirectionIn, name)
	}
	b.come()
	if v.second && len(v.bodies) == v.size-1 {
		v.w.tl.after(between(v.dice, 3*time.Second, 9*time.Second), func() { v.secondTap() })
	}
}

// secondTap is the last of the party coming to the gate with the same
// instrument.
func (v *visit) secondTap() {
	if v.over || v.inside == 0 || v.gate.presenting != nil {
		return
	}
	g := v.gate
	g.presenting, v.waiting = v, 1
	v.attempts++
	attempt := v.attempts
	g.tap(v, 1)
	v.w.tl.after(15*time.Second, func() {
		if v.attempts == attempt {
			v.waiting = 0
			g.free(v)
			if v.inside == 0 {
				v.done()
			}
		}
	})
}

// bodyOut is a body having left. With the last the visit's prices stand, also
// where one of the party still waits at the gate.
func (v *visit) bodyOut() {
	if v.inside--; v.inside > 0 {
		return
	}
	v.left = v.w.tl.now
	for _, u := range v.units {
		u.price = min(u.price, v.w.priceNow(u.product))
	}
	if v.waiting == 0 {
		v.done()
	}
}

func (v *visit) done() {
	if v.over {
		return
	}
	v.over = true
	if v.left == 0 {
		v.left = v.w.tl.now
	}
	v.w.visitsLeft--
	if v.w.visitsLeft == 0 {
		v.w.tl.after(lastWords, v.w.peace)
	}
}

// truth is what the party owes.
func (v *visit) truth() witness.Visit {
	t := witness.Visit{Number: v.number, Token: v.token, Left: v.w.wall(v.left), Entered: v.entered}
	if v.staff {
		return t
	}
	t.House, t.Weighings = v.w.house(v.token), v.weighings
	for _, p := range v.puts {
		if !p.heard {
			t.Unheard = append(t.Unheard, string(p.product.gtin))
		}
	}
	for _, u := range v.units {
		if !v.due(u.product) {
			continue
		}
		t.Items = addItem(t.Items, u, u.price)
	}
	return t
}

func addItem(items []witness.Item, u *unit, price int64) []witness.Item {
	if u.product.loose {
		return append(items, witness.Item{GTIN: string(u.product.gtin), Quantity: 1, Unit: price, Mass: u.mass})
	}
	for i := range items {
		if items[i].GTIN == string(u.product.gtin) {
			items[i].Quantity++
			items[i].Unit = max(items[i].Unit, price)
			return items
		}
	}
	return append(items, witness.Item{GTIN: string(u.product.gtin), Quantity: 1, Unit: price})
}
