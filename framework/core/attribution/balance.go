package attribution

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// misplaced is how often a camera takes a bay for its neighbour.
const misplaced = 2_000

// balanceBefore tells first what hands did at a bay before a change of it began.
// The bay was at rest between the two, so what they moved balanced; whoever took
// then what another put back may be the one who puts it back now.
func (s *State) balanceBefore(t *turn.Turn, who *entry.State, c event.ChangeSeen) {
	shelf := t.Store.Shelf(c.Bay)
	if shelf == nil || c.Restated || !who.Serving(shelf.Address) {
		return
	}
	until := c.Span.Onset.Add(-t.Store.Store.Attribution.Window)
	for _, h := range s.places[c.Bay] {
		if h.Spent || s.troubled(shelf.Address, h.Span.Onset) {
			continue
		}
		switch rested := !h.Rest.IsZero() && !h.Rest.After(c.Span.Onset); {
		case h.Span.Settled.Before(until):
			s.explainBalance(t, who, h, until, true)
		case rested && h.Span.Settled.Before(c.Span.Onset.Add(-handSlack)): // the shelf says itself that it was at rest
			s.explainBalance(t, who, h, h.Rest, true)
		}
	}
}

// explainBalance looks for hands until a time that together changed nothing: one
// takes what another puts back before the shelf has come to rest. Either may be one
// that no camera saw, or whose deed it mistook. Those that did nothing are spent.
func (s *State) explainBalance(t *turn.Turn, who *entry.State, h *Hand, until time.Time, early bool) {
	x := explanation{s: s, t: t, who: who, c: event.ChangeSeen{Bay: h.Bay, Deviation: leastChange / 3, Span: observe.Between(h.Span.Onset, until), By: h.By}}
	known := h.Shift != (Shift{}) && !h.Shift.moved()
	switch {
	case t.Store.Bay(h.Bay) == nil:
		return
	case known:
		x.settled(h)
	case (early || h.Shift.moved()) && !x.opposed(h): // it is not at rest yet, or was part of a change and is told of by that
		return
	}
	causes, ok := x.hands()
	if !ok || len(causes) < 2 || !slices.ContainsFunc(causes, cause.acted) {
		return
	}
	within := func(o *Hand) bool {
		return o != nil && o.Span.Overlaps(x.c.Span, 0) && !o.Span.Settled.After(x.c.Span.Settled)
	}
	for i := range causes {
		if within(causes[i].hand) {
			x.allow(&causes[i])
		}
	}
	x.decide(causes)
	for i := range causes {
		if o := causes[i].hand; within(o) && !o.Spent {
			x.unfelt(o)
		}
	}
}

// settled takes what the shelf says of the rest after a hand: since when the bay
// moved, and what is left of mass.
func (x *explanation) settled(h *Hand) {
	x.c.Deviation, x.c.Span.Settled = h.Shift.Deviation, h.Rest
	x.trace, x.rest = h.Shift.Change, h.Rest
	if h.Shift.Since.Before(h.Span.Onset) {
		x.c.Span.Onset = h.Shift.Since
	}
}

// opposed reports whether another hand that is not spent moved things the other way
// than one did.
func (x *explanation) opposed(h *Hand) bool {
	return slices.ContainsFunc(x.s.places[h.Bay], func(o *Hand) bool {
		return !o.Spent && o.By != h.By && o.Span.Overlaps(x.c.Span, 0) && o.Interaction.Action != h.Interaction.Action
	})
}

// acted reports whether a hand was seen to do more than touch.
func (c cause) acted() bool { return c.hand != nil && c.hand.Interaction.Action != observe.ActionTouch }

// allow has a hand whose bay was as before be one that did nothing, for a camera
// may take a bay for its neighbour.
func (x *explanation) allow(c *cause) {
	touch, _, _ := actions(c.hand)
	c.options[0].score = lnP(min(touch+misplaced, measure.Certain))
}

// unfelt spends a hand that the shelf felt nothing of. What it was seen to put back
// is in doubt, however improbable: another may have balanced it, or the scale sticks.
func (x *explanation) unfelt(h *Hand) {
	id := x.who.SessionOf(h.Interaction.Track)
	if v := x.who.Sessions[id]; v != nil && !v.Staff && !x.s.Frozen[id] && h.Interaction.Action == observe.ActionPut {
		x.doubtSeen(id, h)
	}
	x.t.Emit(event.HandSpent{By: h.By, Reason: "the shelf felt no change", Unfelt: true})
}

func (x *explanation) doubtSeen(session string, h *Hand) {
	for _, c := range h.Interaction.Candidates {
		if c.Probability >= shares && x.s.Carried[session][c.GTIN] > 0 && !x.doubtedPut[held{session, c.GTIN}] {
			x.t.Emit(x.doubted([]string{session}, c.GTIN, max(1, h.Interaction.Quantity), true, []observe.Kind{observe.KindInteraction},
				"the shelf felt nothing of a hand, which another may have balanced"))
		}
	}
}
