package planogram

import (
	"math"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// option is one thing that somebody may take: so many units of a product.
type option struct {
	gtin  gs1.GTIN
	units int
	// prior is how likely it is before the scale speaks.
	prior float64
	mass  float64 // grams
	parts []part
}

// part is a normal part of how the mass of an option spreads.
type part struct{ weight, deviation float64 }

// unstated is how units spread whose product states no deviation, as parts of
// storedef.DefaultMassSpread: most products keep closer to their mean than the
// median says, and one in ten spreads five times as far. Of the 54 products that
// AIM3S weighed more than once, two thirds lie within 1.2 %, and the tenth with
// the widest spread beyond 7.2 %.
var unstated = []part{{0.65, 0.7}, {0.25, 2.06}, {0.10, 5.3}}

// Of the hands that take several units, most take two: as attribution weighs it.
var severalShares = map[int]float64{2: 0.9, 3: 0.07, 4: 0.03}

const mostUnits = 4

// neighbours is the share of what is taken at a bay that belongs on the bays
// beside it: put back there, or standing across the edge.
const neighbours = 0.03

func grams(m measure.Mass) float64 { return float64(m) / float64(measure.Gram) }

// options lists what may be taken of a product.
func options(p *storedef.Product, several, noise, prior float64) []option {
	var out []option
	for n := 1; n <= mostUnits; n++ {
		share := 1 - several
		if n > 1 {
			share = several * severalShares[n]
		}
		if share <= 0 {
			continue
		}
		out = append(out, option{gtin: p.GTIN, units: n, prior: prior * share, mass: grams(p.Mass) * float64(n), parts: spread(p, n, noise)})
	}
	return out
}

// spread is how the mass of n units of a product, and the scale's word of it,
// lies around the catalogue's.
func spread(p *storedef.Product, n int, noise float64) []part {
	deviation := grams(p.MassDeviation) * math.Sqrt(float64(n))
	if p.MassDeviation != p.Mass*measure.Mass(storedef.DefaultMassSpread)/measure.Mass(measure.Certain) {
		return []part{{1, math.Hypot(deviation, noise)}}
	}
	out := make([]part, len(unstated))
	for i, u := range unstated {
		out[i] = part{u.weight, math.Hypot(u.deviation*deviation, noise)}
	}
	return out
}

// density is that of a mass where the option is true, without its prior.
func (o *option) density(x float64) float64 {
	d := 0.0
	for _, p := range o.parts {
		z := (x - o.mass) / p.deviation
		d += p.weight / p.deviation * math.Exp(-z*z/2)
	}
	return d
}

// widest is the deviation of the option's widest part.
func (o *option) widest() float64 {
	w := 0.0
	for _, p := range o.parts {
		w = max(w, p.deviation)
	}
	return w
}
