package signal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/openaisle/aisle/sdk/measure"
)

// NamerOptions are what is believed of products before they are weighed. Zeros
// mean the defaults, which README.md argues.
type NamerOptions struct {
	// Spread is by how much units of one product differ, as a share of their
	// mass, one standard deviation; 0.016. Machines fill to 1 to 2 %.
	Spread float64
	// Scale is the standard error of the scale that weighed the units, in
	// grams; 0.3, as of one that shows grams.
	Scale float64
	// Freedom is how firmly Spread is believed of one product: as if so many
	// units more had been weighed; 2. Cans differ by a tenth of what bread does.
	Freedom float64
	// Typical is the median of what goods weigh, in grams; 130. TypicalSpread
	// is the standard deviation of its natural logarithm; 1.2.
	Typical, TypicalSpread float64
	// Stray is how likely a plate is pressed by a product that does not stand
	// on it: it leans over, or stands beside its place; 0.05.
	Stray float64
	// Other is how likely the unit is none of the products that stand there;
	// 0.001.
	Other float64
	// Sure is the least probability at which Decide names; 99 %.
	Sure measure.Probability
}

// otherMass is the range, in grams, that something else may weigh, evenly.
const otherMass = 2000.0

func (o *NamerOptions) withDefaults() NamerOptions {
	var c NamerOptions
	if o != nil {
		c = *o
	}
	c.Spread = cmp.Or(c.Spread, 0.016)
	c.Scale = cmp.Or(c.Scale, 0.3)
	c.Freedom = cmp.Or(c.Freedom, 2)
	c.Typical = cmp.Or(c.Typical, 130)
	c.TypicalSpread = cmp.Or(c.TypicalSpread, 1.2)
	c.Stray = cmp.Or(c.Stray, 0.05)
	c.Other = cmp.Or(c.Other, 0.001)
	c.Sure = cmp.Or(c.Sure, 99*measure.Percent)
	return c
}

func (o *NamerOptions) check() error {
	for _, x := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"Spread", o.Spread, 1},
		{"Scale", o.Scale, 1e6},
		{"Freedom", o.Freedom, 1e6},
		{"Typical", o.Typical, 1e6},
		{"TypicalSpread", o.TypicalSpread, 10},
		{"Stray", o.Stray, 1},
		{"Other", o.Other, 1},
	} {
		if !(x.value > 0 && x.value <= x.most) {
			return fmt.Errorf("signal: namer option %s is %v, it must be above 0 and at most %v", x.name, x.value, x.most)
		}
	}
	if !o.Sure.Valid() {
		return fmt.Errorf("signal: namer option Sure must be a probability")
	}
	return nil
}

// A unit is what weighings teach of a product's next unit: Student's t.
type unit struct{ mean, variance, freedom float64 }

// learn is the predictive distribution of the next unit under a normal one
// whose mean is not known and whose variance is believed to be that of Spread
// and Scale with Freedom degrees (Gelman et al., Bayesian Data Analysis, 3.3).
func (o *NamerOptions) learn(weighings []float64) unit {
	n := float64(len(weighings))
	mean, squares := 0.0, 0.0
	for _, w := range weighings {
		mean += w / n
	}
	for _, w := range weighings {
		squares += (w - mean) * (w - mean)
	}
	freedom := o.Freedom + n - 1
	before := o.Spread*o.Spread*mean*mean + o.Scale*o.Scale
	return unit{mean: mean, variance: (o.Freedom*before + squares) / freedom * (1 + 1/n), freedom: freedom}
}

// density is how likely a unit of the product weighs x grams, a gram.
func (o *NamerOptions) density(k *known, x, deviation float64) float64 {
	if !k.learned {
		z := math.Log(x/o.Typical) / o.TypicalSpread
		return math.Exp(-z*z/2) / (x * o.TypicalSpread * math.Sqrt(2*math.Pi))
	}
	v, f := k.unit.variance+deviation*deviation, k.unit.freedom
	a, _ := math.Lgamma((f + 1) / 2)
	b, _ := math.Lgamma(f / 2)
	d := x - k.unit.mean
	return math.Exp(a - b - math.Log(f*math.Pi*v)/2 - (f+1)/2*math.Log1p(d*d/(f*v)))
}

// felt is how likely a unit that stands at these facings is felt on the plates
// of a lift: it stands at each facing as often, there on any so many of its
// plates as often, and on another's plate with Stray.
func (o *NamerOptions) felt(at []Facing, l *Lift) float64 {
	sum := 0.0
	for _, f := range at {
		if f.Shelf != l.Shelf {
			continue
		}
		own := 0
		for _, p := range l.Plates {
			if slices.Contains(f.Plates, p) {
				own++
			}
		}
		if own > 0 {
			sum += math.Pow(o.Stray, float64(len(l.Plates)-own)) / choose(len(f.Plates), own)
		}
	}
	return sum / float64(max(1, len(at)))
}

// choose is how many ways there are to choose k of n.
func choose(n, k int) float64 {
	c := 1.0
	for i := range min(k, n-k) {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// UnitMass is what a catalogue should say of a product of which these units
// were weighed, in grams: its mass, and the standard deviation of one unit's
// about it, which shrinks from what is believed of all products to its own as
// more are weighed. It is false where there are no weighings, or impossible
// ones.
func UnitMass(weighings []float64, opt *NamerOptions) (mass, deviation measure.Mass, ok bool) {
	o := opt.withDefaults()
	i := Item{ID: "unit", Weighings: weighings}
	if len(weighings) == 0 || o.check() != nil || i.check() != nil {
		return 0, 0, false
	}
	u := o.learn(weighings)
	return milligrams(u.mean), milligrams(math.Sqrt(u.variance)), true
}
