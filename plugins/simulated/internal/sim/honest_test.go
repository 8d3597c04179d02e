package sim

import (
	"math"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

type deaf struct{}

func (deaf) Report(string, observe.Evidence) {}
func (deaf) Ended(Visit)                     {}

// TestHonestCamera: among readings that state a probability, that share is
// right, for actions, best candidates and second ones.
func TestHonestCamera(t *testing.T) {
	sc, err := scene.Load("../../../../examples/corner/scene.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Profile{None(), Nominal(), Harsh()} {
		w := New(sc, timeline.New(0), Options{Profile: p}, deaf{})
		r := stream(1, "honest")
		type count struct{ right, all int }
		tally := make(map[string]map[measure.Probability]*count)
		note := func(what string, stated measure.Probability, right bool) {
			if tally[what] == nil {
				tally[what] = make(map[measure.Probability]*count)
			}
			c := tally[what][stated]
			if c == nil {
				c = new(count)
				tally[what][stated] = c
			}
			c.all++
			if right {
				c.right++
			}
		}
		for i := range 60_000 {
			y := w.bays[i%len(w.bays)]
			d := deed{at: y, action: observe.ActionTake, product: y.facings[i%len(y.facings)], qty: 1}
			a, sure := w.readAction(r, d)
			note("action", sure, a == d.action)
			for n, c := range w.readProduct(r, d) {
				note([]string{"best", "second"}[n], c.Probability, c.GTIN == d.product.GTIN)
			}
		}
		for what, levels := range tally {
			for stated, c := range levels {
				want := float64(stated) / float64(measure.Certain)
				got := float64(c.right) / float64(c.all)
				if within := 4*math.Sqrt(want*(1-want)/float64(c.all)) + 1e-6; math.Abs(got-want) > within {
					t.Errorf("%s: %s stated %v, right %.4f of %d", p.Name, what, stated, got, c.all)
				}
			}
		}
		if len(tally["best"]) != len(p.Products) {
			t.Errorf("%s: best candidates state %d levels, want %d", p.Name, len(tally["best"]), len(p.Products))
		}
	}
}

// notes keeps the presences that a world reports.
type notes struct {
	deaf
	all []observe.Presence
}

func (n *notes) Report(_ string, e observe.Evidence) { n.all = append(n.all, e.(observe.Presence)) }

// TestMeetings: of two bodies that met, as many kept their tracks as the camera says of
// both, and nothing that it tells of places says who did not.
func TestMeetings(t *testing.T) {
	sc, err := scene.Load("../../../../examples/corner/scene.json")
	if err != nil {
		t.Fatal(err)
	}
	const meetings = 4_000
	for _, l := range Harsh().Meetings {
		p := None()
		p.Meetings = []Level{{1, l.Sure}}
		out, tl := &notes{}, timeline.New(0)
		w := New(sc, tl, Options{Profile: p}, out)
		zone := w.bays[0].zone
		come := &body{w: w, sense: stream(1, "come"), camera: w.cameraOf[zone]}
		there := &body{w: w, sense: stream(1, "there"), camera: come.camera, zone: zone}
		w.bodies = []*body{come, there}
		kept := 0
		for range meetings {
			come.zone, come.track, there.track, come.sure, there.sure = "zone.elsewhere", "t1", "t2", measure.Certain, measure.Certain
			come.arrive(zone)
			if come.track == "t1" && there.track == "t2" {
				kept++
			}
		}
		tl.RunTo(tl.Now().Add(time.Second))
		if within := 4 * math.Sqrt(l.Sure*(1-l.Sure)/meetings); math.Abs(float64(kept)/meetings-l.Sure) > within {
			t.Errorf("%d of %d kept their tracks; the camera says %v", kept, meetings, l.Sure)
		}
		said := map[observe.Track]int{}
		for _, p := range out.all {
			if p.Zone != zone {
				t.Fatalf("it tells of %s at %s", p.Track, p.Zone)
			}
			if p.Confidence == ppm(l.Sure) {
				said[p.Track]++
			}
		}
		if l.Sure < 1 && (said["t1"] != meetings || said["t2"] != meetings) {
			t.Errorf("it says %v that it is sure by %v, of %d meetings", said, l.Sure, meetings)
		}
	}
}

// TestWeights: levels scatter as stated, and units within their product.
func TestWeights(t *testing.T) {
	sc, err := scene.Load("../../../../examples/corner/scene.json")
	if err != nil {
		t.Fatal(err)
	}
	p := Nominal()
	p.Drift = 0
	w := New(sc, timeline.New(0), Options{Profile: p}, deaf{})
	y := w.bays[0]
	spread := func(n int, draw func() float64) float64 {
		var sum, squares float64
		for range n {
			x := draw()
			sum += x
			squares += x * x
		}
		m := sum / float64(n)
		return math.Sqrt(squares/float64(n) - m*m)
	}
	if got := spread(20_000, func() float64 { return float64(y.measure(0).Mass) }); math.Abs(got/float64(p.WeightSD)-1) > 0.03 {
		t.Errorf("levels scatter by %.0f mg, want %d", got, p.WeightSD)
	}
	f := y.facings[0]
	if got := spread(20_000, func() float64 { return float64(y.newUnit(f).mass) }) / float64(f.PackagedMass); math.Abs(got/p.UnitCV-1) > 0.03 {
		t.Errorf("units scatter by %.4f, want %.4f", got, p.UnitCV)
	}
	p.Drift, p.WeightSD = 10*measure.Gram, 0
	w = New(sc, timeline.New(0), Options{Profile: p}, deaf{})
	y = w.bays[0]
	least, most := measure.Mass(math.MaxInt64), measure.Mass(0)
	for range 100 {
		w.tl.RunTo(w.tl.Now().Add(p.DriftPeriod / 100))
		m := y.measure(w.tl.Now()).Mass
		least, most = min(least, m), max(most, m)
	}
	if got := most - least; got < 19*measure.Gram || got > 20*measure.Gram+2*resolution {
		t.Errorf("the zero wanders over %v in a period, want 20 g", got)
	}
}
