package timeline_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
)

// TestOrder: by instant, then owner, then the order of scheduling, whatever the
// order in which owners scheduled.
func TestOrder(t *testing.T) {
	tl := timeline.New(100)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	tl.At(300, 1, note("300/1"))
	tl.At(200, 2, note("200/2 first"))
	tl.At(200, 2, note("200/2 second"))
	tl.At(200, 1, note("200/1"))
	tl.At(50, 9, note("past"))
	tl.At(200, 1, func() { tl.After(50*time.Microsecond, 1, note("nested at 250")) })
	tl.RunTo(250)
	want := []string{"past", "200/1", "200/2 first", "200/2 second", "nested at 250"}
	if !slices.Equal(got, want) {
		t.Errorf("ran %q, want %q", got, want)
	}
	if next, ok := tl.Next(); !ok || next != 300 || tl.Now() != 250 {
		t.Errorf("next %d %v at %d, want 300 true at 250", next, ok, tl.Now())
	}
	tl.RunTo(100)
	if tl.Now() != 250 {
		t.Errorf("time went back to %d", tl.Now())
	}
}

func TestCeil(t *testing.T) {
	for _, c := range []struct {
		at   timeline.Instant
		step time.Duration
		want timeline.Instant
	}{{100, 0, 100}, {100, time.Microsecond, 100}, {100, 50 * time.Microsecond, 100}, {101, 50 * time.Microsecond, 150}, {149, 50 * time.Microsecond, 150}} {
		if got := c.at.Ceil(c.step); got != c.want {
			t.Errorf("%d.Ceil(%v) = %d, want %d", c.at, c.step, got, c.want)
		}
	}
}
