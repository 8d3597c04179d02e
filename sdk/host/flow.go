package host

import (
	"sync/atomic"
	"time"
)

// flow decides when a message of commands goes. A lone command goes at once. Of
// many callers those whose commands are under way have their next ones when the
// answers come: what is ready sooner waits until it is as much as is under way,
// and so two messages go back and forth instead of many small ones. Commands that
// are not answered in no time hold nobody up: what was held back for a moment
// goes, and what was under way then doesn't count any more. The lock is the
// line's.
type flow struct {
	fresh  int    // commands of this period, not sent yet or not answered
	period uint64 // ends where something was held back for too long
	sends  atomic.Uint64
	rescue *time.Timer
	armed  bool
	seen   uint64 // sends when the rescue was armed
}

// holdWithin is how long commands are held back at most, about.
const holdWithin = time.Millisecond

func (f *flow) begin(c *pending) {
	f.fresh++
	c.period, c.counted = f.period, true
}

// settle counts a command out that was answered or given up.
func (f *flow) settle(c *pending) {
	if c.counted && c.period == f.period {
		f.fresh--
	}
	c.counted = false
}

// partsOf is into how many messages so many commands go. With two on their way
// host and plugin work at the same time. With more the messages themselves, and
// the threads that each one rouses, cost more than that: on a machine that is busy
// with other things a fifth of all calls.
func partsOf(commands int) int {
	if commands < 16 {
		return 1
	}
	return 2
}

// ripe says how many go of so many commands that are ready; 0 where they wait for
// more.
func (l *line) ripe(ready int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if parts := partsOf(l.fresh); parts > 1 {
		if part := (l.fresh + parts - 1) / parts; ready >= part {
			return part
		}
	} else if l.fresh-ready <= ready {
		return ready
	}
	if !l.armed {
		l.armed, l.seen = true, l.sends.Load()
		l.rescue.Reset(holdWithin)
	}
	return 0
}

// relax is the rescue of what is held back.
func (l *line) relax() {
	l.mu.Lock()
	l.armed = false
	if l.sends.Load() == l.seen {
		l.fresh = 0
		l.period++
	}
	l.mu.Unlock()
	l.out.Push() // it may be armed again
}
