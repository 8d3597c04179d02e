package attribution

import (
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
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
