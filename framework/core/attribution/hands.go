package attribution

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// handLists are hands, and what else is waited for, by what is asked of them, so that no step walks over all
// that were seen lately. They are derived from State.Hands, each in the order of
// arrival, and never encoded.
type handLists struct {
	waiting []*Hand // not spent
	places  map[string][]*Hand
	tracks  map[observe.Track][]*Hand
	refs    map[event.Ref]*Hand
	arrived int
	changes map[string]int // how many changes of a bay wait to be explained
}

func newHandLists() handLists {
	return handLists{places: map[string][]*Hand{}, tracks: map[observe.Track][]*Hand{}, refs: map[event.Ref]*Hand{},
		changes: map[string]int{}}
}

// Index derives the lists. It is called once a state was decoded.
func (s *State) Index() {
	s.handLists = newHandLists()
	for i, h := range s.Hands {
		s.list(h)
		s.aged(i)
	}
	for i := range s.Changes {
		s.changes[s.Changes[i].Bay]++
	}
}

// list takes a hand up that is the newest.
func (l *handLists) list(h *Hand) {
	l.arrived++
	h.arrival = l.arrived
	if !h.Spent {
		l.waiting = append(l.waiting, h)
	}
	l.places[h.Bay] = append(l.places[h.Bay], h)
	l.tracks[h.Interaction.Track] = append(l.tracks[h.Interaction.Track], h)
	l.refs[h.By] = h
}

// spend folds that a hand explained a change or needs no explaining.
func (s *State) spend(f event.HandSpent) {
	h := s.refs[f.By]
	if h == nil {
		return
	}
	h.Unfelt = f.Unfelt
	if !h.Spent {
		h.Spent = true
		// Another slice: whoever walks over the list goes on with what it was.
		s.waiting = slices.DeleteFunc(slices.Clone(s.waiting), func(o *Hand) bool { return o == h })
	}
}

// aged notes when the i-th hand settled, the newest, so that no look for old ones
// goes beyond them.
func (s *State) aged(i int) {
	at := s.Hands[i].Span.Settled
	for s.Hands[i].oldest = at; i > 0 && s.Hands[i-1].oldest.After(at); i-- {
		s.Hands[i-1].oldest = at
	}
}

// prune drops hands older than since that need no more explaining.
func (s *State) prune(since time.Time) {
	kept, i := 0, 0
	for ; i < len(s.Hands) && s.Hands[i].oldest.Before(since); i++ {
		h := s.Hands[i]
		if !h.Spent || !h.Span.Settled.Before(since) {
			s.Hands[kept] = h
			kept++
			continue
		}
		unlist(s.places, h.Bay, h)
		unlist(s.tracks, h.Interaction.Track, h)
		if s.refs[h.By] == h {
			delete(s.refs, h.By)
		}
	}
	s.Hands = slices.Delete(s.Hands, kept, i)
}

func unlist[K comparable](lists map[K][]*Hand, key K, h *Hand) {
	if lists[key] = slices.DeleteFunc(lists[key], func(o *Hand) bool { return o == h }); len(lists[key]) == 0 {
		delete(lists, key)
	}
}

// handsAt are the hands that were seen at a bay, or at its shelf as a whole.
func (s *State) handsAt(bay, shelf string) []*Hand {
	own, whole := s.places[bay], s.places[shelf]
	switch {
	case len(whole) == 0 || bay == shelf:
		return own
	case len(own) == 0:
		return whole
	}
	all := slices.Concat(own, whole)
	slices.SortFunc(all, func(a, b *Hand) int { return a.arrival - b.arrival })
	return all
}
