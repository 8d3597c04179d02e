package signal

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/measure"
)

// catalogue are the products of the recorded shop. A weighing of zero is one
// that was not made.
func catalogue(t testing.TB) []Item {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recorded catalogue can't be found")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", "aim3s-shelf-recording", "product_info.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Products []struct {
			ID          int       `json:"id"`
			Weights     []float64 `json:"weights"`
			Arrangement []struct {
				Shelf  int   `json:"shelf_id"`
				Plates []int `json:"plate_ids"`
			} `json:"arrangement"`
		} `json:"products"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	var out []Item
	for _, p := range file.Products {
		i := Item{ID: fmt.Sprint(p.ID), Weighings: slices.DeleteFunc(p.Weights, func(w float64) bool { return w <= 0 })}
		for _, a := range p.Arrangement {
			i.At = append(i.At, Facing{fmt.Sprint(a.Shelf), a.Plates})
		}
		out = append(out, i)
	}
	return out
}

// A naming is how a Namer did on weighings that it did not know. Trials are
// weighted so that each weighing counts as one.
type naming struct {
	trials         int
	weighings, top float64
	sure, right    float64 // of those that were decided
	best           float64 // the greatest share decided at 99 %, over all thresholds
}

func (n naming) String() string {
	return fmt.Sprintf("%d trials, top-1 %.1f %%, decided %.1f %% and %.1f %% of them right; at 99 %% right %.1f %% could be decided",
		n.trials, 100*n.top/n.weighings, 100*n.sure/n.weighings, 100*n.right/max(1e-9, n.sure), 100*n.best)
}

// leaveOneOut names each weighing by what all others teach. plates gives the
// sets of plates that a unit of a facing may be felt on; noise is what the shelf
// adds, in grams, and twice says to leave out products that are left without.
func leaveOneOut(items []Item, opt *NamerOptions, plates func([]int) [][]int, noise float64, twice bool) naming {
	rnd := rand.New(rand.NewPCG(7, 7))
	var n naming
	type call struct {
		p     measure.Probability
		right bool
		share float64
	}
	var calls []call
	for i, item := range items {
		for j, w := range item.Weighings {
			if twice && len(item.Weighings) < 2 {
				continue
			}
			others := slices.Clone(items)
			others[i].Weighings = slices.Delete(slices.Clone(item.Weighings), j, j+1)
			namer, err := NewNamer(others, opt)
			if err != nil {
				panic(err)
			}
			n.weighings++
			for _, f := range item.At {
				ways := plates(f.Plates)
				for _, p := range ways {
					share := 1 / float64(len(ways)*len(item.At))
					l := Lift{Shelf: f.Shelf, Plates: p, Grams: math.Max(0.1, w+noise*rnd.NormFloat64()), Deviation: noise}
					all := namer.Name(l)
					n.trials++
					if len(all) == 0 {
						continue
					}
					calls = append(calls, call{all[0].Probability, all[0].ID == item.ID, share})
					if all[0].ID == item.ID {
						n.top += share
					}
					if d, ok := namer.Decide(l); ok {
						n.sure += share
						if d.ID == item.ID {
							n.right += share
						}
					}
				}
			}
		}
	}
	slices.SortFunc(calls, func(a, b call) int { return int(b.p - a.p) })
	sum, right := 0.0, 0.0
	for i, c := range calls {
		sum += c.share
		if c.right {
			right += c.share
		}
		if right >= 0.99*sum && (i+1 == len(calls) || calls[i+1].p < c.p) {
			n.best = sum / n.weighings
		}
	}
	return n
}

func whole(p []int) [][]int { return [][]int{p} }

func single(p []int) [][]int {
	var out [][]int
	for _, x := range p {
		out = append(out, []int{x})
	}
	return out
}

// Each of the shop's weighings, named by the shelf, the plates and what the
// other weighings teach: at least 92 % right, and 99 % of those that are decided,
// which are 70 % at least. What is harder is printed with it.
func TestNamesByWeight(t *testing.T) {
	items := catalogue(t)
	if len(items) != 81 {
		t.Fatalf("%d products, not 81", len(items))
	}
	n := leaveOneOut(items, nil, whole, 0, false)
	t.Logf("%-52s %v", "plates as arranged", n)
	if n.top < 0.92*n.weighings || n.right < 0.99*n.sure || n.sure < 0.7*n.weighings {
		t.Errorf("want 92 %% top-1, and 99 %% right of 70 %% at least: %v", n)
	}
	for _, c := range []struct {
		name   string
		plates func([]int) [][]int
		noise  float64
		twice  bool
		top    float64 // at least
	}{
		{"weighed twice at least", whole, 0, true, 0.98},
		{"felt by a shelf of 2.5 g", whole, 2.5, false, 0.92},
		{"felt on one plate only", single, 0, false, 0.90},
		{"felt on one plate only, weighed twice at least", single, 0, true, 0.93},
	} {
		n := leaveOneOut(items, nil, c.plates, c.noise, c.twice)
		t.Logf("%-52s %v", c.name, n)
		if n.top < c.top*n.weighings || n.right < 0.99*n.sure {
			t.Errorf("%s: %v, want %v and 99 %% right", c.name, n, c.top)
		}
	}
}

// The constants may be off by much before a figure is missed.
func TestNamerSensitivity(t *testing.T) {
	items := catalogue(t)
	for _, c := range []struct {
		name string
		set  func(o *NamerOptions, x float64)
		at   []float64
	}{
		{"Spread", func(o *NamerOptions, x float64) { o.Spread = x }, []float64{0.006, 0.01, 0.03, 0.06}},
		{"Scale", func(o *NamerOptions, x float64) { o.Scale = x }, []float64{0.05, 0.1, 1, 2}},
		{"Freedom", func(o *NamerOptions, x float64) { o.Freedom = x }, []float64{1, 4, 6, 10}},
		{"Typical", func(o *NamerOptions, x float64) { o.Typical = x }, []float64{40, 80, 250, 400}},
		{"TypicalSpread", func(o *NamerOptions, x float64) { o.TypicalSpread = x }, []float64{0.8, 1, 1.6, 2.4}},
		{"Stray", func(o *NamerOptions, x float64) { o.Stray = x }, []float64{0.001, 0.01, 0.1, 0.2}},
		{"Other", func(o *NamerOptions, x float64) { o.Other = x }, []float64{1e-6, 1e-4, 0.01, 0.05}},
	} {
		for _, x := range c.at {
			var o NamerOptions
			c.set(&o, x)
			n := leaveOneOut(items, &o, whole, 0, false)
			t.Logf("%s %v: %v", c.name, x, n)
			if n.top < 0.92*n.weighings || n.best < 0.7 {
				t.Errorf("%s of %v: %v; README.md says it may be there", c.name, x, n)
			}
		}
	}
}

func TestNamerWeighsWhatItKnows(t *testing.T) {
	at := func(p ...int) []Facing { return []Facing{{"a", p}} }
	n, err := NewNamer([]Item{
		{ID: "crisps", Weighings: []float64{50, 51, 49}, At: at(1, 2)},
		{ID: "bar", Weighings: []float64{55}, At: at(2, 3)},
		{ID: "new", At: at(4)},
		{ID: "elsewhere", Weighings: []float64{50}, At: []Facing{{"b", []int{1}}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		l    Lift
		want string // the first, or nothing
		sure bool
	}{
		{Lift{"a", []int{1}, 50, 0}, "crisps", true},
		{Lift{"a", []int{1}, 900, 0}, "crisps", false}, // something else is likelier
		{Lift{"a", []int{1, 2}, 50, 2}, "crisps", true},
		{Lift{"a", []int{2, 3}, 55, 2}, "bar", true},
		{Lift{"a", []int{2}, 52.5, 2.5}, "", false}, // either
		{Lift{"a", []int{4}, 300, 2}, "new", true},  // nothing else stands there
		{Lift{"c", []int{1}, 50, 0}, "", false},
		{Lift{"a", []int{9}, 50, 0}, "", false},
		{Lift{"a", []int{1}, 0, 0}, "", false},
		{Lift{"a", []int{1}, math.NaN(), 0}, "", false},
		{Lift{"a", []int{1}, math.Inf(1), 0}, "", false},
		{Lift{"a", []int{1}, 50, math.NaN()}, "", false},
	} {
		all := n.Name(c.l)
		d, ok := n.Decide(c.l)
		if ok != c.sure || ok && d.ID != c.want {
			t.Errorf("%+v: decided %v %v", c.l, d, ok)
		}
		if c.want != "" && (len(all) == 0 || all[0].ID != c.want) {
			t.Errorf("%+v: %v, want %s first", c.l, all, c.want)
		}
		sum := measure.Probability(0)
		for _, x := range all {
			sum += x.Probability
		}
		if sum > measure.Certain {
			t.Errorf("%+v: probabilities add up to %v", c.l, sum)
		}
	}
}

func TestNamerIsChecked(t *testing.T) {
	good := Item{ID: "a", Weighings: []float64{1}, At: []Facing{{"s", []int{1}}}}
	with := func(change func(*Item)) []Item { i := good; change(&i); return []Item{i} }
	for _, c := range []struct {
		items []Item
		opt   *NamerOptions
		want  string
	}{
		{[]Item{good}, nil, ""},
		{[]Item{good, good}, nil, "twice"},
		{with(func(i *Item) { i.ID = "" }), nil, "no ID"},
		{with(func(i *Item) { i.Weighings = []float64{0} }), nil, "weigh"},
		{with(func(i *Item) { i.Weighings = []float64{math.NaN()} }), nil, "weigh"},
		{with(func(i *Item) { i.Weighings = []float64{math.Inf(1)} }), nil, "weigh"},
		{with(func(i *Item) { i.At = []Facing{{"s", nil}} }), nil, "plates"},
		{[]Item{good}, &NamerOptions{Spread: -1}, "Spread"},
		{[]Item{good}, &NamerOptions{Stray: 1.1}, "Stray"},
		{[]Item{good}, &NamerOptions{Freedom: math.NaN()}, "Freedom"},
		{[]Item{good}, &NamerOptions{Sure: measure.Certain + 1}, "Sure"},
	} {
		_, err := NewNamer(c.items, c.opt)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v %+v: %v, want %q", c.items, c.opt, err, c.want)
		}
	}
}

// One unit says nothing of how units differ, ten say it all but alone.
func TestUnitMass(t *testing.T) {
	for _, c := range []struct {
		weighings      []float64
		mass, from, to measure.Mass
		ok             bool
	}{
		{nil, 0, 0, 0, false},
		{[]float64{-1}, 0, 0, 0, false},
		{[]float64{100}, 100 * measure.Gram, 2 * measure.Gram, 3 * measure.Gram, true}, // 1.6 g, and as much for the mean
		{[]float64{80, 120, 90, 110, 100, 100, 80, 120, 90, 110}, 100 * measure.Gram, 13 * measure.Gram, 17 * measure.Gram, true},
		{[]float64{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}, 100 * measure.Gram, measure.Gram / 2, measure.Gram, true},
	} {
		m, d, ok := UnitMass(c.weighings, nil)
		if ok != c.ok || m != c.mass || d < c.from || d > c.to {
			t.Errorf("%v: %v, %v, %v", c.weighings, m, d, ok)
		}
	}
}
