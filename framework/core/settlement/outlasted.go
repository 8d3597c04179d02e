package settlement

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// outlasted has what was under way when the host before this one ended found out about,
// where the host was gone for longer than the processor knows the key. What is pending goes
// out again once this host runs: after so long that might be done twice.
func (s *State) outlasted(t *turn.Turn, who *entry.State, in event.Resumed) {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			d := deal{s: s, t: t, who: who, id: id, p: all[id]}
			caps := d.p.caps(t)
			gone := func(h *Hold) (event.Answer, bool) {
				a := event.Answer{ID: h.Out, Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "the host was away for longer than the processor knows the key"}
				if h.Out == "" || h.Looking || h.usable(caps, in.Until) {
					return a, false
				}
				t.Emit(event.Answered{Answer: a, At: in.Until})
				return a, true
			}
			for n := range d.p.Holds {
				if a, is := gone(&d.p.Holds[n]); is {
					d.at(n).move(Unknown, a, d.p.Holds[n].Due)
				}
			}
			for r := range d.p.Refunds {
				if a, is := gone(&d.p.Refunds[r].Moved); is {
					(&refundDeal{deal: d, r: r}).move(Unknown, a)
				}
			}
		}
	}
}
