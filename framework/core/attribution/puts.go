package attribution

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// put states units that a session put back. What it does not carry is matched
// against the carts of those near.
func (x *explanation) put(session string, g gs1.GTIN, n int) {
	kinds := x.kinds(session, g, observe.ActionPut)
	fits := func(row, k int) bool { return x.p.net(row, session, g) <= -k }
	mass, weighed := x.weighed(session, g)
	if weighed { // how many pieces it was doesn't matter
		fits = func(row, _ int) bool { return x.p.net(row, session, g) < 0 }
	}
	sure := x.sure(n, fits)
	own := min(sure, x.s.Carried[session][g])
	if own > 0 {
		m := x.moveOf(session, g, own, kinds, x.p.belief(func(r int) bool { return fits(r, own) }))
		m.Mass = mass
		x.t.Emit(event.Returned{Move: m})
		x.back(session, g, own)
	}
	if weighed {
		x.strayed(g, n, mass)
	} else {
		x.strayed(g, n, x.single(n))
	}
	if n > own && !(weighed && own > 0) {
		x.putElsewhere(session, g, n-own, n > sure, kinds)
	}
}

// putElsewhere deals with units put back that their holder is not known to
// carry: the one other person near who carries them has them back, several
// share a doubt. It reports whether anybody has them.
func (x *explanation) putElsewhere(session string, g gs1.GTIN, n int, unsure bool, kinds []observe.Kind) bool {
	if unsure && x.s.Carried[session][g] > 0 {
		return true // possiblePuts doubts it
	}
	var holders []string
	for _, id := range x.who.SessionsInside(x.c.Span) {
		if id != session && x.s.Carried[id][g] > 0 && !x.s.Frozen[id] {
			holders = append(holders, id)
		}
	}
	switch {
	case len(holders) == 0:
	case len(holders) == 1 && !unsure:
		m := x.moveOf(holders[0], g, min(n, x.s.Carried[holders[0]][g]), kinds, x.p.belief(func(r int) bool { return x.p.net(r, session, g) < 0 }))
		x.t.Emit(event.Returned{Move: m})
	default:
		x.t.Emit(x.doubted(holders, g, n, true, kinds, "somebody put one back that another took"))
	}
	return len(holders) > 0
}

// held is a product that a session carries.
type held struct {
	session string
	gtin    gs1.GTIN
}

// back notes units that were stated as put back.
func (x *explanation) back(session string, g gs1.GTIN, n int) {
	if x.returned == nil {
		x.returned = map[held]int{}
	}
	x.returned[held{session, g}] += n
}

// mayHavePut is the least probability at which something is doubted to have
// been put back: nothing is charged that was kept with less than what it takes
// to charge it.
func (x *explanation) mayHavePut() measure.Probability {
	return x.threshold().Complement() / stricter
}

// stricter is how much less than what may be wrong with a line it may be believed
// that it was put back: that adds up over all that a shopper does.
const stricter = 3

// possiblePuts puts in doubt whatever a session may well have put back besides
// what is sure: two products of like mass, of which the one that stayed in the
// hand must not be charged in the other's place, or more units than were counted.
func (x *explanation) possiblePuts() {
	least := x.mayHavePut()
	for _, id := range x.p.sessions() {
		if v := x.who.Sessions[id]; v == nil || v.Staff || x.s.Frozen[id] {
			continue
		}
		for _, g := range slices.Sorted(maps.Keys(x.s.Carried[id])) {
			sure := x.returned[held{id, g}]
			n, belief := 0, measure.Probability(0)
			for k := 1; k <= x.s.Carried[id][g]; k++ {
				p := x.p.belief(func(r int) bool { return x.p.net(r, id, g) <= -(sure+k) || k == 1 && x.gained(r, id, g) })
				if p < least {
					break
				}
				if n = k; k == 1 {
					belief = p
				}
			}
			if n > 0 {
				d := x.doubted([]string{id}, g, n, true, x.kinds(id, g, observe.ActionPut), "something was put back, perhaps this")
				d.Candidates[0].Probability = belief
				x.t.Emit(d)
			}
		}
	}
}

// unknownPuts puts in doubt whatever a hand of nobody known may well have put back
// besides what it rather did: it is one of those whom no camera follows and who
// carry such a thing or, where none of them does, of all who do.
func (x *explanation) unknownPuts() {
	if !slices.Contains(x.p.sessions(), "") {
		return
	}
	least, stated := x.mayHavePut(), x.p.moved("")
	holders := map[gs1.GTIN][]string{}
	for _, id := range x.s.shoppers(x.who, x.c.Span) {
		for g := range x.s.Carried[id] { //nolint:gocritic // each is seen to by itself
			if !x.doubtedPut[held{id, g}] {
				holders[g] = append(holders[g], id)
			}
		}
	}
	untracked := x.insideThen(x.who.Untracked())
	for _, g := range slices.Sorted(maps.Keys(holders)) {
		belief := x.p.belief(func(r int) bool { return x.p.net(r, "", g) < 0 })
		if belief < least || slices.Contains(stated, g) {
			continue
		}
		who := slices.DeleteFunc(slices.Clone(holders[g]), func(id string) bool { return !slices.Contains(untracked, id) })
		if len(who) == 0 {
			who = holders[g]
		}
		d := x.doubted(who, g, 1, true, []observe.Kind{observe.KindWeight}, "somebody whom no session is known for put something back, perhaps this")
		d.Candidates[0].Probability = belief
		x.t.Emit(d)
	}
}

// unseenPuts deals with what somebody near may have put back without being
// seen: whoever of them carries it shares the doubt.
func (x *explanation) unseenPuts() {
	last := len(x.p.causes) - 1
	if last < 0 || !x.p.causes[last].unseen {
		return
	}
	least := x.mayHavePut()
	near := x.others(x.p.causes[:last])
	done := map[gs1.GTIN]bool{}
	for _, o := range x.p.causes[last].options {
		if o.quantity >= 0 || done[o.gtin] {
			continue
		}
		done[o.gtin] = true
		belief := x.p.belief(func(r int) bool { u := x.p.option(r, last); return u.gtin == o.gtin && u.quantity < 0 })
		holders := slices.DeleteFunc(slices.Clone(near), func(id string) bool { return x.s.Carried[id][o.gtin] == 0 })
		if belief >= least && len(holders) > 0 {
			d := x.doubted(holders, o.gtin, 1, true, []observe.Kind{observe.KindWeight}, "somebody near may have put one back unseen")
			d.Candidates[0].Probability = belief
			x.t.Emit(d)
		}
	}
}
