package relay

import (
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// Beam is one of a curtain's two.
type Beam int

// Beams, by the side of the lane that they are on.
const (
	BeamStreet Beam = iota
	BeamStore
	beams
)

// Curtain tells bodies by two beams, one behind the other. Its zero value is one that is
// clear.
type Curtain struct {
	broken  [beams]bool
	first   Beam      // broken first since both were clear
	since   time.Time // when that was
	last    Beam      // clear again last
	between bool      // somebody is in it
}

// Moved takes that a beam was broken or is clear again. One has passed when both are clear
// again, and the one that was broken first is not the one that was clear last: one that turned
// back has not passed, and an arm in one beam is none. The passage, of no admission, began when
// the first beam was broken.
func (c *Curtain) Moved(b Beam, broken bool, at time.Time) (observe.Passage, bool) {
	if c.broken[b] == broken {
		return observe.Passage{}, false
	}
	c.broken[b] = broken
	if broken {
		if !c.between {
			c.between, c.first, c.since = true, b, at
		}
		return observe.Passage{}, false
	}
	c.last = b
	if c.broken[BeamStreet] || c.broken[BeamStore] {
		return observe.Passage{}, false
	}
	c.between = false
	if at.Before(c.since) { // a clock that was set
		at = c.since
	}
	p := observe.Passage{Interval: observe.Between(c.since, at), Direction: observe.DirectionIn}
	if c.last == BeamStreet {
		p.Direction = observe.DirectionOut
	}
	return p, c.first != c.last
}

// Seen takes how both beams are, from one who looks at them now and then. What was broken
// meanwhile comes before what is clear again; of two that are clear, the one that was broken
// first comes first, for a body goes on as it came.
func (c *Curtain) Seen(street, store bool, at time.Time) (p observe.Passage, passed bool) {
	now := [beams]bool{street, store}
	for b, broken := range now {
		if broken {
			c.Moved(Beam(b), true, at)
		}
	}
	for _, b := range [beams]Beam{c.first, beams - 1 - c.first} {
		if !now[b] && !passed {
			p, passed = c.Moved(b, false, at)
		}
	}
	return p, passed
}

// Between says whether a beam is broken.
func (c *Curtain) Between() bool { return c.between }
