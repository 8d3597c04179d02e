package relay

import "github.com/openaisle/aisle/sdk/observe"

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
	first   Beam // broken first since both were clear
	last    Beam // clear again last
	between bool // somebody is in it
}

// Moved takes that a beam was broken or is clear again. One has passed when both are clear
// again, and the one that was broken first is not the one that was clear last: one that turned
// back has not passed, and an arm in one beam is none.
func (c *Curtain) Moved(b Beam, broken bool) (observe.Direction, bool) {
	if c.broken[b] == broken {
		return 0, false
	}
	c.broken[b] = broken
	if broken {
		if !c.between {
			c.between, c.first = true, b
		}
		return 0, false
	}
	c.last = b
	if c.broken[BeamStreet] || c.broken[BeamStore] {
		return 0, false
	}
	c.between = false
	switch {
	case c.first == BeamStreet && c.last == BeamStore:
		return observe.DirectionIn, true
	case c.first == BeamStore && c.last == BeamStreet:
		return observe.DirectionOut, true
	}
	return 0, false
}

// Between says whether a beam is broken.
func (c *Curtain) Between() bool { return c.between }
