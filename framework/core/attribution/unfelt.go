package attribution

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// misplaced is how often a camera takes a bay for its neighbour.
const misplaced = 2_000

// doubtUnfelt deals with a hand that the shelf felt nothing of while others were
// near: a hand that no camera saw may have balanced it. Then whoever may well
// have put something back is not charged for it, be it the hand or one of the
// others.
func (s *State) doubtUnfelt(t *turn.Turn, who *entry.State, h *Hand) {
	session := who.SessionOf(h.Interaction.Track)
	x := explanation{s: s, t: t, who: who, c: event.ChangeSeen{Bay: h.Bay, Span: h.Span, Deviation: leastChange / 3, By: h.By}}
	if t.Store.Bay(h.Bay) == nil || len(h.Interaction.Candidates) == 0 {
		return
	}
	others := x.others([]cause{{session: session}})
	if len(others) == 0 {
		return
	}
	c := cause{session: session, hand: h}
	if v := who.Sessions[session]; v != nil {
		c.staff = v.Staff
	}
	c.options = s.optionsFor(t, h.Bay, &c, true)
	touch, _, _ := actions(h)
	c.options[0].score = lnP(min(touch+misplaced, measure.Certain)) // it was elsewhere, or nothing
	x.p = weigh([]cause{c, s.unseen(t, h.Bay, others, x.missing([]cause{c}))}, 0, x.c.Deviation)
	if x.p.best < 0 {
		return
	}
	if h.Interaction.Action == observe.ActionPut { // it was seen: what is named may have been put back
		x.doubtBalanced([]string{session}, 0, func(g gs1.GTIN) bool {
			return slices.ContainsFunc(h.Interaction.Candidates, func(c observe.Candidate) bool { return c.GTIN == g && c.Probability >= shares })
		})
		return
	}
	x.doubtBalanced(others, 1, func(gs1.GTIN) bool { return false })
}

// doubtUnknown deals with something that only a camera saw put back, by somebody whom
// it does not know: it is one of those inside whom no camera follows and who carry
// such a thing or, where none of them does, of all who do.
func (s *State) doubtUnknown(t *turn.Turn, who *entry.State, h *Hand) {
	x := explanation{s: s, t: t, who: who, c: event.ChangeSeen{Bay: h.Bay, Span: h.Span, By: h.By}}
	untracked := x.insideThen(who.Untracked())
	for _, c := range h.Interaction.Candidates {
		carry := func(ids []string) []string {
			return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
				return s.Carried[id][c.GTIN] == 0 || s.Frozen[id] || who.Sessions[id].Staff
			})
		}
		holders := carry(untracked)
		if len(holders) == 0 {
			holders = carry(who.SessionsInside(h.Span))
		}
		if c.Probability < shares || len(holders) == 0 {
			continue
		}
		d := x.doubted(holders, c.GTIN, max(1, h.Interaction.Quantity), true, []observe.Kind{observe.KindInteraction},
			"only a camera saw it put back, by somebody whom it does not know")
		d.Candidates[0].Probability = c.Probability.Mul(h.Interaction.Confidence)
		x.t.Emit(d)
	}
}

// doubtBalanced doubts whatever one of the causes may have put back, and what was
// seen in its hand, for whoever of the holders carries it.
func (x *explanation) doubtBalanced(holders []string, cause int, seen func(gs1.GTIN) bool) {
	least := x.threshold().Complement()
	var all []gs1.GTIN
	for _, id := range holders {
		for _, g := range slices.Sorted(maps.Keys(x.s.Carried[id])) {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	for _, g := range all {
		belief := x.p.belief(func(r int) bool { o := x.p.option(r, cause); return o.gtin == g && o.quantity < 0 })
		held := slices.DeleteFunc(slices.Clone(holders), func(id string) bool {
			v := x.who.Sessions[id]
			return x.s.Carried[id][g] == 0 || x.s.Frozen[id] || v == nil || v.Staff
		})
		if belief < least && !seen(g) || len(held) == 0 {
			continue
		}
		d := x.doubted(held, g, max(1, x.p.causes[0].hand.Interaction.Quantity), true, []observe.Kind{observe.KindInteraction},
			"the shelf felt nothing of a hand, which another may have balanced")
		d.Candidates[0].Probability = belief
		x.t.Emit(d)
	}
}
