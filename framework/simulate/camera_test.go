package simulate

import (
	"testing"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// passing is a world with two bodies in two zones and a camera over them that errs in
// one way.
func passing(t *testing.T, n Noise) (w *world, come, there *body) {
	t.Helper()
	w = newWorld(1, Options{Noise: n})
	w.host, w.camera().open = newHost(w, "first", &disk{}), true
	v := &visit{w: w, stops: 1}
	come, there = newBody(v, 0), newBody(v, 1)
	come.zone, there.zone = "zone.a", "zone.b"
	come.beginTrack()
	there.beginTrack()
	return w, come, there
}

// told takes what the camera reported.
func (w *world) told() (out []observe.Presence) {
	for i := range w.camera().spool {
		if p, ok := w.camera().spool[i].Observed.(observe.Presence); ok {
			out = append(out, p)
		}
	}
	w.camera().spool = nil
	return out
}

// A camera that exchanges two tells of either track only where that track may be by
// what it told before, and of both how sure it still is.
func TestExchangedWithoutATrace(t *testing.T) {
	n := harshNoise()
	n.Meetings = []level{{whole, 1}} // always, and it knows
	w, come, there := passing(t, n)
	come.arrive("zone.b")
	if come.track != "t2" || there.track != "t1" {
		t.Fatalf("the camera follows who came as %q and who was there as %q", come.track, there.track)
	}
	come.arrive("zone.c")
	at, sure := map[observe.Track]string{}, map[observe.Track]measure.Probability{}
	for _, p := range w.told() {
		if p.Phase == observe.PhasePresent && at[p.Track] == p.Zone && sure[p.Track] == p.Confidence {
			t.Errorf("%s comes to %s, where it is", p.Track, p.Zone)
		}
		at[p.Track], sure[p.Track] = p.Zone, p.Confidence
	}
	if at["t1"] != "zone.b" || at["t2"] != "zone.c" || sure["t1"] != 1 || sure["t2"] != 1 {
		t.Errorf("the tracks are at %v, and it is sure of them by %v", at, sure)
	}

	n.Silent = true
	w, come, there = passing(t, n)
	come.arrive("zone.b")
	told := w.told()
	if come.track != "t2" || there.track != "t1" || len(told) != 3 || told[2].Confidence != 0 {
		t.Errorf("a silent camera follows %q and %q and tells %v", come.track, there.track, told)
	}
}

// A camera kept two bodies apart as often as it says that it did.
func TestMeetingsAreHonest(t *testing.T) {
	const meetings = 4_000
	for _, l := range harshNoise().Meetings {
		n := harshNoise()
		n.Meetings = []level{{whole, l.sure}}
		w, come, there := passing(t, n)
		w.told()
		kept := 0
		for range meetings {
			come.track, there.track, come.sure, there.sure = "t1", "t2", measure.Certain, measure.Certain
			if come.meet(there); come.track == "t1" {
				kept++
			}
			if told := w.told(); l.sure < whole && (len(told) != 2 || int(told[0].Confidence) != l.sure || told[1].Confidence != told[0].Confidence) {
				t.Fatalf("it says %v of a meeting that it is sure of by %d", told, l.sure)
			}
		}
		if want := meetings * l.sure / whole; kept < want-100 || kept > want+100 {
			t.Errorf("%d of %d kept their tracks, %d by what it says", kept, meetings, want)
		}
	}
}
