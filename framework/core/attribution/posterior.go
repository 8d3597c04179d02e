package attribution

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

const (
	// maxCauses is how many hands one change is told apart between; beyond, it
	// is a doubt.
	maxCauses = 4
	// background is the log density, per gram, of a change that is none of the
	// things that could be thought of: three in a thousand, spread over 2 kg.
	background = int64(-13_410_000)
	// resolution is added to every spread: levels are quantised and a unit's
	// mass in the catalogue is rounded to the gram.
	resolution = measure.Gram / 2
)

// keepOptions is how many options of each cause are looked at when there are
// that many causes, so that the product stays below 20,000.
var keepOptions = [maxCauses + 2]int{0, 1000, 120, 24, 11, 7}

// posterior is what is believed after the scale has spoken.
type posterior struct {
	causes []cause
	// rows are the explanations, each an option of every cause, and weight how
	// much each is believed, of total. What total has beyond their sum is the
	// belief in something else.
	rows   [][]int
	weight []int64
	total  int64
	best   int // index of the most believed row; -1 for something else
}

// weigh compares all ways in which the causes may have made the change.
func weigh(causes []cause, change, deviation measure.Mass) posterior {
	p := posterior{causes: causes, best: -1}
	keep := keepOptions[len(causes)]
	for i := range causes {
		o := causes[i].options
		slices.SortStableFunc(o, func(a, b option) int { return cmp.Compare(b.score, a.score) })
		causes[i].options = o[:min(keep, len(o))]
	}
	var scores []int64
	row := make([]int, len(causes))
	var walk func(i int, mass measure.Mass, variance, score int64)
	walk = func(i int, mass measure.Mass, variance, score int64) {
		if i == len(causes) {
			p.rows = append(p.rows, slices.Clone(row))
			scores = append(scores, score+lnNormal(change+mass, variance))
			return
		}
		for j := range causes[i].options {
			o := &causes[i].options[j]
			row[i] = j
			m := o.mass
			if o.quantity < 0 {
				m = -m
			}
			walk(i+1, mass+m, variance+o.variance, score+o.score)
		}
	}
	walk(0, 0, int64(deviation)*int64(deviation)+int64(resolution)*int64(resolution), 0)
	top := background
	for i, sc := range scores {
		if sc > top {
			top, p.best = sc, i
		}
	}
	p.total = exp(background - top)
	p.weight = make([]int64, len(scores))
	for i, sc := range scores {
		p.weight[i] = exp(sc - top)
		p.total += p.weight[i]
	}
	return p
}

// option returns what cause c did in row r.
func (p *posterior) option(r, c int) *option { return &p.causes[c].options[p.rows[r][c]] }

// net returns how many units of g a session took in row r, less those put back.
// Whoever was not seen is no session.
func (p *posterior) net(r int, session string, g gs1.GTIN) int {
	n := 0
	for c := range p.causes {
		if o := p.option(r, c); !p.causes[c].unseen && p.causes[c].session == session && o.gtin == g {
			n += o.quantity
		}
	}
	return n
}

// belief is how probable it is that fits holds.
func (p *posterior) belief(fits func(row int) bool) measure.Probability {
	var w int64
	for r := range p.rows {
		if p.weight[r] > 0 && fits(r) {
			w += p.weight[r]
		}
	}
	hi, lo := bits.Mul64(uint64(w), uint64(measure.Certain))
	q, _ := bits.Div64(hi, lo, uint64(p.total))
	return measure.Probability(q)
}

// moved lists the products that a session moved in the best row, in order.
func (p *posterior) moved(session string) []gs1.GTIN {
	var out []gs1.GTIN
	for c := range p.causes {
		if o := p.option(p.best, c); !p.causes[c].unseen && p.causes[c].session == session && o.gtin != "" && !slices.Contains(out, o.gtin) {
			out = append(out, o.gtin)
		}
	}
	slices.Sort(out)
	return out
}

// sessions lists the sessions of the causes, each once.
func (p *posterior) sessions() []string {
	var out []string
	for i := range p.causes {
		if !p.causes[i].unseen && !slices.Contains(out, p.causes[i].session) {
			out = append(out, p.causes[i].session)
		}
	}
	return out
}
