package signal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// slope feeds grams as a function of the hours since the start.
func (f *feed) slope(hours float64, hertz int, grams func(hour float64) float64) {
	n := int(hours * 3600 * float64(hertz))
	for i := range n {
		f.now = f.now.Add(time.Second / time.Duration(hertz))
		f.sample(f.now, grams(float64(i+1)/float64(hertz)/3600)+f.rnd.NormFloat64())
	}
}

// changes are the reports of goods, in grams.
func (f *feed) changes() (out []float64) {
	for _, r := range f.reps {
		if r.Kind == Changed {
			out = append(out, grams(r.Change))
		}
	}
	return out
}

// A creep of 2 g in 15 min, up, down, and to and fro, makes and removes nothing
// in eight hours, is told as it goes, and hides no item. At 10 Hz, and with
// AISLE_LONG at the 60 of the recording.
func TestCreepOfAShift(t *testing.T) {
	const day, perHour = 8.0, 8.0 // 2 g in 15 min
	for _, c := range []struct {
		name  string
		hertz int
		creep func(hour float64) float64
	}{
		{"up", 10, func(h float64) float64 { return perHour * h }},
		{"down", 10, func(h float64) float64 { return -perHour * h }},
		{"to and fro", 10, func(h float64) float64 { return perHour * math.Abs(math.Mod(h, 2)-1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if os.Getenv("AISLE_LONG") != "" {
				c.hertz = 60
			}
			f := newFeed(t, nil)
			f.slope(day, c.hertz, func(h float64) float64 { return 2000 + c.creep(h) })
			if got := f.changes(); len(got) != 0 {
				t.Errorf("creep made items of %v g", got)
			}
			m, ok := f.b.Level()
			if !ok || math.Abs(grams(m)-2000-c.creep(day)) > 1 {
				t.Errorf("the level ends at %v", m)
			}
			if r := f.reps[len(f.reps)-1]; math.Abs(grams(r.Mass)-grams(m)) > 6 {
				t.Errorf("last told %v, stands at %v", r.Mass, m)
			}
			f.slope(0.01, c.hertz, func(float64) float64 { return 1987 + c.creep(day) })
			if got := f.changes(); len(got) != 1 || math.Abs(got[0]+13) > 2 {
				t.Errorf("13 g taken after eight hours of creep: %v", got)
			}
		})
	}
}

// A cooler's door: 10 K in ten minutes move the zero of a 30 kg cell by 15 g
// (OIML R 60 allows a class C cell 0.7 of an interval in 5 K), and back.
func TestTemperature(t *testing.T) {
	f := newFeed(t, nil)
	warm := func(h float64) float64 { return 2000 + 15*(1-math.Exp(-h*6)) }
	cold := func(h float64) float64 { return 2000 + 15*math.Exp(-h*6) }
	for range 3 {
		f.slope(0.7, 10, warm)
		f.slope(0.7, 10, cold)
	}
	if got := f.changes(); len(got) != 0 {
		t.Errorf("warmth made items of %v g", got)
	}
}

// A bay need not be tared: where its zero lies changes nothing.
func TestTare(t *testing.T) {
	for _, zero := range []float64{-5000, 0, 40_000} {
		f := newFeed(t, nil)
		for _, load := range []float64{1000, 600, 750, 0} {
			f.hold(4, zero+load)
		}
		if got := fmt.Sprintf("%.0f", f.changes()); got != "[-400 150 -750]" {
			t.Errorf("zero at %v g: %s", zero, got)
		}
	}
}

// Two hands at once: at two bays they are two changes, at one bay one by one
// when it rests between them, and one change of the sum when it doesn't.
func TestTwoHandsAtOnce(t *testing.T) {
	a, b := newFeed(t, nil), newFeed(t, nil)
	for _, s := range []struct{ seconds, a, b float64 }{{5, 2000, 3000}, {0.4, 1900, 3100}, {4, 1600, 3250}} {
		a.hold(s.seconds, s.a)
		b.hold(s.seconds, s.b)
	}
	if x, y := fmt.Sprintf("%.0f", a.changes()), fmt.Sprintf("%.0f", b.changes()); x != "[-400]" || y != "[250]" {
		t.Errorf("at two bays: %s and %s", x, y)
	}
	for _, c := range []struct {
		between float64 // seconds
		want    string
	}{{0.5, "[300]"}, {1, "[300]"}, {2.5, "[-200 500]"}, {10, "[-200 500]"}} {
		f := newFeed(t, nil)
		f.hold(5, 2000)
		f.hold(c.between, 1800)
		f.hold(5, 2300)
		if got := fmt.Sprintf("%.0f", f.changes()); got != c.want {
			t.Errorf("200 g taken and 500 g put %v s later: %s, want %s", c.between, got, c.want)
		}
	}
}

// A plate that is dead says so, and no item comes of it, whenever it dies.
func TestDeadPlateMakesNoItem(t *testing.T) {
	for _, at := range []float64{0, 99_999, -3000} {
		f := newFeed(t, nil)
		f.hold(5, 1000)
		for range 600 {
			f.now = f.now.Add(time.Second / 60)
			f.sample(f.now, at)
		}
		if f.b.Fault() != Stuck || len(f.changes()) != 0 {
			t.Errorf("dead at %v g: fault %v, changes %v", at, f.b.Fault(), f.changes())
		}
		f.hold(5, 1000)
		if f.b.Fault() != NoFault || len(f.changes()) != 0 {
			t.Errorf("back from %v g: fault %v, changes %v", at, f.b.Fault(), f.changes())
		}
	}
}

// passages feeds reads as a driver does.
func passages(reads []Read) []Passage { return driven(portal, reads) }

// A tag that flutters, hidden by the body for less than Silence, is one passage,
// and its direction is right.
func TestTagFlutter(t *testing.T) {
	right := 0
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		var reads []Read
		for _, r := range through(rnd, "tag", epoch, false) {
			s := r.At.Sub(epoch).Seconds()
			if s > 1.4 && s < 2.6 || rnd.IntN(3) == 0 {
				continue
			}
			reads = append(reads, r)
		}
		p := passages(reads)
		if len(p) != 1 {
			t.Fatalf("%d passages of a tag that flutters", len(p))
		}
		if p[0].Direction == In {
			right++
		}
	}
	if right < 45 {
		t.Errorf("%d of 50 right", right)
	}
}

// Stray reads, of tags far off that come through now and then, go nowhere.
func TestStrayReads(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 13))
	var reads []Read
	for at := 0.0; at < 600; at += 0.2 + 4*rnd.Float64() {
		reads = append(reads, Read{At: epoch.Add(time.Duration(at * 1e9)), EPC: "far", Antenna: 1 + rnd.IntN(2),
			RSSI: -74 + 2*rnd.NormFloat64(), Phase: 2 * math.Pi * rnd.Float64(), Channel: 1 + rnd.IntN(50)})
	}
	n := 0
	for _, p := range passages(reads) {
		n += p.Reads
		if p.Direction != None {
			t.Errorf("a stray tag went %v: %+v", p.Direction, p)
		}
	}
	if n != len(reads) {
		t.Errorf("%d of %d reads are in passages", n, len(reads))
	}
}

// A tag that lies near is none however it fades, once the hops have come round,
// and it is a passage when it is taken up and carried through.
func TestTagThatLiesNear(t *testing.T) {
	still, walked := 0, 0
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 17))
		fade, turn := map[carrier]float64{}, map[carrier]float64{}
		var reads []Read
		for i := range 400 { // 20 s
			on := carrier{1 + i%2, 1 + i/4%50}
			if _, ok := fade[on]; !ok {
				fade[on], turn[on] = 4*rnd.NormFloat64(), 2*math.Pi*rnd.Float64()
			}
			reads = append(reads, Read{At: epoch.Add(time.Duration(i) * 50 * time.Millisecond), EPC: "near", Antenna: on.antenna, Channel: on.channel,
				RSSI: -62 + fade[on] + rnd.NormFloat64(), Phase: turn[on] + 0.2*rnd.NormFloat64()})
		}
		if p := passages(reads); len(p) == 1 && p[0].Direction == None {
			still++
		}
		if p := passages(append(reads[:100:100], through(rnd, "near", epoch.Add(5*time.Second), true)...)); len(p) == 1 && p[0].Direction == Out {
			walked++
		}
	}
	if still < 20 || walked < 15 {
		t.Errorf("of 20 each, %d that lie near are none and %d carried off are out", still, walked)
	}
}

// A reader that gives neither phase nor channel still tells what it can, and one
// with more carriers than are remembered is no different.
func TestCarriersAreBounded(t *testing.T) {
	l := newLane(portal)
	for i := range 3 * maxCarriers {
		l.Read(Read{At: epoch.Add(time.Duration(i) * time.Millisecond), EPC: "a", Antenna: 1 + i%2, Channel: 1 + i, RSSI: -60})
	}
	if n := len(l.tags["a"].heard); n != maxCarriers {
		t.Errorf("%d carriers remembered", n)
	}
	if p := l.Close(); len(p) != 1 || p[0].Reads != 3*maxCarriers || p[0].Strongest != -60*measure.DBm {
		t.Errorf("passages %+v", p)
	}
}
