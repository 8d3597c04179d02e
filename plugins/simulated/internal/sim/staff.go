package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// lowStock is the share of a facing's depth at which staff are called, in
	// percent, and fullEnough the share up to which they fill it.
	lowStock   = 30
	fullEnough = 70
	// armful is how many units one hand movement of staff puts down.
	armful = 6
	// maxRefusals is how often staff come back to a gate that won't open.
	maxRefusals = 3
)

// staffing is who restocks, and when.
type staffing struct {
	coming   bool
	visits   int
	refusals int
}

func (s *staffing) busy() bool { return s.coming }

// watch calls staff when a product runs low on its own bay.
func (s *staffing) watch(w *World, p *product) {
	if s.coming || len(w.scene.Staff) == 0 || s.refusals >= maxRefusals || w.opt.Script != nil ||
		p.home == nil || p.home.count(p)*100 > p.depth*lowStock {
		return
	}
	s.coming = true
	v := &visit{
		w: w, number: (1 << 30) + w.opt.FirstVisit + s.visits, isStaff: true, size: 1, taken: make(map[*product]int),
		token: w.scene.Staff[s.visits%len(w.scene.Staff)],
	}
	v.rng = stream(w.opt.Seed, fmt.Sprintf("staff %d", v.number))
	v.entry, v.reader, v.method = w.chooseEntry(v.rng, "badge")
	v.exit = v.entry
	s.visits++
	w.tl.After(between(v.rng, 15*time.Second, 40*time.Second), ownerGates, func() { v.entry.enqueue(v) })
}

func (s *staffing) left(w *World, entered bool) {
	s.coming = false
	if entered {
		s.refusals = 0
	} else {
		s.refusals++
	}
	if w.shoppersDone() {
		return
	}
	for _, y := range w.bays {
		for _, p := range y.facings {
			s.watch(w, p)
		}
	}
}

// restock is a staff member's decide: bring home what stands in wrong places,
// fill what is low, and go. Tasks in the same zone come first.
func (b *body) restock() {
	if len(b.carried) > 0 {
		b.staffReturn(b.carried[0])
		return
	}
	tasks := b.w.bays
	if i := slices.IndexFunc(tasks, func(y *bay) bool { return y.zone == b.zone }); i > 0 {
		tasks = append(slices.Clone(tasks[i:]), tasks[:i]...)
	}
	for _, y := range tasks {
		if len(y.strays()) > 0 {
			b.reach(y, b.staffCollect)
			return
		}
		for _, p := range y.facings {
			if p.home == y && y.count(p)*100 <= p.depth*fullEnough {
				b.reach(y, func(y *bay) deed { return b.staffFill(y, p) })
				return
			}
		}
	}
	b.finish()
}

func (b *body) staffCollect(y *bay) deed {
	s := y.strays()
	if len(s) == 0 {
		return b.browse(y)
	}
	taken := y.remove(s[0].product, 1)
	b.carried = append(b.carried, taken...)
	return deed{action: observe.ActionTake, product: s[0].product, qty: 1}
}

func (b *body) staffReturn(u *unit) {
	b.reach(u.product.home, func(y *bay) deed {
		b.carried = slices.DeleteFunc(b.carried, func(o *unit) bool { return o == u })
		y.units = append(y.units, u)
		return deed{action: observe.ActionPut, product: u.product, qty: 1}
	})
}

func (b *body) staffFill(y *bay, p *product) deed {
	n := min(p.depth-y.count(p), armful)
	if n <= 0 {
		return b.browse(y)
	}
	for range n {
		y.units = append(y.units, y.newUnit(p))
	}
	return deed{action: observe.ActionPut, product: p, qty: n}
}
