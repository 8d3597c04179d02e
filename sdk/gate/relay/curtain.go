package relay

import (
	"slices"
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
	unsure  bool      // what the beams did was not seen, since they were clear
}

// Moved takes that a beam was broken or is clear again. One has passed when both are clear
// again, and the one that was broken first is not the one that was clear last: one that turned
// back has not passed, and an arm in one beam is none. The passage, of no admission, began when
// the first beam was broken; its direction is unknown where the beams were not seen meanwhile
// (Lost), whether somebody went through or turned back.
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
	return c.cleared(at)
}

func (c *Curtain) cleared(at time.Time) (observe.Passage, bool) {
	if at.Before(c.since) { // a clock that was set
		at = c.since
	}
	p := observe.Passage{Interval: observe.Between(c.since, at)}
	unsure := c.unsure
	c.between, c.unsure = false, false
	switch {
	case unsure:
		return p, true
	case c.last == BeamStore:
		p.Direction = observe.DirectionIn
	default:
		p.Direction = observe.DirectionOut
	}
	return p, c.first != c.last
}

// Lost says that the beams were not seen for a while. Tell what they are now with Seen.
func (c *Curtain) Lost() { c.unsure = true }

// neither is the first beam of two that were broken between one look and the next.
const neither = beams

// Seen takes how both beams are, from one who looks at them now and then. Between one look and
// the next, what was broken comes before what is clear again, and a body goes on as it came:
// of two that are clear again, the one that was broken first was clear first. Where nothing
// says how it came, and after beams that were not seen (Lost), the direction is unknown.
func (c *Curtain) Seen(street, store bool, at time.Time) (p observe.Passage, passed bool) {
	now := [beams]bool{street, store}
	came := !c.between
	for b, broken := range now {
		if broken {
			c.Moved(Beam(b), true, at)
		}
	}
	if came && street && store {
		c.first = neither
	}
	order := [beams]Beam{BeamStreet, BeamStore}
	switch {
	case c.first == BeamStore:
		slices.Reverse(order[:])
	case c.first == neither && c.broken == [beams]bool{true, true} && !street && !store:
		c.unsure = true
	}
	for _, b := range order {
		if !now[b] && !passed {
			p, passed = c.Moved(b, false, at)
		}
	}
	if !c.between {
		c.unsure = false // nobody is left of whom it could be
	}
	return p, passed
}

// Between says whether a beam is broken.
func (c *Curtain) Between() bool { return c.between }
