package settlement

import (
	"maps"
	"slices"
)

// Renamed has payments be asked of a processor's new address: it is the same
// processor, which has their holds.
func (s *State) Renamed(from, to string) {
	for _, all := range []map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if all[id].Device == from {
				all[id].Device = to
			}
		}
	}
	if s.Shelved > 0 {
		s.Moves = append(s.Moves, Move{From: from, To: to})
	}
	s.Index()
}
