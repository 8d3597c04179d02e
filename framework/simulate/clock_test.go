package simulate

import (
	"testing"
	"time"
)

func TestClocks(t *testing.T) {
	var c clocks
	c.note(0, time.Second)
	c.note(10*time.Minute, time.Second)
	c.note(20*time.Minute, time.Hour)            // set on
	c.note(40*time.Minute, -30*365*24*time.Hour) // to long ago
	for _, k := range []struct {
		name        string
		since, want time.Duration
	}{
		{"by the first clock", 5*time.Minute + time.Second, 5 * time.Minute},
		{"by the second", 85 * time.Minute, 25 * time.Minute},
		{"its first instant", 80 * time.Minute, 20 * time.Minute},
		{"by the last", 41*time.Minute - 30*365*24*time.Hour, 41 * time.Minute},
		{"stepped over", 50 * time.Minute, 20 * time.Minute},
		{"that none showed", -31 * 365 * 24 * time.Hour, -365 * 24 * time.Hour},
	} {
		if got := c.real(k.since, time.Hour); got != k.want {
			t.Errorf("%s: %v, want %v", k.name, got, k.want)
		}
	}
	if got := clocks(nil).real(time.Minute, time.Hour); got != time.Minute {
		t.Errorf("before anything was noted: %v", got)
	}
}
