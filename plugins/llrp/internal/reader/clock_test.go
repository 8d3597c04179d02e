package reader

import (
	"testing"
	"time"
)

// A clock that is wrong is corrected; one that is set while in use is found out by reads that all say so, and not by a few that are repeated.
func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	micros := func(at time.Time) uint64 { return uint64(at.UnixMicro()) }
	c := newClock(micros(now.Add(24*time.Hour)), true, now)
	if c.offset != 24*time.Hour || !c.at(micros(now)).Equal(now) {
		t.Errorf("a day ahead: %v", c.offset)
	}
	if c.see(now.Add(24*time.Hour-time.Minute), now) != fresh || c.see(now.Add(24*time.Hour), now) != fresh {
		t.Error("reads of before and of now are as they are")
	}
	if set := c.look(now.Add(window)); set != 0 || c.offset != 24*time.Hour {
		t.Errorf("a window with a sound read: set by %v", set)
	}
	for name, to := range map[string]time.Duration{"back": time.Hour, "forward": 48 * time.Hour} {
		c := c
		at := now.Add(window)
		if v := c.see(at.Add(to), at); (v == coming) != (name == "forward") {
			t.Errorf("%s: the read is %v", name, v)
		}
		if set := c.look(at.Add(window)); set != to-24*time.Hour || c.offset != to {
			t.Errorf("%s: set by %v to %v", name, set, c.offset)
		}
	}
	if c.look(now.Add(3*window)) != 0 {
		t.Error("a window without reads says nothing")
	}
	// One that tells no date, and one whose date is absurd, count from when they were switched on.
	for _, c := range []clock{newClock(5_000_000, false, now), newClock(5_000_000, true, now), newClock(1<<63, true, now)} {
		if c.dated || c.offset != 0 {
			t.Errorf("%+v", c)
		}
	}
	if c := newClock(5_000_000, false, now); !c.at(6_000_000).Equal(now.Add(time.Second)) {
		t.Errorf("a second later is %v", c.at(6_000_000))
	}
}

// A reader that repeats itself is not believed twice; one whose clock was set back is.
func TestTold(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p, v := &past{}, &view{marks: map[string]time.Time{"x": now.Add(time.Hour)}}
	p.keep(v, time.Hour)
	for _, c := range []struct {
		what         string
		code         string
		reader, host time.Time
		told         bool
	}{
		{"the same", "x", now.Add(time.Hour), now.Add(time.Second), true},
		{"one before", "x", now.Add(59 * time.Minute), now.Add(-time.Minute), true},
		{"a later one", "x", now.Add(time.Hour + 1), now, false},
		{"a read of now, the clock being set back", "x", now, now.Add(time.Minute), false},
		{"another tag", "y", now, now, false},
	} {
		if got := p.told([]byte(c.code), mark{c.reader, c.host}); got != c.told {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
