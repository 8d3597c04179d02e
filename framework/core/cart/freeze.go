package cart

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/core/attribution"
	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Step closes the carts whose time has come. A cart waits for what happened
// before its party left and is not decided yet; every such wait has an end.
func (s *State) Step(t *turn.Turn, who *entry.State, what *attribution.State) {
	s.release(t)
	for _, id := range s.closing.By(t.At, len(s.Carts)) {
		c := s.Carts[id]
		if what.Waiting(who, id, c.EndedAt) {
			continue
		}
		since := c.EndedAt
		if v := who.Sessions[id]; v != nil {
			since = v.Opened
		}
		exit := c.EndedAt
		if c.Ending == event.EndedUnseen { // nobody knows when it left: perhaps when least was asked
			exit = since
		}
		lines, pending := s.total(t, c, prices{what, since, exit})
		t.Emit(event.CartFrozen{Session: id, At: t.At, Lines: lines, Pending: pending, Attributes: c.Attributes})
	}
}

// due is when a cart closes: at once for those who never came in.
func due(grace time.Duration, c *Cart) time.Time {
	if c.Ending == event.EndedRefused || c.Ending == event.EndedAbandoned {
		return c.EndedAt
	}
	return c.EndedAt.Add(grace)
}

// Wake is when time alone would next matter to this stage, or before where that
// is no later. A cart that waits for attribution is woken with it.
func (s *State) Wake(who *entry.State, what *attribution.State, before turn.Wake) turn.Wake {
	// Those that ended seconds ago, in order.
	at, ok := s.closing.First(func(id string, at time.Time) bool {
		return before.OK && !at.Before(before.At) || !what.Waiting(who, id, s.Carts[id].EndedAt)
	})
	if ok {
		before.Add(at)
	}
	return before
}

// Index derives the list of carts that are to close. It is called once a state
// was decoded, and when another definition comes into force.
func (s *State) Index(grace time.Duration) {
	s.grace, s.closing = grace, turn.Due{}
	for id, c := range s.Carts { //nolint:gocritic // fills a list whose order is that of time and name
		if !c.Frozen && !c.EndedAt.IsZero() {
			s.closing.Set(id, due(grace, c))
		}
	}
}

// total says what a session carries out: the lines that are sure and those that
// are pending. Nothing is sure of a party that was never seen leaving, for what
// it put back meanwhile was not seen either.
func (s *State) total(t *turn.Turn, c *Cart, asked prices) (lines []event.CartLine, pending []event.PendingLine) {
	lines = []event.CartLine{}
	for _, g := range slices.Sorted(maps.Keys(c.Lines)) {
		l, doubts := reconcile(t, g, c.corrected(g), asked)
		if c.Ending == event.EndedUnseen && l.Quantity > 0 {
			doubts = append(doubts, event.PendingLine{GTIN: g, Quantity: l.Quantity, Mass: l.Mass, Picked: l.Picked, Reason: "the party was never seen leaving", Why: l.Why})
			l.Quantity = 0
		}
		l.Picked = asked.atExit(t, g, l.Picked)
		if l.Quantity > 0 {
			lines, pending = c.sell(t, l, lines, pending)
		}
		for i := range doubts {
			doubts[i].Picked = pinned(t, asked, g, doubts[i].Quantity, doubts[i].Mass, doubts[i].Picked)
		}
		pending = append(pending, doubts...)
	}
	for i := range c.Unnamed {
		d := &c.Unnamed[i]
		if len(d.Sessions) > 1 && measure.Certain/measure.Probability(len(d.Sessions)) < t.Store.Store.Attribution.ReviewAbove {
			continue // it is more likely another's
		}
		pending = append(pending, event.PendingLine{Quantity: 1, Doubt: d.ID, Reason: d.Reason,
			Why: []event.Why{{Text: "something was taken from " + d.Bay, At: d.Span.Settled, Evidence: d.Evidence}}})
	}
	for i := range lines { // for good: no version of the receipt names them otherwise
		lines[i].ID = strconv.Itoa(i + 1)
	}
	for i := range pending {
		pending[i].ID = "p" + strconv.Itoa(i+1)
	}
	return lines, pending
}

// rather counts the units that were more probably put back than not.
func rather(back []Doubt) int {
	return units(slices.DeleteFunc(slices.Clone(back), func(d Doubt) bool { return d.Probability >= measure.Certain/2 }))
}

// reconcile tells how many units of a product are sure. Shelves and tags tell
// of the same goods: the greater of the two counts, never the sum. A tag makes
// a doubtful taking sure, being the second kind of evidence for it, but not what
// was rather put back again: tags are read through walls more often than that is
// wrong. Alone it suffices only where the store says so. What is in doubt is pending where it is
// probable enough to be asked about, and is dropped otherwise.
func reconcile(t *turn.Turn, g gs1.GTIN, l *Line, asked prices) (event.CartLine, []event.PendingLine) {
	if p := t.Store.Product(g); p != nil && p.Weighed() {
		return weighed(t, g, l)
	}
	var pending []event.PendingLine
	picked := slices.Clone(l.Picked)
	sure, tags := l.sure(), len(l.Tags)
	back := min(units(l.Back), sure)
	rather := rather(l.Back) // put back than not, and then a tag may be one that was read from the shelf
	maybe := slices.Clone(l.Maybe)
	left := units(maybe) - max(0, rather-sure)
	for i := range maybe { // a tag that left is the second kind of evidence
		n := min(maybe[i].Quantity, max(0, tags-(sure-back)), max(0, left))
		sure, maybe[i].Quantity, left = sure+n, maybe[i].Quantity-n, left-n
		picked = append(picked, maybe[i].picked(n)...)
	}
	if back > 0 { // what left by its tag was not put back
		back = max(min(rather, back), min(back, sure-tags))
		sure -= back
	}
	if over := tags - sure; over > 0 {
		if p := t.Store.Product(g); p != nil && storedef.Suffices(observe.KindTag, p.Certified) {
			sure += over
			picked = append(picked, pinned(t, asked, g, over, 0, nil)...)
		} else {
			pending = append(pending, event.PendingLine{GTIN: g, Quantity: over, Reason: "only its tag was seen leaving", Why: l.Why})
		}
	}
	if over := len(l.Shared) - sure; over > 0 && tags == 0 {
		pending = append(pending, event.PendingLine{GTIN: g, Quantity: over, Reason: "its tag left while two parties were in the lane", Why: l.Why})
	}
	if over := len(l.Unsure) - sure - tags - len(l.Shared); over > 0 {
		pending = append(pending, event.PendingLine{GTIN: g, Quantity: over, Reason: "its tag left while reports were lost", Why: l.Why})
	}
	ask := t.Store.Store.Attribution.ReviewAbove
	kept := slices.DeleteFunc(slices.Clone(l.Back), func(d Doubt) bool { return d.Probability < ask })
	if back = min(back, units(kept)); back > 0 {
		pending = append(pending, event.PendingLine{GTIN: g, Quantity: back, Doubt: kept[0].ID, Reason: kept[0].Reason, Picked: l.Picked, Why: kept[0].Why})
	}
	for _, d := range maybe {
		if d.Quantity > 0 && d.Probability >= ask {
			pending = append(pending, event.PendingLine{GTIN: g, Quantity: d.Quantity, Doubt: d.ID, Reason: d.Reason, Picked: d.picked(d.Quantity), Why: d.Why})
		}
	}
	return event.CartLine{GTIN: g, Quantity: sure, Picked: picked, Why: l.Why}, pending
}
