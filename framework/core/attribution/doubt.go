package attribution

import (
	"cmp"
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// doubt states units in doubt, shared by all sessions that may well have moved
// them. What is improbable is dropped: it would never be charged. Something put
// back is never dropped, for that would charge.
func (x *explanation) doubt(g gs1.GTIN, n, beyond int, put bool, kinds []observe.Kind, reason string) {
	sign := 1
	if put {
		sign = -1
	}
	var sessions []string
	for _, id := range x.p.sessions() {
		v := x.who.Sessions[id]
		if v == nil || v.Staff || x.s.Frozen[id] {
			continue
		}
		if x.p.belief(func(r int) bool { return sign*x.p.net(r, id, g) > beyond }) >= shares {
			sessions = append(sessions, id)
		}
	}
	if len(sessions) == 0 {
		return
	}
	d := x.doubted(sessions, g, n, put, kinds, reason)
	sure := d.Candidates[0].Probability
	if !put && beyond == 0 {
		d.Candidates, sure = x.candidates(sessions)
	}
	if !put && sure < x.t.Store.Store.Attribution.ReviewAbove {
		x.nobody("too improbable to be asked about: " + reason)
		return
	}
	x.t.Emit(d)
}

// maxCandidates is how many products a doubt names.
const maxCandidates = 3

// candidates lists what some sessions may have taken, most probable first, and
// how probable it is that they took anything: that something was taken may be
// sure where what it was is not. The first is there however improbable.
func (x *explanation) candidates(sessions []string) ([]event.DoubtCandidate, measure.Probability) {
	var out []event.DoubtCandidate
	for _, id := range sessions {
		for r := range x.p.rows {
			for c := range x.p.causes {
				o := x.p.option(r, c)
				if o.gtin == "" || o.quantity <= 0 || x.p.causes[c].session != id {
					continue
				}
				same := func(k event.DoubtCandidate) bool { return k.GTIN == o.gtin && k.Quantity == o.quantity }
				if !slices.ContainsFunc(out, same) {
					out = append(out, event.DoubtCandidate{GTIN: o.gtin, Quantity: o.quantity})
				}
			}
		}
	}
	took := func(r int, is func(*option) bool) bool {
		for c := range x.p.causes {
			if o := x.p.option(r, c); o.gtin != "" && o.quantity > 0 && slices.Contains(sessions, x.p.causes[c].session) && is(o) {
				return true
			}
		}
		return false
	}
	for i := range out {
		k := &out[i]
		x.pin(k)
		k.Probability = x.p.belief(func(r int) bool {
			return took(r, func(o *option) bool { return o.gtin == k.GTIN && o.quantity == k.Quantity })
		})
	}
	slices.SortStableFunc(out, func(a, b event.DoubtCandidate) int { return cmp.Compare(b.Probability, a.Probability) })
	for i := range out {
		if i == maxCandidates || i > 0 && out[i].Probability < shares {
			out = out[:i]
			break
		}
	}
	return out, x.p.belief(func(r int) bool { return took(r, func(*option) bool { return true }) })
}

func (x *explanation) doubted(sessions []string, g gs1.GTIN, n int, put bool, kinds []observe.Kind, reason string) event.Doubted {
	belief := measure.Probability(0)
	if x.p.total > 0 {
		belief = x.p.belief(func(r int) bool {
			for c := range x.p.causes {
				if o := x.p.option(r, c); o.gtin == g && (o.quantity < 0) == put {
					return true
				}
			}
			return false
		})
	}
	d := event.Doubted{ID: doubtID(append(x.refs(""), event.Ref{Device: sessions[0] + "/" + string(g)})...), Sessions: sessions, Bay: x.c.Bay, Put: put, Kinds: kinds, Reason: reason,
		Candidates: []event.DoubtCandidate{{GTIN: g, Quantity: n, Probability: belief}}, Span: x.c.Span, Evidence: x.refs("")}
	x.pin(&d.Candidates[0])
	for _, id := range sessions {
		if x.doubtedPut == nil {
			x.doubtedPut = map[held]bool{}
		}
		x.doubtedPut[held{id, g}] = x.doubtedPut[held{id, g}] || put
	}
	return d
}

// maxShared is how many a doubt of something taken names at the most: of more,
// each would have less of it than any store asks about, and a store full of
// people whom no camera follows would make records without bound.
const maxShared = 100

// doubtAll states a change that can't be explained as a doubt of all near. For
// a rise, whatever they carry that fits its mass may be what was put back, or,
// where nothing fits, anything light enough: none of it is sure any more.
func (x *explanation) doubtAll(reason string) {
	near := x.allNear()
	may := x.allMay(near)
	switch {
	case len(near) == 0:
		x.nobody(reason)
	case x.c.Change < 0:
		if len(near) > maxShared {
			x.nobody(reason)
		} else {
			x.t.Emit(event.Doubted{ID: doubtID(x.refs("")...), Sessions: near, Bay: x.c.Bay, Kinds: []observe.Kind{observe.KindWeight},
				Reason: reason, Candidates: x.likeliest(), Span: x.c.Span, Evidence: x.refs("")})
		}
		// One may have put something back while another took more than that.
		contradicted := len(x.p.causes) > 0
		x.doubtCarried(may, reason, func(p *storedef.Product, n int) bool {
			return contradicted && x.own(p.GTIN) || !x.plain() && x.balances(p, n)
		})
	default:
		fits := x.fits
		if len(x.p.causes) > 0 {
			fits = x.balances
		}
		if !x.doubtCarried(may, reason, fits) && !x.doubtCarried(may, reason, x.balances) {
			x.doubtCarried(may, reason, func(*storedef.Product, int) bool { return true })
		}
	}
}

// allMay adds to those near a bay whoever no camera follows: each of them may
// have put something back.
func (x *explanation) allMay(near []string) []string {
	out := slices.Clone(near)
	for _, id := range x.insideThen(x.who.Untracked()) {
		if v := x.who.Sessions[id]; !slices.Contains(out, id) && !v.Staff && !x.s.Frozen[id] {
			out = append(out, id)
		}
	}
	return out
}

// allNear lists the shoppers' sessions that may have to do with an unexplained
// change.
func (x *explanation) allNear() []string {
	return slices.DeleteFunc(x.anybody(), func(id string) bool {
		v := x.who.Sessions[id]
		return v == nil || v.Staff || x.s.Frozen[id]
	})
}

// anybody lists all sessions, of staff too, whose hands were seen at the bay or
// may have been missed there.
func (x *explanation) anybody() []string {
	near := slices.Clone(x.near)
	for _, id := range x.who.SessionsIn(x.t.Store.Shelf(x.c.Bay).Zones, x.c.Span) {
		if !slices.Contains(near, id) {
			near = append(near, id)
		}
	}
	return near
}

// fits reports whether n or fewer units of a product have the mass of the rise,
// within four standard deviations.
func (x *explanation) fits(p *storedef.Product, n int) bool {
	for k := 1; k <= n; k++ {
		d := int64(x.c.Change - measure.Mass(k)*p.Mass)
		spread := int64(x.c.Deviation)*int64(x.c.Deviation) + int64(k)*variance(p) + int64(resolution)*int64(resolution)
		if d*d <= 16*spread {
			return true
		}
	}
	return false
}

// mostBalanced is how many units taken may hide that something was put back.
const mostBalanced = 3

// balances reports whether up to n units of a product, put back alone or while
// somebody took something from the bay, have the mass of the change.
func (x *explanation) balances(p *storedef.Product, n int) bool {
	if x.fits(p, n) {
		return true
	}
	for _, g := range x.s.takeable(x.t, x.c.Bay) {
		o := x.t.Store.Product(g)
		if o == nil || o.Mass <= 0 {
			continue
		}
		for k := 1; k <= n; k++ {
			for j := 1; j <= mostBalanced; j++ {
				d := int64(x.c.Change - measure.Mass(k)*p.Mass + measure.Mass(j)*o.Mass)
				spread := x.spread() + int64(k)*variance(p) + int64(j)*variance(o)
				if d*d <= 16*spread {
					return true
				}
			}
		}
	}
	return false
}

// plain reports whether units of one product, taken, have the mass of a fall.
func (x *explanation) plain() bool {
	return slices.ContainsFunc(x.s.takeable(x.t, x.c.Bay), func(g gs1.GTIN) bool {
		p := x.t.Store.Product(g)
		return p != nil && x.weighs(p)
	})
}

// spread is the variance of a change of mass.
func (x *explanation) spread() int64 {
	return int64(x.c.Deviation)*int64(x.c.Deviation) + int64(resolution)*int64(resolution)
}

func (x *explanation) doubtCarried(near []string, reason string, may func(p *storedef.Product, n int) bool) bool {
	found := false
	for _, id := range near {
		for _, g := range slices.Sorted(maps.Keys(x.s.Carried[id])) {
			n := x.s.Carried[id][g]
			if p := x.t.Store.Product(g); p != nil && may(p, n) {
				found = true
				x.t.Emit(x.doubted([]string{id}, g, n, true, []observe.Kind{observe.KindWeight}, reason))
			}
		}
	}
	return found
}

// likeliest lists the products whose mass fits the change best, for the person
// who looks into the doubt. At most three.
func (x *explanation) likeliest() []event.DoubtCandidate {
	c := cause{}
	c.options = x.s.optionsFor(x.t, x.c.Bay, &c, true)
	p := weigh([]cause{c}, x.c.Change, x.c.Deviation)
	var out []event.DoubtCandidate
	for r := range p.rows {
		o := p.option(r, 0)
		if o.gtin == "" || o.quantity < 0 {
			continue
		}
		d := event.DoubtCandidate{GTIN: o.gtin, Quantity: o.quantity, Probability: p.belief(func(k int) bool { return k == r })}
		x.pin(&d)
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b event.DoubtCandidate) int { return cmp.Compare(b.Probability, a.Probability) })
	out = slices.DeleteFunc(out[:min(maxCandidates, len(out))], func(c event.DoubtCandidate) bool { return c.Probability < shares })
	return out
}
