package supervisor

import (
	"testing"
	"time"
)

// A connection has no less time than usual, and as much more as a start and a ping have.
func TestConnectionGrowsWithPatience(t *testing.T) {
	for times, want := range map[time.Duration][2]time.Duration{
		1:  {20 * time.Second, 4 * time.Second},
		20: {20 * StartWithin, 20 * PingWithin},
	} {
		made, alive := (Limits{StartWithin: times * StartWithin, PingWithin: times * PingWithin}).connection()
		if made != want[0] || alive != want[1] {
			t.Errorf("%d times: made within %v, alive within %v, want %v", times, made, alive, want)
		}
	}
}
