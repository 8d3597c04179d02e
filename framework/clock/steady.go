package clock

import (
	"sync"
	"time"
)

// follow is by how much the machine's clock may be ahead for the store's time to
// go along with it: clocks are corrected by seconds every day. What is more was
// set by hand or by mistake, and is taken up when the host starts again.
const follow = 5 * time.Minute

// wall is the process's own: all that ask for the time are told the same.
var wall = newSteady(time.Now, elapsed())

// steady makes time out of a clock that anybody may set and one that nobody can:
// what has passed since the machine was started, asleep or awake. Durations are
// the second's; the first says where they begin, and is followed in what is
// small and ahead.
type steady struct {
	machine func() time.Time
	since   func() time.Duration

	mu     sync.Mutex
	base   time.Time // the store's time when since was nought
	latest time.Time
}

func newSteady(machine func() time.Time, since func() time.Duration) *steady {
	return &steady{machine: machine, since: since, base: machine().UTC().Round(0).Add(-since())}
}

func (s *steady) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.base.Add(s.since())
	if ahead := s.machine().UTC().Round(0).Sub(now); ahead > 0 && ahead <= follow {
		s.base, now = s.base.Add(ahead), now.Add(ahead)
	}
	if now.Before(s.latest) {
		return s.latest
	}
	s.latest = now
	return now
}

// local is an instant of the machine's clock in the store's time.
func (s *steady) local(t time.Time) time.Time {
	now := s.now()
	if off := now.Sub(s.machine().Round(0)); off.Abs() > time.Second {
		return t.Add(off)
	}
	return t
}
