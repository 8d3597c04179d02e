package platform

import "time"

// jump is how far a controller's clock may be from where it was: beyond, it was
// set, or its message was long on its way.
const jump = 10 * time.Second

// clock brings a controller's times to the host's: by the least that a message was ever
// on its way, however wrong the controller's clock is.
type clock struct {
	known bool
	ahead time.Duration // controller less host
	// Since when what comes is old, and by how much: a buffer that is emptied catches
	// up, a clock that was set back stays behind.
	back   time.Time
	behind time.Duration
}

// host gives the host's time of a message's first sample; last is that of the
// bay's last one, on the controller's clock. It is not ok for what was said before,
// as a controller says that began anew; fresh says that the clock was set, so
// that what came before is on another.
func (c *clock) host(first time.Time, span time.Duration, arrived, last time.Time) (at time.Time, fresh, ok bool) {
	end := first.Add(span)
	ahead := end.Sub(arrived)
	switch {
	case !c.known:
		c.set(ahead)
	case ahead-c.ahead > jump:
		c.set(ahead)
		fresh = true
	case end.After(last): // however late: it says when it was
		c.ahead = max(c.ahead, ahead)
	case c.ahead-ahead > jump && c.wasSet(ahead, arrived):
		c.set(ahead)
		fresh = true
	default:
		return at, false, false
	}
	return first.Add(-c.ahead), fresh, true
}

func (c *clock) set(ahead time.Duration) { *c = clock{known: true, ahead: ahead} }

// wasSet says whether what is old has been old by the same for long enough.
func (c *clock) wasSet(ahead time.Duration, arrived time.Time) bool {
	if c.back.IsZero() || (ahead-c.behind).Abs() > jump/5 {
		c.back, c.behind = arrived, ahead
	}
	return arrived.Sub(c.back) >= jump
}
