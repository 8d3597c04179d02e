package supervisor

import "time"

// restarts decides when a plugin that crashed is started again, and when no
// more.
type restarts struct {
	limits Limits
	spread func() float64
	// crashes within the window, the oldest first, and how much each counts.
	crashes []crash
	// row is how many restarts came one after another without a quiet window.
	row int
}

type crash struct {
	at    time.Time
	count int
}

// crashed takes note of a crash and returns how long to wait, or false when the
// circuit is open.
func (r *restarts) crashed(at time.Time, count int) (time.Duration, bool) {
	sum := count
	kept := r.crashes[:0]
	for _, c := range r.crashes {
		if at.Sub(c.at) < r.limits.CrashWindow {
			kept = append(kept, c)
			sum += c.count
		}
	}
	if len(kept) == 0 {
		r.row = 0
	}
	r.crashes = append(kept, crash{at, count})
	if sum >= r.limits.CrashLimit {
		return 0, false
	}
	r.row++
	return r.limits.delay(r.row, r.spread()), true
}

// reset forgets all crashes.
func (r *restarts) reset() { r.crashes, r.row = nil, 0 }

// delay is how long to wait before the nth restart in a row: not at all before
// the first. Spread, from 0 to 1, is where the delay lies in its range.
func (l Limits) delay(n int, spread float64) time.Duration {
	if n <= 1 {
		return 0
	}
	d := l.RestartFirst
	for range n - 2 {
		if d >= l.RestartMost {
			break
		}
		d *= 2
	}
	d = min(d, l.RestartMost)
	d += time.Duration(float64(d) * RestartSpread * (2*spread - 1))
	return min(d, l.RestartMost)
}
