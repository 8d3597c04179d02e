package agent

import (
	"testing"
	"time"
)

// A deadline told in the other end's time is never later than it is, and early
// by the shortest delay at most.
func TestPeerClock(t *testing.T) {
	var c peerClock
	if _, ok := c.at(time.Now()); ok {
		t.Error("a clock that was never read tells the time")
	}
	const ahead = 42 * time.Second // the other end's ticks are this much ahead
	at := started.Add(time.Hour)
	truth := func(t time.Time) uint64 { return uint64((t.Sub(started) + ahead).Microseconds()) }
	for _, delay := range []time.Duration{300, 20, 900, 50} {
		d := delay * time.Millisecond
		c.read(truth(at), 0, time.Time{}, at.Add(d))
		at = at.Add(500 * time.Millisecond)
	}
	due := at.Add(time.Minute)
	got, ok := c.at(due)
	if want := truth(due) - 20_000; !ok || got != want {
		t.Errorf("tells %d for %d, early by the shortest delay %d", got, truth(due), want)
	}
	// Readings are forgotten, so that a clock that runs slower is not taken for
	// the faster that it was.
	for range samples {
		c.read(truth(at)-1_000_000, 0, time.Time{}, at)
		at = at.Add(500 * time.Millisecond)
	}
	if got, _ := c.at(due); got != truth(due)-1_000_000 {
		t.Errorf("tells %d for %d", got, truth(due)-1_000_000)
	}
	if got, _ := c.at(started.Add(-time.Hour)); got != 0 {
		t.Errorf("tells %d for before all time", got)
	}
}

func TestClockOffset(t *testing.T) {
	for name, c := range map[string]struct{ trip, ahead, want time.Duration }{
		"too small to tell": {100 * time.Millisecond, 40 * time.Millisecond, 0},
		"ahead":             {100 * time.Millisecond, time.Minute, time.Minute},
		"behind":            {10 * time.Millisecond, -time.Second, -time.Second},
	} {
		var p peerClock
		asked := time.Now()
		for _, trip := range []time.Duration{3 * c.trip, c.trip, 2 * c.trip} {
			p.read(1, asked.Add(trip/2+c.ahead).UnixMicro(), asked, asked.Add(trip))
		}
		if got := p.offset(); (got - c.want).Abs() > 2*time.Microsecond {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPauses(t *testing.T) {
	for n, want := range []time.Duration{RetryFirst, 2 * RetryFirst, 4 * RetryFirst, 8 * RetryFirst, RetryMost, RetryMost} {
		if got := pauseBefore(n, 0); got != want {
			t.Errorf("pause %d: %v, want %v", n, got, want)
		}
	}
	if got := pauseBefore(1000, 1); got >= RetryMost || got < RetryMost/2 {
		t.Errorf("the longest pause, moved: %v", got)
	}
}
