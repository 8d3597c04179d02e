package attribution

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

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
