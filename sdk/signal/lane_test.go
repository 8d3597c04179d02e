package signal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

var portal = LaneOptions{Antennas: []LaneAntenna{{1, 0}, {2, 2}}}

// through gives the reads of a tag that walks from -1 m to 3 m in 4 s between
// the antennas at 0 and 2 m, or back.
func through(rnd *rand.Rand, epc string, at time.Time, out bool) []Read {
	var reads []Read
	for i := range 80 {
		t := float64(i) * 0.05
		x := -1 + t
		if out {
			x = 3 - t
		}
		a := 1 + i%2
		d := math.Hypot(x-float64(2*(a-1)), 1.5)
		reads = append(reads, Read{
			At: at.Add(time.Duration(t * 1e9)), EPC: epc, Antenna: a,
			RSSI:  -50 - 40*math.Log10(d) + 3*rnd.NormFloat64(),
			Phase: -4*math.Pi*d/0.3277 + 0.1*rnd.NormFloat64(), Channel: 1 + i/4%50,
		})
	}
	return reads
}

func TestLaneDirection(t *testing.T) {
	for _, shuffled := range []bool{false, true} {
		for _, out := range []bool{false, true} {
			right := 0
			for seed := range uint64(50) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				reads := through(rnd, "tag", epoch, out)
				if shuffled {
					rnd.Shuffle(len(reads), func(i, j int) { reads[i], reads[j] = reads[j], reads[i] })
				}
				l := newLane(portal)
				for _, r := range reads {
					l.Read(r)
				}
				p := l.Close()
				if len(p) != 1 || !p[0].Onset.Equal(epoch) || !p[0].Settled.Equal(epoch.Add(3950*time.Millisecond)) || p[0].Reads != 80 {
					t.Fatalf("passages %+v", p)
				}
				if p[0].Direction == In != out && p[0].Direction != None {
					right++
				}
			}
			if right < 48 {
				t.Errorf("shuffled %v, out %v: %d of 50 right", shuffled, out, right)
			}
		}
	}
}

func TestLaneEndsPassages(t *testing.T) {
	l := newLane(portal)
	l.Read(Read{At: epoch, EPC: "b", Antenna: 1, RSSI: -60})
	l.Read(Read{At: epoch, EPC: "a", Antenna: 2, RSSI: -61.256})
	l.Read(Read{At: epoch.Add(time.Second), EPC: "b", Antenna: 2, RSSI: -55})
	if p := l.Flush(epoch.Add(1999 * time.Millisecond)); len(p) != 0 {
		t.Errorf("flushed early: %+v", p)
	}
	p := l.Flush(epoch.Add(2 * time.Second))
	if len(p) != 1 || p[0].EPC != "a" || p[0].Direction != None || p[0].Antenna != 2 || p[0].Strongest != -6126 {
		t.Errorf("after Silence: %+v", p)
	}
	p = l.Close()
	if len(p) != 1 || p[0].EPC != "b" || p[0].Reads != 2 || p[0].Strongest != -55*measure.DBm || p[0].Antenna != 2 {
		t.Errorf("at Close: %+v", p)
	}
	if p := l.Close(); len(p) != 0 {
		t.Errorf("twice: %+v", p)
	}
}

func TestLaneOrdersPassages(t *testing.T) {
	l := newLane(portal)
	for i, epc := range []string{"c", "a", "b", "d"} {
		l.Read(Read{At: epoch.Add(time.Duration(i/3) * -time.Second), EPC: epc, Antenna: 1, RSSI: -60})
	}
	var got string
	for _, p := range l.Close() {
		got += p.EPC
	}
	if got != "dabc" {
		t.Errorf("order %s", got)
	}
}

func TestLaneTagThatStays(t *testing.T) {
	l := newLane(portal)
	var at time.Time
	for i := range 601 {
		at = epoch.Add(time.Duration(i) * 100 * time.Millisecond)
		l.Read(Read{At: at, EPC: "a", Antenna: 1 + i%2, RSSI: -60 + float64(i%3), Phase: 1, Channel: 1 + i/4%50})
		if p := l.Flush(at); (len(p) == 1) != (i == 600) {
			t.Fatalf("at %v: %+v", at.Sub(epoch), p)
		} else if len(p) == 1 && (p[0].Direction != None || p[0].Reads != 601) {
			t.Errorf("a tag that lies still: %+v", p[0])
		}
	}
}

func TestLaneLimits(t *testing.T) {
	l := newLane(portal)
	for i := range maxTags + 1 {
		l.Read(Read{At: epoch, EPC: fmt.Sprint(i), Antenna: 1, RSSI: -60})
	}
	l.Read(Read{At: epoch, EPC: "0", Antenna: 1, RSSI: -60}) // is followed: goes on
	if c := l.Counts(); c.Dropped != 1 || c.Reads != maxTags+2 {
		t.Errorf("counts %+v", c)
	}
	if n := len(l.Close()); n != maxTags {
		t.Errorf("%d passages", n)
	}
	l.Read(Read{At: epoch, EPC: "new", Antenna: 1, RSSI: -60})
	if n := len(l.Close()); n != 1 {
		t.Errorf("%d passages after room was made", n)
	}
	for range maxReads - 1 {
		l.Read(Read{At: epoch, EPC: "much", Antenna: 1, RSSI: -60})
	}
	if n := len(l.Flush(epoch)); n != 0 {
		t.Errorf("flushed one read below maxReads")
	}
	l.Read(Read{At: epoch, EPC: "much", Antenna: 1, RSSI: -60})
	if n := len(l.Flush(epoch)); n != 1 {
		t.Errorf("not flushed at maxReads")
	}
}

func TestLaneIgnoresBadReads(t *testing.T) {
	l := newLane(portal)
	for _, r := range []Read{
		{Antenna: 3, RSSI: -60},
		{Antenna: 0, RSSI: -60},
		{Antenna: 1, RSSI: math.NaN()},
		{Antenna: 1, RSSI: math.Inf(1)},
		{Antenna: 1, RSSI: -121},
		{Antenna: 1, RSSI: 31},
	} {
		l.Read(r)
	}
	if c := l.Counts(); c.Invalid != 6 || len(l.Close()) != 0 {
		t.Errorf("counts %+v", c)
	}
	for i := range 20 { // a bad phase or shift leaves the rest usable
		at := epoch.Add(time.Duration(i) * 100 * time.Millisecond)
		l.Read(Read{At: at, EPC: "a", Antenna: 1 + i/10, RSSI: -60, Phase: math.NaN(), Channel: 1, Doppler: math.NaN()})
	}
	if p := l.Close(); len(p) != 1 || p[0].Direction != In {
		t.Errorf("passages %+v", p)
	}
}

func TestLaneNeedsReads(t *testing.T) {
	for _, n := range []int{5, 6} {
		l := newLane(portal)
		for i := range n {
			l.Read(Read{At: epoch.Add(time.Duration(i) * time.Second / 2), EPC: "a", Antenna: 1 + 2*i/n, RSSI: -60})
		}
		if p := l.Close(); (p[0].Direction == In) != (n >= 6) {
			t.Errorf("%d reads: %+v", n, p)
		}
	}
}

func TestLaneOptionsAreChecked(t *testing.T) {
	many := func(n int) (a []LaneAntenna) {
		for i := range n {
			a = append(a, LaneAntenna{ID: i + 1, Along: float64(i)})
		}
		return a
	}
	for _, c := range []struct {
		opt  LaneOptions
		want string
	}{
		{LaneOptions{Antennas: many(2)}, ""},
		{LaneOptions{Antennas: many(maxAntennas)}, ""},
		{LaneOptions{Antennas: many(maxAntennas + 1)}, "33"},
		{LaneOptions{}, "two places"},
		{LaneOptions{Antennas: []LaneAntenna{{1, 1}, {2, 1}}}, "two places"},
		{LaneOptions{Antennas: []LaneAntenna{{1, 1}, {2, math.NaN()}}}, "two places"},
		{LaneOptions{Antennas: []LaneAntenna{{1, 1}, {1, 2}}}, "twice"},
		{LaneOptions{Antennas: many(2), Silence: -1}, "Silence"},
		{LaneOptions{Antennas: many(2), Wavelength: -1}, "Wavelength"},
		{LaneOptions{Antennas: many(2), MinRate: -1}, "MinRate"},
		{LaneOptions{Antennas: many(2), Decide: measure.Certain + 1}, "Decide"},
	} {
		_, err := NewLane(c.opt)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.opt, err, c.want)
		}
	}
}

// A lane seen from its other end says the opposite, as surely.
func TestLaneIsSymmetric(t *testing.T) {
	mirror := LaneOptions{Antennas: []LaneAntenna{{1, 2}, {2, 0}}}
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		a, b := newLane(portal), newLane(mirror)
		for _, r := range through(rnd, "tag", epoch, seed%2 == 0) {
			r.Doppler = 20 * rnd.NormFloat64()
			a.Read(r)
			b.Read(r)
		}
		p, q := a.Close()[0], b.Close()[0]
		if p.Direction == q.Direction && p.Direction != None || p.Confidence != q.Confidence || p.Reads != q.Reads {
			t.Errorf("seed %d: %+v and mirrored %+v", seed, p, q)
		}
	}
}

// Each source of evidence alone tells the direction.
func TestLaneSources(t *testing.T) {
	for _, c := range []struct {
		name string
		keep func(r Read, place float64, rnd *rand.Rand) Read
	}{
		{"power", func(r Read, _ float64, _ *rand.Rand) Read { r.Channel = 0; return r }},
		{"phase", func(r Read, _ float64, _ *rand.Rand) Read { r.RSSI = -60; return r }},
		{"Doppler", func(r Read, place float64, rnd *rand.Rand) Read {
			r.RSSI, r.Channel = -60, 0
			r.Doppler = 6*place + 20*rnd.NormFloat64()
			return r
		}},
	} {
		right := 0
		for seed := range uint64(50) {
			rnd := rand.New(rand.NewPCG(seed, 9))
			l := newLane(portal)
			for _, r := range through(rnd, "tag", epoch, false) {
				l.Read(c.keep(r, float64(2*r.Antenna-3), rnd))
			}
			if l.Close()[0].Direction == In {
				right++
			}
		}
		if right < 40 {
			t.Errorf("%s alone: %d of 50 right", c.name, right)
		}
	}
}
