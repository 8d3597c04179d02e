package classtest

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// clocksDiffer is how far a plugin's clock may be ahead of the test's.
const clocksDiffer = time.Minute

// gauge watches the readings of a device, health by health.
type gauge struct {
	r      *Rig
	taken  map[string]time.Time // when the newest of each name was
	newest time.Time
}

// look asks for the health once and checks its readings against those before.
func (g *gauge) look(t testing.TB) {
	t.Helper()
	all, err := g.r.Plugin.Health(g.r.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("health of one open device: %+v, %v", all, err)
	}
	if all[0].Unfit != nil {
		t.Fatalf("not all of its readings are taken: %v", all[0].Unfit)
	}
	for _, v := range all[0].Readings {
		g.see(t, v)
	}
}

func (g *gauge) see(t testing.TB, v host.Reading) {
	t.Helper()
	if before := g.taken[v.Name]; v.At.Before(before) {
		t.Fatalf("%s was taken at %v, after one at %v: the newest wins", v.Name, v.At, before)
	}
	if now := time.Now(); v.At.After(now.Add(clocksDiffer)) {
		t.Fatalf("%s was taken at %v, and it is %v", v.Name, v.At, now)
	}
	g.taken[v.Name] = v.At
	if v.At.After(g.newest) {
		g.newest = v.At
	}
}

// lookEvery is how often a case that waits for a reading asks for the health.
const lookEvery = 5 * time.Millisecond

// measures watches the readings that there are, and where new ones can be had
// that two of them come, one after the other.
func measures(t testing.TB, s Subject) {
	g := &gauge{r: s.Open(t), taken: map[string]time.Time{}}
	for range 3 {
		g.look(t)
	}
	for range 2 {
		if s.Measure == nil {
			return
		}
		before := g.newest
		s.Measure(t)
		limit := time.After(g.r.Patience)
		for g.look(t); !g.newest.After(before); g.look(t) {
			select {
			case <-limit:
				t.Fatalf("a reading was taken and never came: the newest is still that of %v", before)
			case <-time.After(lookEvery):
			}
		}
	}
}
