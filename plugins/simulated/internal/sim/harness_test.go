package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/observe"
)

const corner = "../../../../examples/corner/scene.json"

var opening = timeline.Of(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))

// watcher lets everybody in at once and keeps what happens.
type watcher struct {
	t       testing.TB
	scene   *scene.Scene
	tl      *timeline.Timeline
	world   *sim.World
	reports []report
	visits  []sim.Visit
	refuse  func(token string) bool
	expires time.Duration
	spare   int
}

type report struct {
	device string
	e      observe.Evidence
	at     timeline.Instant
}

func (w *watcher) Report(device string, e observe.Evidence) {
	if err := observe.Check(e); err != nil {
		w.t.Errorf("%s: %v", device, err)
	}
	w.reports = append(w.reports, report{device, e, w.tl.Now()})
	c, ok := e.(observe.Credential)
	if !ok || w.refuse != nil && w.refuse(c.Token) {
		return
	}
	for _, r := range w.scene.Readers {
		if r.Address == device {
			if err := w.world.Admit(r.Gate, fmt.Sprintf("session %d", len(w.reports)), max(c.Bodies-w.spare, 1), w.tl.Now().Add(w.expires)); err != nil {
				w.t.Errorf("admit %s: %v", c.Token, err)
			}
		}
	}
}

func (w *watcher) Ended(v sim.Visit) { w.visits = append(w.visits, v) }

// maxVirtual bounds a test's virtual time: a world that doesn't end is a bug.
const maxVirtual = 30 * 24 * time.Hour

func newWatcher(t testing.TB, opt sim.Options) *watcher {
	sc, err := scene.Load(corner)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Arrivals == 0 {
		opt.Arrivals = 12 * time.Second
	}
	if opt.Basket == 0 {
		opt.Basket = 8
	}
	if opt.FirstVisit == 0 {
		opt.FirstVisit = 1
	}
	w := &watcher{t: t, scene: sc, tl: timeline.New(opening), expires: 20 * time.Second}
	w.world = sim.New(sc, w.tl, opt, w)
	return w
}

// run lets the world go on until it is done.
func (w *watcher) run() *watcher {
	w.world.Start()
	for !w.world.Done() {
		next, ok := w.tl.Next()
		if !ok || next > opening.Add(maxVirtual) {
			w.t.Fatalf("the world stands at %v with %d visits over", w.tl.Now().Time(), w.world.Ended())
		}
		w.tl.RunTo(next)
	}
	return w
}

func of[E observe.Evidence](w *watcher) []E {
	var all []E
	for _, r := range w.reports {
		if e, ok := r.e.(E); ok {
			all = append(all, e)
		}
	}
	return all
}
