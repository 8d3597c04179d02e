package entry

import (
	"maps"
	"slices"
)

// Renamed has who is in the store go by a device's new address.
func (s *State) Renamed(from, to string) {
	put := func(address *string) {
		if *address == from {
			*address = to
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Sessions)) {
		v := s.Sessions[id]
		put(&v.Gate)
		put(&v.Reader)
		for i := range v.Admissions {
			put(&v.Admissions[i].Gate)
		}
		for i := range v.Bodies {
			put(&v.Bodies[i].Gate)
		}
	}
	for i := range s.Exits {
		put(&s.Exits[i].Gate)
	}
	for _, instrument := range slices.Sorted(maps.Keys(s.Pairings)) {
		put(&s.Pairings[instrument].Reader)
	}
	for _, pairing := range slices.Sorted(maps.Keys(s.Erasures)) {
		put(&s.Erasures[pairing].Reader)
	}
	if x := s.Enrolments[from]; x != nil {
		s.Enrolments[to] = x
		delete(s.Enrolments, from)
	}
}
