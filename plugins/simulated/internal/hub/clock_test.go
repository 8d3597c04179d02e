package hub

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

// Once the last visitor has left the clock hurries, but not without bounds: what
// is restarted somewhere else must not miss days.
func TestPaceAfterwards(t *testing.T) {
	begin := timeline.Of(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	real := time.Unix(1000, 0)
	for _, c := range []struct {
		name  string
		speed float64
		busy  bool
		for_  time.Duration
		want  time.Duration
	}{
		{"as fast as it goes", 0, false, 144 * time.Hour, 0},
		{"with visitors", 20, true, time.Minute, 3 * time.Second},
		{"afterwards", 20, false, time.Hour, time.Second},
		{"afterwards, but it was faster", 7200, false, 2 * time.Hour, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := New(&scene.Scene{}, timeline.New(begin), nil, Options{Speed: c.speed})
			h.Attach(&sim.World{}, nil)
			if c.busy { // something is not in the host's journal yet
				h.order = []*device{{client: &client{}, queue: []wire.ToClient{{}}}}
			}
			next := begin.Add(c.for_)
			if got := h.pace(real, next); got != c.want {
				t.Errorf("%s to wait, want %s", got, c.want)
			}
			if got := h.pace(real.Add(c.want), next); got != 0 {
				t.Errorf("%s later there is still %s to wait", c.want, got)
			}
		})
	}
}

// The change of pace counts from when it changes: time that was waited for
// slowly is not made up for.
func TestPaceChanges(t *testing.T) {
	begin := timeline.Of(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	real := time.Unix(1000, 0)
	h := New(&scene.Scene{}, timeline.New(begin), nil, Options{Speed: 1})
	h.Attach(&sim.World{}, nil)
	d := &device{client: &client{}, queue: []wire.ToClient{{}}}
	h.order = []*device{d}
	next := begin.Add(6 * time.Second)
	if got := h.pace(real, next); got != 6*time.Second {
		t.Fatalf("%s to wait", got)
	}
	d.queue = nil
	h.tl.RunTo(next)
	if got := h.pace(real.Add(6*time.Second), next.Add(time.Hour)); got != time.Second {
		t.Errorf("%s to wait for an hour, want a second", got)
	}
}
