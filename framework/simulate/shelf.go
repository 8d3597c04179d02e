package simulate

import (
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
)

// shelf keeps the sales that a snapshot leaves out, beside it: whoever runs the core
// does, and looks there before it steps an order or a notice (package engine). A sale
// is set aside once many others are closed, or it is old by the machine's clock.
type shelf struct {
	sales  map[string]*event.Sale
	owners map[string]string
}

// keep takes over what was set aside since the snapshot before.
func (s *shelf) keep(list []settlement.Shelved) {
	if s.sales == nil && len(list) > 0 {
		s.sales, s.owners = map[string]*event.Sale{}, map[string]string{}
	}
	for i := range list {
		s.sales[list[i].Sale.Session] = &list[i].Sale
		for _, n := range list[i].Names {
			s.owners[n] = list[i].Sale.Session
		}
	}
}

// recalled gives an order or a notice what was set aside of the sale that it is about.
func (s *shelf) recalled(state *core.State, in event.Input) event.Input {
	switch in := in.(type) {
	case event.StaffOrder:
		in.Sale = s.aside(state, in.Session)
		return in
	case event.Notice:
		for _, name := range []string{in.Key, in.Reference} {
			id := state.Settlement.Owner(name)
			if id == "" && name != "" {
				id = s.owners[name]
			}
			if id != "" {
				in.Sale = s.aside(state, id)
				return in
			}
		}
		return in
	case event.Evidence, event.Answer, event.DeviceStatus, event.Definition, event.Resumed, event.Time:
	}
	return in
}

// aside is a session's sale where it was set aside.
func (s *shelf) aside(state *core.State, session string) *event.Sale {
	if session == "" || state.Settlement.Payment(session) != nil {
		return nil
	}
	if x := state.Settlement.Untaken(session); x != nil {
		return x
	}
	return s.sales[session]
}
