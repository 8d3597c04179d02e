package host

import (
	"sync/atomic"
	"time"
)

// flow decides when a message of commands goes. A lone command goes at once. Of
// many callers those whose commands are under way have their next ones when the
// answers come: what is ready sooner waits until it is as much as is under way, or
// a fourth of all, and so a few messages go back and forth instead of many small
// ones. Commands that are not answered in no time hold nobody up: what was held
// back for a moment goes, and what was under way then doesn't count any more. The
// lock is the line's.
type flow struct {
	fresh  int    // commands of this period, not sent yet or not answered
	period uint64 // ends where something was held back for too long
	sends  atomic.Uint64
	rescue *time.Timer
	armed  bool
	seen   uint64 // sends when the rescue was armed
	trial
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
		if f.fresh >= manyCommands {
			f.pass()
		} else if f.fresh < fewCommands {
			f.broken()
		}
		f.fresh--
	}
	c.counted = false
}

// partsOf is into how many messages so many commands go. With several on their
// way host and plugin work at the same time, and neither goes to sleep while it
// waits for the other. With more of them the messages themselves cost more than
// that. For many it depends on what else the machine does, and is tried out.
func (f *flow) partsOf(commands int) int {
	switch {
	case commands < fewCommands:
		return 1
	case commands < manyCommands:
		return 2
	default:
		return ways[f.way]
	}
}

const (
	fewCommands  = 16
	manyCommands = 40
)

// ways are into how many messages many commands may go: where host and plugin
// have processors to themselves four carry twice as many calls as two, and on a
// machine with other work two a fourth more than four.
var ways = [...]int{4, 2}

// trial finds out which of the ways takes this process less effort for so many
// commands as are in a lap, again and again: the other way gets one lap of many.
// The time that they take would tell more of who else has the processors.
type trial struct {
	way     int
	laps    int
	left    int // of the present lap
	lapping bool
	since   time.Duration            // the effort until the lap began
	took    [len(ways)]time.Duration // about; 0 for not tried yet
}

const (
	// lapCommands is how many commands are a lap, and changeCommands how many go
	// before one where the way has changed.
	lapCommands    = 2048
	changeCommands = 512
	// otherEvery is in how many laps one goes the other way.
	otherEvery = 24
)

// pass counts an answer of many commands.
func (t *trial) pass() {
	if t.left--; t.left > 0 {
		return
	}
	now := effort()
	was := t.way
	if t.lapping {
		t.lap(now - t.since)
	}
	t.since, t.left, t.lapping = now, lapCommands, true
	if t.way != was {
		t.left, t.lapping = changeCommands, false
	}
}

// broken says that there are not many any more: what the lap takes would tell
// nothing.
func (t *trial) broken() { t.left, t.lapping = 0, false }

// lap notes what a lap took and chooses the way of the next.
func (t *trial) lap(took time.Duration) {
	if before := t.took[t.way]; before > 0 {
		took = (3*before + took) / 4
	}
	t.took[t.way] = max(took, 1)
	best := 0
	for i, d := range t.took {
		if d > 0 && (d < t.took[best] || t.took[best] == 0) {
			best = i
		}
	}
	t.way = best
	if t.laps++; t.laps%otherEvery == 1 {
		t.way = (best + 1) % len(ways)
	}
}

// ripe says how many go of so many commands that are ready; 0 where they wait for
// more.
func (l *line) ripe(ready int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if parts := l.partsOf(l.fresh); parts > 1 {
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
