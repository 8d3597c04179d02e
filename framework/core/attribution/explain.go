package attribution

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// explanation is one change on its way to being told.
type explanation struct {
	s   *State
	t   *turn.Turn
	who *entry.State
	c   event.ChangeSeen
	p   posterior
	// trace is what hands that balanced left of mass, too little to be a change.
	trace measure.Mass
	// rest is when the bay came to rest after them, where it is known: hands of
	// before and after have nothing to do with it.
	rest time.Time
	// doubtedPut is what was stated as perhaps put back.
	doubtedPut map[held]bool
	// near are the shoppers' sessions that were seen to have to do with it.
	near []string
	// present is what agrees for a session that only presence speaks for.
	present []observe.Kind
	// certified says that one kind of evidence suffices, as the store says.
	certified bool
	// returned is what was stated as put back.
	returned map[held]int
}

// explain tells who made a change and with what.
func (s *State) explain(t *turn.Turn, who *entry.State, c event.ChangeSeen) {
	x := explanation{s: s, t: t, who: who, c: c}
	if t.Store.Shelf(c.Bay) == nil { // another definition was adopted meanwhile
		x.nobody("the store file has no such bay any more")
		if c.Change > 0 { // it may be something that somebody inside put back
			x.doubtCarried(s.shoppers(who, c.Span), "something was put back where the store file has no bay any more", x.fits)
		}
		t.Emit(event.ChangeExplained{By: c.By, Reason: "its bay is gone"})
		return
	}
	causes, ok := x.hands()
	switch {
	case !ok:
		x.doubtAll("too many hands at once")
	case len(causes) > 0:
		x.decide(causes)
	default:
		x.byPresence()
	}
	t.Emit(event.ChangeExplained{By: c.By, Reason: "decided"})
}

// hands lists the hands that were at the bay when it changed. It reports false
// where they are too many to tell apart.
func (x *explanation) hands() ([]cause, bool) {
	window := x.t.Store.Store.Attribution.Window
	var out []cause
	for _, h := range x.s.handsAt(x.c.Bay, x.t.Store.Shelf(x.c.Bay).Address) {
		if h.Spent && !h.Unfelt || !h.Span.Overlaps(x.c.Span, window) || !x.rest.IsZero() && !h.Rest.Equal(x.rest) {
			continue
		}
		c := cause{session: x.who.SessionOf(h.Interaction.Track), hand: h}
		if v := x.who.Sessions[c.session]; v != nil {
			c.staff = v.Staff
			if !v.Staff && !slices.Contains(x.near, v.ID) {
				x.near = append(x.near, v.ID)
			}
		}
		out = append(out, c)
	}
	if len(out) > maxCauses { // those that were only near in time seldom made it
		out = slices.DeleteFunc(out, func(c cause) bool { return !c.hand.Span.Overlaps(x.c.Span, 0) })
		if len(out) == 0 || len(out) > maxCauses {
			return nil, false
		}
	}
	for i := range out {
		c := &out[i]
		c.beside = putBeside(out, i)
		c.after = c.hand.Span.Onset.After(x.c.Span.Settled.Add(handSlack))
		c.aside = !c.hand.Span.Overlaps(x.c.Span, -handJitter)
		c.options = x.s.optionsFor(x.t, x.c.Bay, c, c.hand.Span.Overlaps(x.c.Span, 0))
	}
	if others := x.others(out); len(out) > 0 && len(others) > 0 {
		out = append(out, x.s.unseen(x.t, x.c.Bay, others, x.missing(out)))
	}
	return out, true
}

// missing is how probable it is that a hand was not seen: the bay moves while
// hands are at it, so one that moved well before the first or came to rest well
// after the last had another.
func (x *explanation) missing(causes []cause) measure.Probability {
	first, last := causes[0].hand.Span.Onset, causes[0].hand.Span.Settled
	for i := range causes {
		h := causes[i].hand.Span
		if h.Onset.Before(first) {
			first = h.Onset
		}
		if h.Settled.After(last) {
			last = h.Settled
		}
	}
	if x.blind() || !x.c.Restated && (x.c.Span.Onset.Before(first.Add(-handSlack)) || x.c.Span.Settled.After(last.Add(settleTime))) {
		return surelyUnseen
	}
	shelf := shelfName(x.c.Bay)
	if r := x.s.Rests[shelf]; r.Times >= leastRests && !x.c.Restated {
		early := x.c.Span.Onset.Before(first.Add(-handJitter))
		late := x.c.Span.Settled.After(last.Add(r.After + handJitter))
		switch {
		case early || late:
			return min(surelyUnseen, x.s.misses()*unseenBeside)
		default:
			return x.s.misses().Mul(unseenWithin)
		}
	}
	return x.s.misses().Mul(unseenNear)
}

// putBeside lists what hands other than the i-th were seen putting there.
func putBeside(causes []cause, i int) []gs1.GTIN {
	var out []gs1.GTIN
	for j := range causes {
		if o := causes[j].hand.Interaction; j != i && o.Action == observe.ActionPut {
			for _, c := range o.Candidates {
				out = append(out, c.GTIN)
			}
		}
	}
	return out
}

// others lists the sessions near the bay whose hand may have been missed: those
// of none of the hands, and those whom no camera follows.
func (x *explanation) others(causes []cause) []string {
	var out []string
	near := append(x.anybody(), x.insideThen(x.who.Untracked())...)
	if x.blind() { // it may have been anybody's hand
		near = append(near, x.who.SessionsInside(x.c.Span)...)
	}
	for _, id := range near {
		seen := slices.ContainsFunc(causes, func(c cause) bool { return c.session == id && !c.after }) && !x.more(causes, id)
		if !seen && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// more reports whether somebody else of a session, beside those whose hands were
// seen, was near the bay.
func (x *explanation) more(causes []cause, session string) bool {
	v, zones := x.who.Sessions[session], x.t.Store.Shelf(x.c.Bay).Zones
	if v == nil {
		return false
	}
	return slices.ContainsFunc(v.Bodies, func(b entry.Body) bool {
		t := x.who.Tracks[b.Track]
		return t != nil && t.Session == session && t.InZone(zones, x.c.Span) &&
			!slices.ContainsFunc(causes, func(c cause) bool { return c.hand != nil && c.hand.Interaction.Track == b.Track })
	})
}

// at reports whether a hand seen at a place, a bay or a whole shelf, was at a
// bay.
func at(t *turn.Turn, place, bay string) bool {
	if place == bay {
		return true
	}
	shelf := t.Store.Shelf(bay)
	return shelf != nil && shelf.Address == place
}

// byPresence tells who made a change that no hand was seen at, by who was near.
func (x *explanation) byPresence() {
	shelf := x.t.Store.Shelf(x.c.Bay)
	untracked := x.insideThen(x.who.Untracked())
	seen := x.t.Store.Covered(shelf.Zones) && x.sighted(shelf.Zones) && !x.silent()
	var ids []string
	if seen {
		ids = x.who.SessionsOf(shelf.Zones, x.c.Span, x.busy)
		for _, id := range untracked {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	} else {
		ids = x.who.SessionsInside(x.c.Span)
	}
	for _, id := range ids {
		if !x.who.Sessions[id].Staff {
			x.near = append(x.near, id)
		}
	}
	switch {
	case len(ids) == 0:
		x.nobody("nobody was seen near")
		if x.c.Change > 0 { // whoever it was, it is somebody inside
			x.doubtCarried(x.s.shoppers(x.who, x.c.Span), "something was put back where nobody was seen", x.fits)
		}
	case len(ids) == 1:
		x.present = []observe.Kind{observe.KindWeight}
		if len(untracked) == 0 && x.unwitnessed(shelf.Zones) {
			x.present = append(x.present, observe.KindPresence)
		}
		c := cause{session: ids[0], staff: x.who.Sessions[ids[0]].Staff}
		c.options = x.s.optionsFor(x.t, x.c.Bay, &c, true)
		x.decide([]cause{c})
	default:
		x.doubtAll("several people were near and no hand was seen")
	}
}

// silent reports whether no camera has told of anybody inside since the change began, while
// there are several: it may be behind, and then where it said that they were is old, if it has
// told of them at all.
func (x *explanation) silent() bool {
	inside := x.who.SessionsInside(x.c.Span)
	return len(inside) > 1 && !slices.ContainsFunc(inside, func(id string) bool {
		return slices.ContainsFunc(x.who.Sessions[id].Bodies, func(b entry.Body) bool { return x.heard(b.Track) })
	})
}

// heard reports whether a camera has told of a track since the change began.
func (x *explanation) heard(track observe.Track) bool {
	t := x.who.Tracks[track]
	return t != nil && !t.Last.Before(x.c.Span.Onset) ||
		slices.ContainsFunc(x.s.tracks[track], func(h *Hand) bool { return !h.Span.Settled.Before(x.c.Span.Onset) })
}

// unwitnessed reports whether nobody can have been near without being known: no
// stranger, and nobody whose visit is forgotten.
func (x *explanation) unwitnessed(zones []string) bool {
	return x.t.Store.Covered(zones) && x.sighted(zones) && !x.c.Restated && x.s.Gone.Before(x.c.Span.Onset) && !x.who.Strangers(zones, x.c.Span)
}

// blind reports whether a camera that should have seen the bay did not, at some
// time of the change.
func (x *explanation) blind() bool {
	zones := x.t.Store.Shelf(x.c.Bay).Zones
	return x.t.Store.Covered(zones) && !x.sighted(zones)
}

// uncounted reports whether bodies may have come in or gone out that no gate
// told of since a session was opened: then nobody is surely alone.
func (x *explanation) uncounted(session string) bool {
	v := x.who.Sessions[session]
	for i := range x.t.Store.Store.Devices {
		d := &x.t.Store.Store.Devices[i]
		if d.Class == storedef.ClassGate && v != nil && (!x.who.Serving(d.Address) || x.s.troubled(d.Address, v.Opened)) {
			return true
		}
	}
	return false
}

// threshold is how probable something must be to be charged. It rises while
// what tells of the bay is not at its best, and never falls.
func (x *explanation) threshold() measure.Probability {
	p := x.t.Store.Store.Attribution.ChargeAbove
	shelf := x.t.Store.Shelf(x.c.Bay)
	well := x.who.Ready(shelf.Address) && !x.blind()
	for _, z := range shelf.Zones {
		for _, d := range x.t.Store.Cameras(z) {
			well = well && x.who.Ready(d.Address)
		}
	}
	if well {
		return p
	}
	return p + p.Complement()/2
}

// busy reports whether a track's hand was seen at another shelf while this one
// changed: it can't have been here as well. Another bay of the same shelf says
// little, for a camera may take one for its neighbour, and so does a hand that
// moved something and that its shelf did not feel.
func (x *explanation) busy(track observe.Track) bool {
	shelf := x.t.Store.Shelf(x.c.Bay)
	return slices.ContainsFunc(x.s.tracks[track], func(h *Hand) bool {
		return shelfOf(x.t, h.Bay) != shelf && h.Span.Overlaps(x.c.Span, -handSlack) && !x.displaced(h) &&
			(h.Interaction.Action == observe.ActionTouch || h.Spent && !h.Unfelt || x.s.changing(x.t, h.Bay))
	})
}

// displaced reports whether a hand that was seen at another bay may have been at
// this one: what it was seen to hold is of this bay and has the mass of the change,
// and the other bay has none of it.
func (x *explanation) displaced(h *Hand) bool {
	here, there := x.s.takeable(x.t, x.c.Bay), x.s.takeable(x.t, h.Bay)
	return slices.ContainsFunc(h.Interaction.Candidates, func(c observe.Candidate) bool {
		p := x.t.Store.Product(c.GTIN)
		return p != nil && c.Probability >= shares && slices.Contains(here, c.GTIN) && !slices.Contains(there, c.GTIN) && x.weighs(p)
	})
}

// weighs reports whether units of a product have the mass of the change.
func (x *explanation) weighs(p *storedef.Product) bool {
	for n := 1; n <= mostUnits; n++ {
		d := int64(x.c.Change.Abs() - measure.Mass(n)*p.Mass)
		if d*d <= 16*(x.spread()+int64(n)*variance(p)) {
			return true
		}
	}
	return false
}

// insideThen keeps the sessions that were inside when the change happened.
func (x *explanation) insideThen(ids []string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return !x.who.Sessions[id].Present(x.c.Span) })
}

// sighted reports whether every camera over the zones was working through the
// change.
func (x *explanation) sighted(zones []string) bool {
	for _, z := range zones {
		for _, d := range x.t.Store.Cameras(z) {
			if !x.who.Serving(d.Address) || x.s.troubled(d.Address, x.c.Span.Onset) {
				return false
			}
		}
	}
	return true
}

// nobody records a change that belongs to no session. A rise by something that
// the bay does not sell is remembered as a foreign thing, so that taking it away
// again is nobody's purchase.
func (x *explanation) nobody(reason string) {
	foreign := x.c.Change > 0 && !slices.ContainsFunc(x.s.takeable(x.t, x.c.Bay), func(g gs1.GTIN) bool {
		p := x.t.Store.Product(g)
		return p != nil && x.fits(p, mostUnits)
	})
	x.t.Emit(event.Unattributed{Bay: x.c.Bay, Change: x.c.Change, Foreign: foreign, Reason: reason, Span: x.c.Span, Evidence: []event.Ref{x.c.By}})
}
