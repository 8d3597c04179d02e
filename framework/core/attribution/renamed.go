package attribution

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Renamed has what is known of a device go with it to another address.
func (s *State) Renamed(from, to string) {
	name := func(address string) string {
		if address == from {
			return to
		}
		if rest, ok := strings.CutPrefix(address, from+"."); ok {
			return to + "." + rest
		}
		return address
	}
	s.Bays = renamed(s.Bays, name)
	s.Rests = renamed(s.Rests, name)
	s.Trouble = renamed(s.Trouble, name)
	for i := range s.Changes {
		s.Changes[i].Bay = name(s.Changes[i].Bay)
	}
	for _, h := range s.Hands {
		h.Bay = name(h.Bay)
	}
	for i := range s.Exits {
		s.Exits[i].Gate = name(s.Exits[i].Gate)
	}
	s.Index()
}

// renamed gives a map under new addresses. What is there already under one
// stays: it is newer.
func renamed[V *Bay | Rest | time.Time](m map[string]V, name func(string) string) map[string]V {
	for _, address := range slices.Sorted(maps.Keys(m)) {
		to := name(address)
		if to == address {
			continue
		}
		if _, there := m[to]; !there {
			m[to] = m[address]
		}
		delete(m, address)
	}
	return m
}
