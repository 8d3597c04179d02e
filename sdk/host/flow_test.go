package host

import (
	"testing"
	"time"
)

// The way that takes less is found out, from either side, and again where
// that changes.
func TestTrial(t *testing.T) {
	cost := [len(ways)]time.Duration{20 * time.Millisecond, 10 * time.Millisecond}
	var tr trial
	share := func(way int) int {
		n := 0
		for range 20 * otherEvery {
			if tr.way == way {
				n++
			}
			tr.lap(cost[tr.way])
		}
		return n
	}
	share(0) // it learns
	if n := share(1); n < 18*otherEvery || n == 20*otherEvery {
		t.Errorf("the cheaper way in %d of %d laps; the other is to be tried, and no more", n, 20*otherEvery)
	}
	cost[0] = time.Millisecond
	share(0)
	if n := share(0); n < 18*otherEvery {
		t.Errorf("the way that got cheaper in %d of %d laps", n, 20*otherEvery)
	}
	tr.broken()
	if was := tr.took; tr.left != 0 || tr.lapping || was == [len(ways)]time.Duration{} {
		t.Errorf("broken off: %+v", tr)
	}
}

// Few commands go together, more in two messages, and many as is being tried.
func TestPartsOf(t *testing.T) {
	for commands, want := range map[int]int{1: 1, fewCommands - 1: 1, fewCommands: 2, manyCommands - 1: 2, manyCommands: 4} {
		if got := new(flow).partsOf(commands); got != want {
			t.Errorf("%d commands in %d messages, want %d", commands, got, want)
		}
	}
	f := flow{trial: trial{way: 1}}
	if got := f.partsOf(manyCommands); got != 2 {
		t.Errorf("the other way in %d messages", got)
	}
}
