package attribution

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// What is believed before a scale has spoken. The figures are odds, not
// measurements: each only has to be of the right size, because mass decides
// wherever it can, and where it can't the answer is a doubt.
const (
	// Of the hands that move several units, most move two.
	twoUnits, threeUnits, fourUnits = 900_000, 70_000, 30_000
	// A camera that counts units is seldom wrong.
	countRight, countWrong, countFar = 970_000, 10_000, 300
	// A camera that names a product may yet be wrong about all it names.
	leastProduct = 100
	// A hand that was only near the change in time seldom made it.
	aside, acted = 980_000, 20_000
	// One that came when the bay was at rest again hardly ever did.
	afterwards = 1_000
	// Something that a session is not known to hold is seldom put back by it,
	// though goods are handed on. Something that a bay is not known to hold is
	// hardly ever taken from it, unless somebody puts it there just now.
	notCarried, notThere, justPut = 10_000, 1_000, 300_000
	// One that strayed there is one among many of the bay's own.
	strayed = 100_000
	// Where one strayed there whose mass is known, it is seldom another.
	unnoticed = 100_000
	// Of the hands that no camera sees few are just then and there; but a bay
	// that moved before or after all hands that were seen was moved by another.
	unseenNear, surelyUnseen = 330_000, 400_000
	// Where it is known how long the shelf takes to come to rest, a hand that
	// was not seen came and went while one that was seen was there, or left its
	// mark on when the bay began to move or came to rest, which makes it so many
	// times as probable.
	unseenWithin, unseenBeside = 50_000, 3
	// A foreign thing was seen to lie there, but goods are what people come for.
	tookForeign = 100_000
	// Staff carry many units at a time.
	mostUnits, mostStaffUnits, mostUnseen = 4, 24, 2
)

// cause is somebody who may have made a change, or a part of it.
type cause struct {
	session string // "" for somebody who can't be told
	staff   bool
	hand    *Hand // nil where only presence speaks
	unseen  bool  // somebody whose hand no camera saw
	aside   bool  // its hand was near the change in time, and perhaps not there during it
	after   bool  // its hand came when the bay was at rest again
	options []option
	// beside are products that other hands may be putting there.
	beside []gs1.GTIN
}

// option is one thing that a cause may have done.
type option struct {
	gtin     gs1.GTIN
	quantity int // units off the bay; negative for units put on it
	foreign  measure.Mass
	mass     measure.Mass // of all units
	variance int64        // of that mass, mg^2
	score    int64        // log of how likely it was before the scale spoke
	// unnamed is the change by which something was taken that nobody could
	// name and that is put back here.
	unnamed event.Ref
}

// optionsFor lists what a cause may have done at a bay. A hand is strict where it
// was there while the bay changed, and not only near it in time.
func (s *State) optionsFor(t *turn.Turn, bay string, c *cause, strict bool) []option {
	touch, take, put := actions(c.hand)
	nothing := lnP(touch)
	near := int64(0)
	switch {
	case c.after:
		nothing, near = lnP(measure.Certain), lnP(afterwards)
	case !strict:
		nothing, near = lnP(aside), lnP(acted)
	}
	there, own := s.takeable(t, bay), len(t.Store.Facings(bay))
	takes, puts := named(there, c.hand), named(s.puttable(t, bay, c.session), c.hand)
	most := mostUnits
	if c.staff {
		most = mostStaffUnits
		puts = takes
	}
	out := make([]option, 1, 1+most*(len(takes)+len(puts))+len(s.Felt[c.session]))
	out[0].score = nothing
	for i, g := range takes {
		p := lnP(take) + near + productScore(c.hand, g, takes)
		switch {
		case i < own:
		case i < len(there):
			p += lnP(strayed)
		case slices.Contains(c.beside, g):
			p += lnP(justPut)
		default:
			p += lnP(notThere)
		}
		if o, ok := s.portion(t, bay, g); ok {
			o.score = p + c.unitScore(t, g, 1)
			out = append(out, o)
			if !t.Store.Product(g).Weighed() {
				p += lnP(unnoticed)
			}
		}
		out = appendUnits(t, out, g, most, +1, func(n int) int64 { return p + c.unitScore(t, g, n) })
	}
	for _, g := range puts {
		p := lnP(put) + near + productScore(c.hand, g, puts)
		held := s.Carried[c.session][g]
		out = appendUnits(t, out, g, most, -1, func(n int) int64 {
			if !c.staff && n > held {
				return p + c.unitScore(t, g, n) + lnP(notCarried)
			}
			return p + c.unitScore(t, g, n)
		})
	}
	if !c.staff {
		out = s.appendFelt(t, out, c, lnP(put)+near, puts)
	}
	if b := s.Bays[bay]; b != nil {
		for _, m := range b.Foreign {
			out = append(out, option{foreign: m, mass: m, variance: int64(measure.Gram) * int64(measure.Gram), score: lnP(take) + near + lnP(tookForeign)})
		}
	}
	return out
}

// portion is what strayed to a bay and is known again by its mass.
func (s *State) portion(t *turn.Turn, bay string, g gs1.GTIN) (option, bool) {
	b := s.Bays[bay]
	if p := t.Store.Product(g); b == nil || p == nil || b.Portions[g] == 0 {
		return option{}, false
	}
	d := max(measure.Gram, b.Shift.Deviation)
	return option{gtin: g, quantity: 1, mass: b.Portions[g], variance: int64(d) * int64(d)}, true
}

// named adds the products that a camera named to those that are known to be
// possible; they come last.
func named(known []gs1.GTIN, h *Hand) []gs1.GTIN {
	out := slices.Clone(known)
	if h == nil {
		return out
	}
	for _, c := range h.Interaction.Candidates {
		if !slices.Contains(out, c.GTIN) {
			out = append(out, c.GTIN)
		}
	}
	return out
}

// unseen is somebody near whose hand no camera saw. What others carry may be
// what was put back.
func (s *State) unseen(t *turn.Turn, bay string, near []string, acted measure.Probability) cause {
	c := cause{options: []option{{score: lnP(acted.Complement())}}, unseen: true}
	takes := s.takeable(t, bay)
	puts := slices.Clone(t.Store.Facings(bay))
	for _, id := range near {
		for _, g := range slices.Sorted(maps.Keys(s.Carried[id])) {
			if !slices.Contains(puts, g) {
				puts = append(puts, g)
			}
		}
	}
	for _, g := range takes {
		p := lnP(acted*6/10) + ln(1, int64(len(takes)))
		c.options = appendUnits(t, c.options, g, mostUnseen, +1, func(n int) int64 { return p + c.unitScore(t, g, n) })
	}
	for _, g := range puts {
		p := lnP(acted*4/10) + ln(1, int64(len(puts)))
		c.options = appendUnits(t, c.options, g, mostUnseen, -1, func(n int) int64 { return p + c.unitScore(t, g, n) })
	}
	return c
}

// actions returns how likely a hand touched, took and put.
func actions(h *Hand) (touch, take, put measure.Probability) {
	if h == nil {
		return 100_000, 600_000, 300_000
	}
	sure := h.Interaction.Confidence
	other := sure.Complement() / 2
	switch h.Interaction.Action {
	case observe.ActionTake:
		return other, sure, other
	case observe.ActionPut:
		return other, other, sure
	case observe.ActionTouch:
		return sure, other, other
	case observe.ActionUnknown:
	}
	return 300_000, 450_000, 250_000
}

// takeable lists what may be taken from a bay: its facings and its strays.
func (s *State) takeable(t *turn.Turn, bay string) []gs1.GTIN {
	out := slices.Clone(t.Store.Facings(bay))
	if b := s.Bays[bay]; b != nil {
		for _, g := range slices.Sorted(maps.Keys(b.Strays)) {
			if !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	return out
}

// puttable lists what a session may put on a bay: what it carries, and the
// bay's own products, which it may have been handed.
func (s *State) puttable(t *turn.Turn, bay, session string) []gs1.GTIN {
	out := slices.Sorted(maps.Keys(s.Carried[session]))
	for _, g := range t.Store.Facings(bay) {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// productScore is how likely a hand held product g rather than another of the
// list, by what the camera saw.
func productScore(h *Hand, g gs1.GTIN, list []gs1.GTIN) int64 {
	if h == nil || len(h.Interaction.Candidates) == 0 {
		return ln(1, int64(max(1, len(list))))
	}
	left, named := measure.Certain, 0
	for _, c := range h.Interaction.Candidates {
		if c.GTIN == g {
			return lnP(max(c.Probability, leastProduct))
		}
		left -= c.Probability
		if slices.Contains(list, c.GTIN) {
			named++
		}
	}
	return lnP(max(left/measure.Probability(max(1, len(list)-named)), leastProduct))
}

// unitScore is how likely a hand held n units of g, by what the camera counted or,
// if it didn't, by how often a store's shoppers move several at once. Of loose
// goods a unit is what is taken at a time, more or less, and what more of them is
// counted than there was mass of says nothing.
func (c *cause) unitScore(t *turn.Turn, g gs1.GTIN, n int) int64 {
	counted := 0
	if c.hand != nil {
		counted = c.hand.Interaction.Quantity
	}
	if p := t.Store.Product(g); counted > n && p != nil && p.Weighed() {
		counted = 0
	}
	switch {
	case counted == n:
		return lnP(countRight)
	case counted > 0:
		if d := counted - n; d < -1 || d > 1 {
			return lnP(countFar)
		}
		return lnP(countWrong)
	case c.staff:
		return ln(1, mostStaffUnits)
	}
	several := t.Store.Store.Attribution.SeveralUnits
	if n == 1 {
		return lnP(several.Complement())
	}
	return lnP(several.Mul([...]measure.Probability{twoUnits, threeUnits, fourUnits}[min(n, mostUnits)-2]))
}

func appendUnits(t *turn.Turn, out []option, g gs1.GTIN, most, sign int, score func(int) int64) []option {
	p := t.Store.Product(g)
	if p == nil || p.Mass <= 0 {
		return out
	}
	for n := 1; n <= most; n++ {
		out = append(out, option{gtin: g, quantity: sign * n, mass: measure.Mass(n) * p.Mass, variance: int64(n) * variance(p), score: score(n)})
	}
	return out
}

// certified reports whether weight alone suffices for a product on a bay.
func certified(t *turn.Turn, bay string, g gs1.GTIN) bool {
	var lists [][]observe.Kind
	if b := t.Store.Bay(bay); b != nil {
		lists = append(lists, b.Certified, t.Store.Shelf(bay).Certified)
	}
	if p := t.Store.Product(g); p != nil {
		lists = append(lists, p.Certified)
	}
	return storedef.Suffices(observe.KindWeight, lists...)
}
