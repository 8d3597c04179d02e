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

// Seen takes how both beams are, from one who looks at them now and then. What was broken
// meanwhile comes before what is clear again; of two that are clear, the one that was broken
// first comes first, for a body goes on as it came.
func (c *Curtain) Seen(street, store bool) (d observe.Direction, passed bool) {
	now := [beams]bool{street, store}
	for b, broken := range now {
		if broken {
			c.Moved(Beam(b), true)
		}
	}
	for _, b := range [beams]Beam{c.first, beams - 1 - c.first} {
		if !now[b] && !passed {
			d, passed = c.Moved(b, false)
		}
	}
	return d, passed
}

// Between says whether a beam is broken.
func (c *Curtain) Between() bool { return c.between }
