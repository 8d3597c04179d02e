package attribution

import (
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/measure"
)

const (
	// leastRests is how many times a shelf must have been watched before what it
	// usually does says anything.
	leastRests = 3
	// restFaster and restSlower are the parts of a difference by which what is
	// usual follows a rest that came sooner, and one that came later: a hand that
	// nobody saw can only make it later.
	restFaster, restSlower = 2, 16
)

// Rest is how long after the last hand a shelf usually says that it is at rest:
// its own settling time and what its camera is off by.
type Rest struct {
	After time.Duration `json:"after"`
	Times int           `json:"times"`
}

// Watched is how well cameras see hands: how many changes of a bay had a hand
// that was seen, and how many had none. Both fade.
type Watched struct {
	Seen   int `json:"seen"`
	Missed int `json:"missed"`
}

const (
	// Before anything was seen three hands in a hundred are taken to be missed:
	// what is believed of a store begins as if so many changes had said so.
	firstWatched, firstMissed = 1_000, 30
	// each change counts so much, and what was counted is halved at the most.
	watchedOne, mostWatched = 50, 50_000
)

// learnMissed takes note of whether a change had a hand that was seen.
func (s *State) learnMissed(by event.Ref) {
	c, ok := s.changeOf([]event.Ref{by})
	if !ok || c.Restated {
		return
	}
	w := &s.Watched
	seen := slices.ContainsFunc(s.handsAt(c.Bay, shelfName(c.Bay)), func(h *Hand) bool { return h.Span.Overlaps(c.Span, handSlack) })
	if seen {
		w.Seen += watchedOne
	} else {
		w.Missed += watchedOne
	}
	if w.Seen+w.Missed > mostWatched {
		w.Seen, w.Missed = w.Seen/2, w.Missed/2
	}
}

// misses is how probable it is that cameras don't see a hand.
func (s *State) misses() measure.Probability {
	total := firstWatched + s.Watched.Seen + s.Watched.Missed
	return measure.Probability((firstMissed + s.Watched.Missed) * int(measure.Certain) / total)
}

// learnRest takes note of how long a shelf took to come to rest after the only
// hand that was seen at a change.
func (s *State) learnRest(by event.Ref) {
	c, ok := s.changeOf([]event.Ref{by})
	if !ok || c.Restated {
		return
	}
	var only *Hand
	for _, h := range s.places[c.Bay] {
		if h.Span.Overlaps(c.Span, 0) {
			if only != nil {
				return
			}
			only = h
		}
	}
	if only == nil {
		return
	}
	after := c.Span.Settled.Sub(only.Span.Settled)
	if after < 0 || after > settleTime {
		return
	}
	shelf := shelfName(c.Bay)
	r := s.Rests[shelf]
	switch d := after - r.After; {
	case r.Times == 0:
		r.After = after
	case d < 0:
		r.After += d / restFaster
	default:
		r.After += d / restSlower
	}
	r.Times = min(r.Times+1, leastRests)
	if s.Rests == nil {
		s.Rests = map[string]Rest{}
	}
	s.Rests[shelf] = r
}

// shelfName is the part of a bay's address that is its shelf's.
func shelfName(bay string) string {
	if i := strings.LastIndex(bay, "."); i >= 0 {
		return bay[:i]
	}
	return bay
}
