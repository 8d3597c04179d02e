package signal

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

var epoch = time.Date(2019, 4, 3, 19, 50, 26, 0, time.UTC)

type recording struct {
	at     []time.Time
	shelf  [5][]float64
	events []labelled
}

type labelled struct {
	Shelf int     `json:"shelf"`
	Begin float64 `json:"t_begin_ms"`
	End   float64 `json:"t_end_ms"`
	Delta float64 `json:"delta_g_measured_by_us"`
}

func ms(x float64) time.Time { return epoch.Add(time.Duration(x * float64(time.Millisecond))) }

func loadRecording(t testing.TB) *recording {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the shelf recording can't be found")
	}
	dir := filepath.Join(root, "data", "aim3s-shelf-recording")
	f, err := os.Open(filepath.Join(dir, "shelf_weights_60hz.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{}
	for _, row := range rows[1:] {
		v := make([]float64, len(row))
		for i, c := range row {
			if v[i], err = strconv.ParseFloat(c, 64); err != nil {
				t.Fatal(err)
			}
		}
		r.at = append(r.at, ms(v[0]))
		for i := range r.shelf {
			r.shelf[i] = append(r.shelf[i], v[i+1])
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Events []labelled `json:"ground_truth_events"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	r.events = doc.Events
	return r
}

// backwards is the recording played from its end with its labels mirrored: a
// pick becomes a put-back that ends where the pick began.
func (r *recording) backwards() *recording {
	n := len(r.at)
	last := r.at[n-1]
	m := &recording{}
	for i := n - 1; i >= 0; i-- {
		m.at = append(m.at, r.at[0].Add(last.Sub(r.at[i])))
	}
	for s := range r.shelf {
		for i := n - 1; i >= 0; i-- {
			m.shelf[s] = append(m.shelf[s], r.shelf[s][i])
		}
	}
	mirror := func(x float64) float64 {
		return float64(r.at[0].Add(last.Sub(ms(x))).Sub(epoch)) / float64(time.Millisecond)
	}
	for i := len(r.events) - 1; i >= 0; i-- {
		e := r.events[i]
		m.events = append(m.events, labelled{Shelf: e.Shelf, Begin: mirror(e.End), End: mirror(e.Begin), Delta: -e.Delta})
	}
	return m
}

// flipped is the recording with its loads negated: takes become put-backs,
// with the same course of time.
func (r *recording) flipped() *recording {
	m := &recording{at: r.at}
	for s := range r.shelf {
		for _, g := range r.shelf[s] {
			m.shelf[s] = append(m.shelf[s], -g)
		}
	}
	for _, e := range r.events {
		e.Delta = -e.Delta
		m.events = append(m.events, e)
	}
	return m
}

// thinned averages n samples to one, as a slower converter would: HX711 and
// its like integrate over their whole period.
func (r *recording) thinned(n int) *recording {
	m := &recording{events: r.events}
	for i := 0; i+n <= len(r.at); i += n {
		m.at = append(m.at, r.at[i+n-1])
		for s := range r.shelf {
			sum := 0.0
			for _, x := range r.shelf[s][i : i+n] {
				sum += x
			}
			m.shelf[s] = append(m.shelf[s], sum/float64(n))
		}
	}
	return m
}

// thickened has n samples for one, on the straight line between neighbours.
func (r *recording) thickened(n int) *recording {
	m := &recording{events: r.events}
	for i := range len(r.at) - 1 {
		for k := range n {
			f := float64(k) / float64(n)
			m.at = append(m.at, r.at[i].Add(time.Duration(f*float64(r.at[i+1].Sub(r.at[i])))))
			for s := range r.shelf {
				m.shelf[s] = append(m.shelf[s], r.shelf[s][i]*(1-f)+r.shelf[s][i+1]*f)
			}
		}
	}
	return m
}

// A score compares the changes that a filter found with the labels.
type score struct {
	found, lost, invented, restated int
	early, late                     float64 // extremes of decided less labelled end, seconds
	off                             float64 // greatest error of a change over what is allowed
	sigma                           float64 // greatest error of a change over its Deviation
}

func (c score) perfect() bool {
	return c.lost == 0 && c.invented == 0 && c.early >= -1 && c.late <= 1 && c.off <= 1
}

func (c score) String() string {
	return fmt.Sprintf("found %d lost %d invented %d restated %d decided %+.2f..%+.2f s error %.2f of allowed, %.1f sigma",
		c.found, c.lost, c.invented, c.restated, c.early, c.late, c.off, c.sigma)
}

// judge runs the filter over every shelf of r.
func (r *recording) judge(opt *BayOptions) score {
	c := score{early: math.Inf(1), late: math.Inf(-1)}
	taken := make([]bool, len(r.events))
	for s := range r.shelf {
		b := newBay(opt)
		for i, at := range r.at {
			rep, ok := b.Sample(at, r.shelf[s][i])
			if !ok || rep.Kind == Opened {
				continue
			}
			if rep.Kind == Restated {
				c.restated++
				continue
			}
			hit := -1
			for j, e := range r.events {
				if !taken[j] && e.Shelf == s+1 && math.Abs(rep.Settled.Sub(ms(e.End)).Seconds()) < 2 {
					hit = j
				}
			}
			if hit < 0 {
				c.invented++
				continue
			}
			e := r.events[hit]
			taken[hit] = true
			c.found++
			d := rep.Settled.Sub(ms(e.End)).Seconds()
			c.early, c.late = min(c.early, d), max(c.late, d)
			err := math.Abs(grams(rep.Change) - e.Delta)
			c.off = max(c.off, err/max(10, 0.03*math.Abs(e.Delta)))
			c.sigma = max(c.sigma, err/grams(rep.Deviation))
		}
	}
	c.lost = len(r.events) - c.found
	return c
}

func grams(m measure.Mass) float64 { return float64(m) / 1000 }

func newBay(o *BayOptions) *Bay {
	b, err := NewBay(o)
	if err != nil {
		panic(err)
	}
	return b
}
