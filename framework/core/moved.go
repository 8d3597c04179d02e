package core

import "github.com/openaisle/aisle/hcl/storedef"

// move has what is known of the devices that a definition says have another
// address go with them. A move that was made before is none, and
// one that would make one device of two is not made: a plan refuses it.
func (s *State) move(old, now *storedef.Index) {
	for _, m := range now.Store.Moved {
		applies, _ := m.Applies(func(address string) bool { return old.Device(address) != nil })
		if !applies || now.Device(m.To) == nil {
			continue
		}
		s.Entry.Renamed(m.From, m.To)
		s.Attribution.Renamed(m.From, m.To)
		s.Settlement.Renamed(m.From, m.To)
	}
}
