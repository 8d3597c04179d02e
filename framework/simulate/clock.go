package simulate

import "time"

// era is since when, in true time, the host's clock has been ahead by so much.
type era struct {
	since time.Duration
	ahead time.Duration
}

// clocks notes how far the host's clock is ahead, so that a time that the host
// wrote is understood later too: after a step of the clock the times of before it
// are still those of the old one.
type clocks []era

func (c *clocks) note(now, ahead time.Duration) {
	if n := len(*c); n == 0 {
		*c = append(*c, era{ahead: ahead})
	} else if (*c)[n-1].ahead != ahead {
		*c = append(*c, era{now, ahead})
	}
}

// real gives the true time, since the beginning, of a time that the host wrote until
// now: by the newest clock that can have shown it. One that was stepped over is that
// of the step: what was due then is done at once after it. Any other is by the newest.
func (c clocks) real(since, now time.Duration) time.Duration {
	if len(c) == 0 {
		return since
	}
	end := now
	for i := len(c) - 1; i >= 0; i-- {
		if at := since - c[i].ahead; at >= c[i].since && at <= end {
			return at
		}
		end = c[i].since
	}
	for i := len(c) - 1; i > 0; i-- {
		if since >= c[i].since+c[i-1].ahead && since < c[i].since+c[i].ahead {
			return c[i].since
		}
	}
	return since - c[len(c)-1].ahead
}
