package reader

import (
	"time"
)

const (
	// jump is by how much a reader's clock must be off its estimate to have been set.
	jump = time.Second
	// window is how long all reads must say so.
	window = 5 * time.Second
	// absurd is how far a clock may be off before its dates mean nothing: it counts then from when it was switched on.
	absurd = 366 * 24 * time.Hour
	// tellOff is how far it may be off before the integrator should know.
	tellOff = time.Minute
)

// clock is the reader's. Times are on it; the offset is how far it is ahead of the host's.
type clock struct {
	base   time.Time // what 0 means where it tells no date
	utc    bool      // what it tells is said to be UTC
	dated  bool      // and microseconds are Unix time
	offset time.Duration

	since  time.Time // when the window began
	newest time.Duration
	sound  bool // a read in the window was as the estimate says
	any    bool
}

// newClock begins with what the reader said when it took the connection.
func newClock(micros uint64, utc bool, at time.Time) clock {
	c := clock{utc: utc, dated: utc, since: at}
	if utc && micros < 1<<62 {
		if c.offset = time.UnixMicro(int64(micros)).Sub(at); c.offset.Abs() < absurd {
			return c
		}
	}
	c.dated, c.offset = false, 0
	c.base = at.Add(-span(micros))
	return c
}

// span is a count of microseconds, within what a duration can hold.
func span(micros uint64) time.Duration {
	const most = uint64(1<<63-1) / 1000
	return time.Duration(min(micros, most)) * time.Microsecond
}

// at is a time that the reader tells.
func (c *clock) at(micros uint64) time.Time {
	if c.dated {
		return time.UnixMicro(int64(min(micros, 1<<62)))
	}
	return c.base.Add(span(micros))
}

// verdict is what a read's time is worth.
type verdict int

const (
	fresh  verdict = iota
	coming         // it is still to come: it is another clock's
)

// see takes note of a read that was last seen at a time and came now.
func (c *clock) see(last, now time.Time) verdict {
	d := last.Sub(now)
	if !c.any || d > c.newest {
		c.newest, c.any = d, true
	}
	if d > c.offset+jump {
		return coming
	}
	if d > c.offset-jump {
		c.sound = true
		c.offset = max(c.offset, d)
	}
	return fresh
}

// look ends a window that is over, and says by how much the clock was set, if it was: all reads of a window said so.
func (c *clock) look(now time.Time) (set time.Duration) {
	if now.Sub(c.since) < window {
		return 0
	}
	if c.any && !c.sound {
		set = c.newest - c.offset
		c.offset = c.newest
	}
	c.since, c.any, c.sound = now, false, false
	return set
}
