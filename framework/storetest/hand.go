package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// reach is the time until a hand is at a bay, handTime how long it is there, and
	// settle how long after it a plate comes to rest.
	reach    = 500 * time.Millisecond
	handTime = 800 * time.Millisecond
	settle   = time.Second
	// told is how long after the window of attribution all is decided.
	told = 500 * time.Millisecond
	// What a good camera is sure of: that a hand took or put, and what it held.
	sureOfAction  = measure.Probability(995_000)
	sureOfProduct = measure.Probability(990_000)
)

// hand takes units, or puts them back.
func (w *world) hand(s storefile.HandStep) *storefile.Problem {
	v, problem := w.visitor(s.Visit)
	if problem != nil {
		return problem
	}
	inside := v.inside()
	if s.Body > len(inside) {
		return trouble("So many are not inside", "Of %s there are %d inside, so there is no body %d.", v.name, len(inside), s.Body)
	}
	b := inside[s.Body-1]
	w.touched[s.Product] = true
	y := w.bays[s.Bay]
	if y != nil {
		w.goTo(b, zoneOf(y.shelf.def))
	}
	w.pass(reach)
	onset := w.now
	if problem := w.move(b, y, s); problem != nil {
		return problem
	}
	if y != nil {
		w.tellHand(b, y, s, onset)
	}
	switch {
	case s.Pause >= 0:
		w.pass(s.Pause)
	case y != nil:
		w.pass(settle + w.index.Store.Attribution.Window + told)
	default:
		w.pass(handTime)
	}
	return nil
}

// move has the units change places.
func (w *world) move(b *body, y *bay, s storefile.HandStep) *storefile.Problem {
	if s.Put {
		return w.putBack(b, y, s)
	}
	var taken []*unit
	if y != nil {
		if n := y.count(s.Product); n < s.Units {
			return trouble("So many are not there", "On %s there are %d of %s. A facing's depth says how many stand there when it is full.", s.Bay, n, w.product(s.Product))
		}
		taken = y.remove(s.Product, s.Units)
	} else {
		for range s.Units {
			taken = append(taken, w.newUnit(s.Product))
		}
	}
	for _, u := range taken {
		if s.Mass > 0 {
			u.mass = s.Mass / measure.Mass(s.Units)
		}
		if s.Tagged {
			w.tag(u)
		}
	}
	b.carried = append(b.carried, taken...)
	return nil
}

func (w *world) putBack(b *body, y *bay, s storefile.HandStep) *storefile.Problem {
	var put []*unit
	b.carried = slices.DeleteFunc(b.carried, func(u *unit) bool {
		if u.product != s.Product || len(put) == s.Units {
			return false
		}
		put = append(put, u)
		return true
	})
	// Staff bring what they put there.
	staff := slices.Contains(w.index.Store.Entry.Staff, b.visit.step.Token)
	if len(put) < s.Units && !staff {
		b.carried = append(b.carried, put...)
		return trouble("They don't have so many", "%s carries %d of %s.", b.visit.name, len(put), w.product(s.Product))
	}
	for len(put) < s.Units {
		put = append(put, w.newUnit(s.Product))
	}
	if y != nil {
		y.units = append(y.units, put...)
	}
	return nil
}

// tellHand has camera and scale tell of a hand at a bay.
func (w *world) tellHand(b *body, y *bay, s storefile.HandStep, onset time.Time) {
	w.pass(handTime)
	if camera := w.over(b.zone); camera != nil && !s.Unseen {
		i := observe.Interaction{Interval: observe.Between(onset, w.now), Track: b.track, At: s.Bay, Action: observe.ActionTake, Confidence: sureOfAction,
			Quantity: min(s.Units, observe.MaxBodies), Candidates: []observe.Candidate{{GTIN: s.Product, Probability: sureOfProduct}}}
		if s.Put {
			i.Action = observe.ActionPut
		}
		w.report(camera, i)
	}
	if !s.Unfelt {
		w.later(settle, func() { y.weigh(onset) })
	}
}

// product is what a product is called in the store's files.
func (w *world) product(g gs1.GTIN) string {
	if p := w.index.Product(g); p != nil {
		if strings.Contains(p.Name, ".") { // of a module
			return p.Name
		}
		return "product." + p.Name
	}
	return string(g)
}
