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
	// things that could be thought of: one in a thousand, spread over 2 kg.
	background = int64(-14_509_000)
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
	p := posterior{causes: causes}
	keep := keepOptions[len(causes)]
	for i := range causes {
		o := causes[i].options
		slices.SortStableFunc(o, func(a, b option) int { return cmp.Compare(b.score, a.score) })
		causes[i].options = o[:min(keep, len(o))]
	}
	p.total, p.best = p.enumerate(change, deviation)
	return p
}

// enumerate fills in the rows that are believed at all, and returns the total
// belief and the index of the most believed row.
func (p *posterior) enumerate(change, deviation measure.Mass) (total int64, best int) {
	type scored struct {
		score int64
		row   int // the options' indices, as one number
	}
	var all []scored
	top := background
	var walk func(i, row int, mass measure.Mass, variance, score int64)
	walk = func(i, row int, mass measure.Mass, variance, score int64) {
		if i == len(p.causes) {
			score += lnNormal(change+mass, variance)
			top = max(top, score)
			all = append(all, scored{score, row})
			return
		}
		options := p.causes[i].options
		for j := range options {
			o := &options[j]
			m := o.mass
			if o.quantity < 0 {
				m = -m
			}
			walk(i+1, row*len(options)+j, mass+m, variance+o.variance, score+o.score)
		}
	}
	walk(0, 0, 0, int64(deviation)*int64(deviation)+int64(resolution)*int64(resolution), 0)
	total, best = exp(background-top), -1
	for _, x := range all {
		w := exp(x.score - top)
		if w == 0 {
			continue
		}
		if best < 0 && x.score == top && top > background {
			best = len(p.rows)
		}
		p.rows, p.weight = append(p.rows, p.unpack(x.row)), append(p.weight, w)
		total += w
	}
	return total, best
}

// unpack takes a row's number apart again.
func (p *posterior) unpack(row int) []int {
	out := make([]int, len(p.causes))
	for i := len(p.causes) - 1; i >= 0; i-- {
		n := len(p.causes[i].options)
		out[i], row = row%n, row/n
	}
	return out
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
		if fits(r) {
			w += p.weight[r]
		}
	}
	return p.share(w)
}

// share is a weight's part of all that is believed.
func (p *posterior) share(w int64) measure.Probability {
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
