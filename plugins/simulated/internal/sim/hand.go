package sim

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/observe"
)

// A hand is over a bay this long.
const (
	handShort = 700 * time.Millisecond
	handLong  = 1600 * time.Millisecond
	// maxWaits is how often somebody waits for room at a crowded bay.
	maxWaits = 10
)

// deed is what a hand did.
type deed struct {
	at      *bay
	onset   timeline.Instant
	action  observe.Action
	product *product
	qty     int
}

// reach walks to a bay, looks around, and does something there with a hand.
func (b *body) reach(y *bay, do func(*bay) deed) {
	b.walk(y.zone, func() {
		b.w.tl.After(between(b.rng, time.Second, 4*time.Second), b.owner, func() { b.hand(y, do, maxWaits) })
	})
}

func (b *body) hand(y *bay, do func(*bay) deed, waits int) {
	if y.crowded() {
		if waits == 0 {
			b.next()
			return
		}
		b.w.tl.After(settle, b.owner, func() { b.hand(y, do, waits-1) })
		return
	}
	y.touch()
	d := do(y)
	y.loaded()
	d.at, d.onset = y, b.w.tl.Now()
	b.w.tl.After(between(b.rng, handShort, handLong), b.owner, func() {
		y.release()
		b.w.seeHand(b, d)
		b.next()
	})
}

// browse touches something and leaves it where it is.
func (b *body) browse(y *bay) deed {
	d := deed{action: observe.ActionTouch}
	if len(y.units) > 0 {
		d.product, d.qty = y.units[b.rng.IntN(len(y.units))].product, 1
	}
	return d
}

// take picks one or two units of one product, now and then something that
// does not belong there.
func (b *body) take(y *bay) deed {
	room := b.w.opt.Basket - b.visit.units
	if len(y.units) == 0 || room <= 0 {
		return b.browse(y)
	}
	p := y.units[b.rng.IntN(len(y.units))].product
	if s := y.strays(); len(s) > 0 && b.rng.Float64() < 0.35 {
		p = s[b.rng.IntN(len(s))].product
	}
	want := 1 + pick(b.rng, []float64{0.75, 0.25})
	taken := y.remove(p, min(want, room))
	for _, u := range taken {
		b.visit.take(u)
	}
	b.carried = append(b.carried, taken...)
	b.w.staff.watch(b.w, p)
	return deed{action: observe.ActionTake, product: p, qty: len(taken)}
}

// putBack returns a unit to a bay, its own or another.
func (b *body) putBack(u *unit, to *bay) {
	b.reach(to, func(y *bay) deed {
		i := slices.Index(b.carried, u)
		if i < 0 {
			return b.browse(y)
		}
		b.carried = slices.Delete(b.carried, i, i+1)
		b.visit.put(u)
		y.units = append(y.units, u)
		return deed{action: observe.ActionPut, product: u.product, qty: 1}
	})
}
