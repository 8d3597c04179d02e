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

// Step decides what the input means for who took what.
func (s *State) Step(t *turn.Turn, who *entry.State) {
	switch in := t.Input.(type) {
	case event.Evidence:
		s.evidence(t, who, in)
	case event.DeviceStatus, event.Answer, event.Definition, event.StaffOrder, event.Notice, event.Resumed, event.Time:
	}
	s.explainDue(t, who)
	s.retireHands(t, who)
	s.settleTags(t, who)
}

func (s *State) evidence(t *turn.Turn, who *entry.State, e event.Evidence) {
	switch o := e.Observed.(type) {
	case observe.Weight:
		s.weight(t, e, o)
	case observe.Interaction:
		s.hand(t, who, e, o)
	case observe.Tag:
		s.tag(t, e, o)
	case observe.Credential, observe.Passage, observe.Presence, observe.Door, observe.Scan, nil:
	}
}

// weight takes note of a level and, where it differs from the last by more
// than noise, of a change to be explained.
func (s *State) weight(t *turn.Turn, e event.Evidence, w observe.Weight) {
	address := t.Store.BayOf(e.Device, w.Bay)
	if address == "" {
		t.Emit(event.Ignored{What: e.Device, Reason: "it has no such bay in the store file"})
		return
	}
	before := s.Bays[address]
	span, setBack := e.Span(), false
	var change *event.ChangeSeen
	if before != nil && before.Known {
		behind := before.Span.Settled.Sub(span.Settled)
		again := behind == 0 && before.Epoch != e.Epoch && before.Mass == w.Mass // what was told before it was opened again says nothing of what is so now
		if again || behind > 0 && behind <= keepHands {
			t.Emit(event.Ignored{What: address, Reason: "a later level is known"})
			return
		}
		setBack = behind > 0 // no report is that late: its clock was set back or it repeats itself, and it says nothing of when
		if setBack {
			span = observe.At(t.At)
			if before.Span.Settled.After(t.At) {
				span = observe.At(before.Span.Settled)
			}
		}
		if d := w.Mass - before.Mass; d.Abs() >= max(leastChange, 3*w.Deviation) {
			change = &event.ChangeSeen{Bay: address, Change: d, Deviation: w.Deviation, Span: span, By: e.Ref()}
			if setBack || before.Epoch != e.Epoch || before.Gap {
				change.Restated, change.Span.Onset = true, before.Span.Settled
			}
		}
	}
	t.Emit(event.LevelSet{Bay: address, Mass: w.Mass, Span: span, By: e.Ref(), Untimed: setBack, Deviation: w.Deviation})
	if change != nil {
		t.Emit(*change)
	}
}

// troubled reports whether a device changed its state or lost reports after t,
// or the host was gone.
func (s *State) troubled(device string, after time.Time) bool {
	at, ok := s.Trouble[device]
	return ok && at.After(after) || !s.Away.IsZero() && !s.Away.Before(after)
}

// hand takes note of a hand. What is put back where the store file has no shelf,
// or none any more, no scale will tell of: who seems to have it shares a doubt.
func (s *State) hand(t *turn.Turn, who *entry.State, e event.Evidence, o observe.Interaction) {
	if shelfOf(t, o.At) == nil {
		t.Emit(event.Ignored{What: o.At, Reason: "the store file has no such bay or shelf"})
		if o.Action == observe.ActionPut {
			s.doubtHand(t, who, &Hand{HandSeen: event.HandSeen{Bay: o.At, Span: e.Span(), Interaction: o, By: e.Ref()}})
		}
		return
	}
	t.Emit(event.HandSeen{Bay: o.At, Span: e.Span(), Interaction: o, By: e.Ref()})
}

// tag takes note of a tag that goes out through a gate's lane.
func (s *State) tag(t *turn.Turn, e event.Evidence, o observe.Tag) {
	if o.Direction != observe.DirectionOut {
		return
	}
	g, err := gs1.EPC(o.EPC).GTIN()
	if err != nil {
		t.Emit(event.Ignored{What: o.EPC, Reason: err.Error()})
		return
	}
	if t.Store.Product(g) == nil {
		t.Emit(event.Ignored{What: o.EPC, Reason: "no product of this store"})
		return
	}
	t.Emit(event.TagSeen{Gate: t.Store.GateOf(e.Device), EPC: o.EPC, GTIN: g, Span: e.Span(), By: e.Ref()})
}

// explainDue explains the changes whose window is over, oldest first.
func (s *State) explainDue(t *turn.Turn, who *entry.State) {
	var due []event.ChangeSeen
	settled := t.At.Add(-t.Store.Store.Attribution.Window)
	for i := range s.Changes {
		if !s.Changes[i].Span.Settled.After(settled) {
			due = append(due, s.Changes[i])
		}
	}
	slices.SortStableFunc(due, func(a, b event.ChangeSeen) int { return a.Span.Compare(b.Span) })
	for _, c := range due {
		s.balanceBefore(t, who, c)
		s.explain(t, who, c)
	}
}

// retireHands closes the account of hands that no change of mass belongs to.
// Hands that were at one bay together may have moved the same mass both ways;
// else a working shelf that felt nothing outweighs a camera that saw something,
// and with the shelf out of order there is a doubt.
func (s *State) retireHands(t *turn.Turn, who *entry.State) {
	rested := t.At.Add(-2 * t.Store.Store.Attribution.Window)
	for _, h := range s.waiting {
		if h.Spent || h.soonest().After(rested) || s.rest(h).After(rested) || s.changing(t, h.Bay) {
			continue
		}
		shelf := shelfOf(t, h.Bay)
		if shelf == nil || !who.Serving(shelf.Address) || s.troubled(shelf.Address, h.Span.Onset) {
			s.doubtHand(t, who, h)
			t.Emit(event.HandSpent{By: h.By, Reason: "the shelf was out of order"})
			continue
		}
		s.explainBalance(t, who, h, s.rest(h), false)
		if !h.Spent {
			x := explanation{s: s, t: t, who: who, c: event.ChangeSeen{Bay: h.Bay, Span: h.Span, By: h.By}}
			x.unfelt(h)
		}
	}
}

// soonest is a time before which rest does not lie, had at no cost.
func (h *Hand) soonest() time.Time {
	if !h.Rest.IsZero() {
		return h.Rest
	}
	return h.Span.Settled
}

// rest is when a bay came to rest after a hand or, as long as it has not said so,
// could have: hands that follow within its settling time put that off, but not
// for ever.
func (s *State) rest(h *Hand) time.Time {
	if !h.Rest.IsZero() {
		return h.Rest
	}
	end := h.Span.Settled
	for found := true; found; {
		found = false
		for _, o := range s.places[h.Bay] {
			if !o.Spent && o.Span.Settled.After(end) && !o.Span.Onset.After(end.Add(settleTime)) {
				end, found = o.Span.Settled, true
			}
		}
		if last := h.Span.Settled.Add(keepHands); end.After(last) {
			return last
		}
	}
	return end
}

// changing reports whether a change at a place, a bay or a whole shelf, waits to
// be explained.
func (s *State) changing(t *turn.Turn, place string) bool {
	if s.changes[place] > 0 {
		return true
	}
	if t.Store.Bay(place) != nil {
		return false
	}
	return slices.ContainsFunc(s.Changes, func(c event.ChangeSeen) bool { return at(t, place, c.Bay) })
}

// shelfOf returns the shelf that a place is, or that a bay is on; nil for
// neither.
func shelfOf(t *turn.Turn, place string) *storedef.Device {
	if d := t.Store.Device(place); d != nil && d.Class == storedef.ClassWeightShelf {
		return d
	}
	return t.Store.Shelf(place)
}

func (s *State) doubtHand(t *turn.Turn, who *entry.State, h *Hand) {
	session := who.SessionOf(h.Interaction.Track)
	v := who.Sessions[session]
	take := h.Interaction.Action == observe.ActionTake
	if v == nil && h.Interaction.Action == observe.ActionPut {
		s.doubtUnknown(t, who, h)
		return
	}
	if v == nil || v.Staff || s.Frozen[session] || !take && h.Interaction.Action != observe.ActionPut {
		return
	}
	d := event.Doubted{ID: doubtID(h.By), Sessions: []string{session}, Bay: h.Bay, Put: !take, Kinds: []observe.Kind{observe.KindInteraction},
		Reason: "only a camera saw it; the shelf was out of order", Span: h.Span, Evidence: []event.Ref{h.By}}
	for _, c := range h.Interaction.Candidates {
		unit, rate := s.Asked(t, c.GTIN, h.Span.Onset)
		d.Candidates = append(d.Candidates, event.DoubtCandidate{GTIN: c.GTIN, Quantity: max(1, h.Interaction.Quantity),
			Probability: c.Probability.Mul(h.Interaction.Confidence), Unit: event.UnitPrice(unit), Rate: rate})
	}
	t.Emit(d)
}

// unsure reports whether a device may have missed or mistaken something since a
// time. One that nothing is known of is taken for well.
func (s *State) unsure(who *entry.State, device string, since time.Time) bool {
	if _, known := who.Device[device]; !known {
		return false
	}
	return !who.Serving(device) || s.troubled(device, since)
}

// shoppers lists the shoppers' sessions with somebody inside during span.
func (s *State) shoppers(who *entry.State, span observe.Interval) []string {
	return slices.DeleteFunc(who.SessionsInside(span), func(id string) bool { return who.Sessions[id].Staff || s.Frozen[id] })
}

// settleTags tells with whom tags went out.
func (s *State) settleTags(t *turn.Turn, who *entry.State) {
	window := t.Store.Store.Attribution.Window
	for _, g := range slices.Clone(s.Tags) {
		if t.At.Before(g.Span.Settled.Add(window + laneWait)) {
			continue
		}
		var sessions []string
		inferred := false
		for _, x := range s.Exits {
			if x.Gate == g.Gate && x.Span.Overlaps(g.Span, window) {
				inferred = inferred || x.Inferred
				if !slices.Contains(sessions, x.Session) {
					sessions = append(sessions, x.Session)
				}
			}
		}
		if len(sessions) == 1 && sessions[0] == "" {
			sessions = nil
		}
		unsure := s.unsure(who, g.By.Device, g.Span.Onset) || s.unsure(who, g.Gate, g.Span.Onset.Add(-window))
		if d := t.Store.Device(g.Gate); inferred && d != nil && t.Store.Covered(d.Zones) {
			unsure = true // a camera is over the lane and did not see them leave by it
		}
		if unsure && len(sessions) == 0 { // a passage that was lost
			sessions = s.shoppers(who, g.Span)
		}
		t.Emit(event.TagLeft{EPC: g.EPC, GTIN: g.GTIN, Sessions: sessions, Unsure: unsure, By: g.By})
	}
}

// Wake is when time alone would next matter to this stage.
func (s *State) Wake(t *turn.Turn) turn.Wake {
	var w turn.Wake
	window := t.Store.Store.Attribution.Window
	if len(s.Changes) > 0 {
		first := s.Changes[0].Span.Settled
		for i := range s.Changes {
			if at := s.Changes[i].Span.Settled; at.Before(first) {
				first = at
			}
		}
		w.Add(first.Add(window))
	}
	for i := range s.Tags {
		w.Add(s.Tags[i].Span.Settled.Add(window + laneWait))
	}
	for _, h := range s.waiting {
		if w.OK && !h.soonest().Before(w.At.Add(-2*window)) {
			continue
		}
		if !s.changing(t, h.Bay) {
			w.Add(s.rest(h).Add(2 * window))
		}
	}
	return w
}

func doubtID(refs ...event.Ref) string {
	parts := []string{"doubt"}
	for _, r := range refs {
		parts = append(parts, r.String())
	}
	return turn.Key(parts...)
}

// variance returns the variance of one unit's mass in mg^2.
func variance(p *storedef.Product) int64 {
	d := int64(min(p.MassDeviation, 10*measure.Kilogram))
	return d * d
}
