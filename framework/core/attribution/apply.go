package attribution

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	switch f := f.(type) {
	case event.LevelSet:
		s.applyLevel(f)
	case event.ChangeSeen:
		s.Changes = append(s.Changes, f)
		s.changes[f.Bay]++
	case event.ChangeExplained:
		s.explained(f.By)
	case event.HandSeen:
		h := &Hand{HandSeen: f}
		if b := s.Bays[f.Bay]; b != nil && b.Known && !b.Span.Settled.Before(f.Span.Settled) {
			h.rested(b)
		}
		s.prune(f.Span.Settled.Add(-keepHands))
		s.Hands = append(s.Hands, h)
		s.list(h)
		s.aged(len(s.Hands) - 1)
	case event.HandSpent:
		s.spend(f)
	case event.Taken:
		s.carry(f.Session, f.GTIN, f.Quantity)
		s.feel(f.Session, f.GTIN, f.Quantity, f.Mass > 0, f.Evidence)
	case event.Returned:
		s.carry(f.Session, f.GTIN, -f.Quantity)
		s.unfeel(f.Session, f.GTIN, f.Quantity, f.Evidence)
		s.mingled(f.Session, f.Evidence)
	case event.Restocked:
		s.mingled(f.Session, f.Evidence)
	case event.Doubted:
		s.applyDoubt(f)
	case event.Unattributed:
		s.applyForeign(f)
	case event.StrayChanged:
		s.applyStray(f)
	case event.TagSeen:
		s.Tags = append(s.Tags, f)
	case event.TagLeft:
		s.Tags = slices.DeleteFunc(s.Tags, func(t event.TagSeen) bool { return t.By == f.By })
	case event.BodyLeft:
		s.applyExit(Exit{Gate: f.Gate, Session: f.Session, Span: f.Span, Inferred: f.Track == ""})
	case event.BodyUnknown:
		if f.Direction != observe.DirectionIn {
			s.applyExit(Exit{Gate: f.Gate, Span: f.Span})
		}
	case event.DeviceChanged:
		if !f.Same {
			s.trouble(f.Device, f.At)
		}
	case event.HostAway:
		s.applyAway(f)
	case event.Lost:
		s.trouble(f.Device, f.At)
		s.applyLost(f.Device)
	case event.CartFrozen:
		s.Frozen[f.Session] = true
		delete(s.Felt, f.Session)
	case event.SessionEnded:
		if f.Ending != event.EndedRefused && f.Ending != event.EndedAbandoned { // those were never near
			s.Ended[f.Session] = f.At
		}
	case event.SessionClosed:
		s.applyClosed(f.Session)
	default: // facts of other stages
	}
}

func (s *State) applyClosed(session string) {
	if ended := s.Ended[session]; ended.After(s.Gone) {
		s.Gone = ended
	}
	delete(s.Ended, session)
	delete(s.Frozen, session)
	delete(s.Carried, session)
}

// explained forgets a change and keeps what it says of shelf and cameras.
func (s *State) explained(by event.Ref) {
	s.learnRest(by)
	s.learnMissed(by)
	s.Changes = slices.DeleteFunc(s.Changes, func(c event.ChangeSeen) bool {
		if c.By != by {
			return false
		}
		if s.changes[c.Bay]--; s.changes[c.Bay] == 0 {
			delete(s.changes, c.Bay)
		}
		return true
	})
}

func (s *State) bay(address string) *Bay {
	b := s.Bays[address]
	if b == nil {
		b = &Bay{}
		s.Bays[address] = b
	}
	return b
}

func (s *State) carry(session string, g gs1.GTIN, n int) {
	c := s.Carried[session]
	if c == nil {
		c = map[gs1.GTIN]int{}
		s.Carried[session] = c
	}
	if c[g] += n; c[g] <= 0 {
		delete(c, g)
	}
}

// applyDoubt lets whoever may have taken something put it back.
func (s *State) applyDoubt(f event.Doubted) {
	if f.Put {
		s.unfeelUnnamed(f)
		return
	}
	if len(f.Sessions) == 1 {
		best := event.DoubtCandidate{Quantity: 1}
		if len(f.Candidates) > 0 {
			best = f.Candidates[0]
		}
		s.feel(f.Sessions[0], best.GTIN, best.Quantity, best.Mass > 0, f.Evidence)
	}
	if len(f.Candidates) == 0 {
		return
	}
	for _, id := range f.Sessions {
		s.carry(id, f.Candidates[0].GTIN, f.Candidates[0].Quantity)
	}
}

func (s *State) applyStray(f event.StrayChanged) {
	b := s.bay(f.Bay)
	if b.Strays == nil {
		b.Strays = map[gs1.GTIN]int{}
	}
	if b.Strays[f.GTIN] = f.Quantity; f.Quantity <= 0 {
		delete(b.Strays, f.GTIN)
	}
	delete(b.Portions, f.GTIN)
	if f.Mass > 0 {
		if b.Portions == nil {
			b.Portions = map[gs1.GTIN]measure.Mass{}
		}
		b.Portions[f.GTIN] = f.Mass
	}
}

func (s *State) applyExit(x Exit) {
	since := x.Span.Settled.Add(-keepExits)
	s.Exits = append(slices.DeleteFunc(s.Exits, func(o Exit) bool { return o.Span.Settled.Before(since) }), x)
}

// applyAway takes what is not explained yet for what it may be: some of the
// evidence of it is lost with the host.
func (s *State) applyAway(f event.HostAway) {
	s.Away = f.From
	for i := range s.Changes {
		s.Changes[i].Restated = true
	}
}

// applyLost notes that the levels of a shelf's bays were stated before a gap. That
// goes by the order of its reports, for its clock may be ahead.
func (s *State) applyLost(device string) {
	for _, address := range slices.Sorted(maps.Keys(s.Bays)) {
		if strings.HasPrefix(address, device+".") {
			s.Bays[address].Gap = true
		}
	}
}

func (s *State) trouble(device string, at time.Time) {
	s.Trouble[device] = at
}

// maxForeign bounds the foreign things remembered of one bay.
const maxForeign = 8

// applyForeign remembers a rise that nobody can name, and forgets the one
// nearest in mass when it is taken away.
func (s *State) applyForeign(f event.Unattributed) {
	b := s.bay(f.Bay)
	if f.Foreign {
		b.Foreign = append(b.Foreign, f.Change)
		b.Foreign = b.Foreign[max(0, len(b.Foreign)-maxForeign):]
		return
	}
	nearest := -1
	for i, m := range b.Foreign {
		if d := (m + f.Change).Abs(); d <= foreignSlack && (nearest < 0 || d < (b.Foreign[nearest]+f.Change).Abs()) {
			nearest = i
		}
	}
	if nearest >= 0 {
		b.Foreign = slices.Delete(b.Foreign, nearest, nearest+1)
	}
}

// foreignSlack is how far the mass of a foreign thing may differ when it is
// taken away again.
const foreignSlack = 10 * measure.Gram
