package store

import (
	"runtime/debug"
	"testing"
)

func TestCollectRarely(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(120)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	stop := CollectRarely()
	stop()
	if p := debug.SetGCPercent(120); p != 120 {
		t.Errorf("afterwards the percentage is %d, not the one before", p)
	}
	for live, want := range map[uint64]int{0: rareGC, littleLive: rareGC, littleLive + 1: 120} {
		if p := percentFor(live, 120); p != want {
			t.Errorf("%d live bytes: %d, want %d", live, p, want)
		}
	}
	t.Setenv("GOGC", "120")
	CollectRarely()()
	if p := debug.SetGCPercent(120); p != 120 {
		t.Errorf("what the environment says does not count: %d", p)
	}
}
