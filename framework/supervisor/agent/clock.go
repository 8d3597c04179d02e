package agent

import (
	"sync"
	"time"
)

// started is where this process's own clock begins. It is never set back.
var started = time.Now()

// ticks is the time on this process's own clock, in microseconds, from 1.
func ticks() uint64 { return uint64(time.Since(started).Microseconds()) + 1 } //nolint:gosec // not negative

// samples is how many readings a peerClock goes by: at 2 a second, the last
// half minute, in which clocks don't drift apart by more than a few ms.
const samples = 64

// peerClock tells the other end's time from readings that were under way for an
// unknown time. What it tells is never ahead of the truth, and behind by no more
// than the shortest delay of late: a deadline told in it is never too late.
type peerClock struct {
	mu      sync.Mutex
	offsets []int64 // the other end's ticks less our own
	walls   []wall
}

// wall is one reading of the other end's time of day.
type wall struct {
	trip   time.Duration
	offset time.Duration
}

// read takes a reading that came just now. Asked is when it was asked for; zero
// where it came unasked.
func (c *peerClock) read(clock uint64, wallUs int64, asked, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offsets = last(append(c.offsets, int64(clock)-now.Sub(started).Microseconds())) //nolint:gosec // ticks of a process
	if asked.IsZero() {
		return
	}
	trip := now.Sub(asked)
	c.walls = last(append(c.walls, wall{trip, time.UnixMicro(wallUs).Sub(asked.Round(0).Add(trip / 2))}))
}

func last[T any](s []T) []T { return s[max(0, len(s)-samples):] }

// at is the other end's time at an instant of ours; false before any reading.
func (c *peerClock) at(t time.Time) (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.offsets) == 0 {
		return 0, false
	}
	most := c.offsets[0]
	for _, o := range c.offsets {
		most = max(most, o)
	}
	return uint64(max(0, t.Sub(started).Microseconds()+most)), true //nolint:gosec // not negative
}

// offset is the other end's time of day less ours, by the reading with the
// shortest round trip. It is 0 where the trip explains the difference.
func (c *peerClock) offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var best wall
	for i, w := range c.walls {
		if i == 0 || w.trip < best.trip {
			best = w
		}
	}
	if best.offset.Abs() <= best.trip/2 {
		return 0
	}
	return best.offset
}
