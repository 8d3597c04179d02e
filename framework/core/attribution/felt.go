package attribution

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// maxFelt bounds what is remembered of one session; the oldest goes.
const maxFelt = 64

// Felt is something that a session took and that a scale felt. Its mass is
// known far better than that of its kind, for units differ and scales have
// gains, so that it is known again when it is put back.
type Felt struct {
	// By is the report of the change.
	By event.Ref `json:"by"`
	// GTIN is empty for something that nobody could name.
	GTIN gs1.GTIN `json:"gtin,omitempty"`
	// Quantity is zero where the change was more than one deed, so that its
	// mass is nothing's.
	Quantity  int          `json:"quantity"`
	Mass      measure.Mass `json:"mass"`
	Deviation measure.Mass `json:"deviation"`
	// Weighed says that a scale felt it that is approved for trade.
	Weighed bool `json:"weighed,omitempty"`
}

// feel notes what a session took, if one change of mass tells of just that.
func (s *State) feel(session string, g gs1.GTIN, n int, weighed bool, evidence []event.Ref) {
	c, ok := s.changeOf(evidence)
	if !ok || c.Change >= 0 {
		return
	}
	f := Felt{By: c.By, GTIN: g, Quantity: n, Mass: -c.Change, Deviation: c.Deviation, Weighed: weighed}
	for _, felt := range s.Felt { //nolint:gocritic // each is seen to by itself
		for i := range felt {
			if felt[i].By == c.By { // the change tells of more than one deed
				felt[i].Quantity, f.Quantity = 0, 0
			}
		}
	}
	if f.Quantity > 0 {
		s.keepFelt(session, append(s.Felt[session], f))
	}
}

// mingled notes that something was put back in a change by which a bay got lighter:
// what was taken in it has another mass than the scale felt, be it told of before
// or after.
func (s *State) mingled(session string, evidence []event.Ref) {
	c, ok := s.changeOf(evidence)
	if !ok || c.Change >= 0 {
		return
	}
	for _, felt := range s.Felt { //nolint:gocritic // each is seen to by itself
		for i := range felt {
			if felt[i].By == c.By {
				felt[i].Quantity = 0
			}
		}
	}
	s.keepFelt(session, append(s.Felt[session], Felt{By: c.By}))
}

func (s *State) keepFelt(session string, f []Felt) {
	if len(f) == 0 {
		delete(s.Felt, session)
		return
	}
	if s.Felt == nil {
		s.Felt = map[string][]Felt{}
	}
	s.Felt[session] = f[max(0, len(f)-maxFelt):]
}

func (s *State) changeOf(evidence []event.Ref) (event.ChangeSeen, bool) {
	i := slices.IndexFunc(s.Changes, func(c event.ChangeSeen) bool { return slices.Contains(evidence, c.By) })
	if i < 0 {
		return event.ChangeSeen{}, false
	}
	return s.Changes[i], true
}

// unfeel forgets what was put back: of several of its kind the one nearest in
// mass.
func (s *State) unfeel(session string, g gs1.GTIN, n int, evidence []event.Ref) {
	c, ok := s.changeOf(evidence)
	best := -1
	for i, f := range s.Felt[session] {
		if !ok || f.GTIN != g || f.Quantity != n {
			continue
		}
		if best < 0 || (f.Mass-c.Change).Abs() < (s.Felt[session][best].Mass-c.Change).Abs() {
			best = i
		}
	}
	if best >= 0 {
		s.keepFelt(session, slices.Delete(s.Felt[session], best, best+1))
	}
}

// unfeelUnnamed forgets something without a name that was put back.
func (s *State) unfeelUnnamed(f event.Doubted) {
	for _, id := range f.Sessions {
		s.keepFelt(id, slices.DeleteFunc(s.Felt[id], func(x Felt) bool {
			return x.GTIN == "" && slices.Contains(f.Evidence, x.By)
		}))
	}
}

// appendFelt lists the things felt that a cause may have put back.
func (s *State) appendFelt(t *turn.Turn, out []option, c *cause, score int64, puts []gs1.GTIN) []option {
	for _, f := range s.Felt[c.session] {
		if f.Quantity == 0 {
			continue
		}
		o := option{gtin: f.GTIN, quantity: -f.Quantity, mass: f.Mass, variance: int64(f.Deviation) * int64(f.Deviation),
			score: score + c.unitScore(t, f.GTIN, f.Quantity) + productScore(c.hand, f.GTIN, puts)}
		if f.GTIN == "" {
			o.unnamed = f.By
		}
		out = append(out, o)
	}
	return out
}

// unnamed ends the doubt about something that nobody could name and that was
// put back.
func (x *explanation) unnamed() {
	for c := range x.p.causes {
		o := x.p.option(x.p.best, c)
		if o.unnamed == (event.Ref{}) {
			continue
		}
		id := x.p.causes[c].session
		if v := x.who.Sessions[id]; v == nil || v.Staff || x.s.Frozen[id] {
			continue
		}
		refs := append(x.refs(id), o.unnamed)
		x.t.Emit(event.Doubted{ID: doubtID(refs...), Sessions: []string{id}, Bay: x.c.Bay, Put: true, Kinds: x.kinds(id, "", observe.ActionPut),
			Reason: "what could not be named was put back", Span: x.c.Span, Evidence: refs})
	}
}
