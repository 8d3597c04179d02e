package cart

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	switch f := f.(type) {
	case event.Adopted:
		s.Index(f.Definition.Store.Attribution.Grace)
	case event.SessionOpened:
		s.Carts[f.Session] = &Cart{Lines: map[gs1.GTIN]*Line{}, Staff: f.Staff, Attributes: f.Attributes}
	case event.Taken:
		l := s.line(f.Session, f.GTIN)
		l.Taken += f.Quantity
		l.Mass += f.Mass
		l.Picked = appendPick(l.Picked, event.Pick{Quantity: f.Quantity, Mass: f.Mass, Unit: money.Amount(f.Unit), Rate: f.Rate, At: f.Span.Settled})
		l.Why = append(l.Why, why("taken from", f.Bay, f.Quantity, f.Kinds, f.Span.Settled, f.Evidence))
		l.instead(f)
	case event.Returned:
		s.applyReturned(f)
	case event.Doubted:
		s.applyDoubted(f)
	case event.TagLeft:
		s.applyTag(f)
	case event.SessionEnded:
		c := s.Carts[f.Session]
		c.Ending, c.EndedAt = f.Ending, f.At
		s.closing.Set(f.Session, due(s.grace, c))
	case event.LineDecided:
		if c := s.Carts[f.Session]; c != nil && !c.Frozen && f.Decision == event.DecideRelease {
			c.Released = true
		}
	case event.CartFrozen:
		s.Carts[f.Session].Frozen = true
		s.closing.Set(f.Session, time.Time{})
	case event.SessionClosed:
		delete(s.Carts, f.Session)
		s.closing.Set(f.Session, time.Time{})
	default: // facts of other stages
	}
}

func (s *State) line(session string, g gs1.GTIN) *Line {
	c := s.Carts[session]
	if c.Lines[g] == nil {
		c.Lines[g] = &Line{}
	}
	return c.Lines[g]
}

// applyReturned takes units off the cart: those in doubt of having been taken
// last, for those that are sure weigh on the shopper.
func (s *State) applyReturned(f event.Returned) {
	l := s.line(f.Session, f.GTIN)
	n := f.Quantity
	own := min(n, l.sure())
	l.Returned += own
	if l.Mass -= f.Mass; f.Mass == 0 || l.Mass < 0 { // how much was put back is not known: perhaps all of it
		l.Mass = 0
	}
	l.Why = append(l.Why, why("put back on", f.Bay, n, f.Kinds, f.Span.Settled, f.Evidence))
	for n -= own; n > 0 && len(l.Maybe) > 0; n-- {
		last := &l.Maybe[len(l.Maybe)-1]
		if last.Quantity--; last.Quantity == 0 {
			l.Maybe = l.Maybe[:len(l.Maybe)-1]
		}
	}
}

func (s *State) applyDoubted(f event.Doubted) {
	for _, id := range f.Sessions {
		c := s.Carts[id]
		if c == nil || c.Frozen {
			continue
		}
		if len(f.Candidates) == 0 {
			if !f.Put {
				c.Unnamed = append(c.Unnamed, f)
				continue
			}
			c.Unnamed = slices.DeleteFunc(c.Unnamed, func(d event.Doubted) bool { // it is the one that was put back
				return slices.ContainsFunc(d.Evidence, func(r event.Ref) bool { return slices.Contains(f.Evidence, r) })
			})
			continue
		}
		best := f.Candidates[0]
		l := s.line(id, best.GTIN)
		// Of several who may have moved it each is as likely as the other.
		each := best.Probability / measure.Probability(len(f.Sessions))
		if f.Put {
			d := Doubt{ID: f.ID, Quantity: best.Quantity, Reason: f.Reason, Probability: each.Complement(),
				Why: []event.Why{why("perhaps put back on", f.Bay, best.Quantity, f.Kinds, f.Span.Settled, f.Evidence)}}
			l.Back = append(l.Back, d)
			continue
		}
		l.Maybe = append(l.Maybe, Doubt{ID: f.ID, Quantity: best.Quantity, Reason: f.Reason, Probability: max(each, anything(f)),
			Pick: event.Pick{Mass: best.Mass, Unit: money.Amount(best.Unit), Rate: best.Rate, At: f.Span.Settled},
			Why:  []event.Why{why("perhaps taken from", f.Bay, best.Quantity, f.Kinds, f.Span.Settled, f.Evidence)}})
	}
}

// surely is how probable it must be that a session took any of what a doubt may
// be, for it to be asked which.
const surely = 990_000

// anything is how probable it is that the only session of a doubt took any of what
// it may be, where that is sure and what it was is not; else nothing.
func anything(f event.Doubted) measure.Probability {
	if len(f.Sessions) > 1 {
		return 0
	}
	sum := measure.Probability(0)
	for i := range f.Candidates {
		sum += f.Candidates[i].Probability
	}
	if sum < surely {
		return 0
	}
	return min(sum, measure.Certain)
}

func (s *State) applyTag(f event.TagLeft) {
	for _, id := range f.Sessions {
		c := s.Carts[id]
		if c == nil || c.Frozen {
			continue
		}
		l := s.line(id, f.GTIN)
		list := &l.Tags
		switch {
		case f.Unsure:
			list = &l.Unsure
		case len(f.Sessions) > 1:
			list = &l.Shared
		}
		if slices.Contains(*list, f.EPC) {
			continue
		}
		*list = append(*list, f.EPC)
		l.Why = append(l.Why, event.Why{Text: "its tag " + f.EPC + " went out with the party", Evidence: []event.Ref{f.By}})
	}
}

// appendPick adds units to those that were picked just like them.
func appendPick(list []event.Pick, k event.Pick) []event.Pick {
	if k.Unit.Currency == "" || k.Quantity == 0 {
		return list // what it cost then is not known
	}
	return append(list, k)
}

func why(deed, bay string, n int, kinds []observe.Kind, at time.Time, refs []event.Ref) event.Why {
	text := fmt.Sprintf("%d %s %s, by %s", n, deed, bay, words(kinds))
	if n == 0 { // of loose goods
		text = fmt.Sprintf("some %s %s, by %s", deed, bay, words(kinds))
	}
	return event.Why{Text: text, At: at, Evidence: refs}
}

func words(kinds []observe.Kind) string {
	out := ""
	for i, k := range kinds {
		if i > 0 {
			out += " and "
		}
		out += k.String()
	}
	if out == "" {
		return "inference"
	}
	return out
}
