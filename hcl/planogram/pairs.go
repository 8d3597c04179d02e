package planogram

import (
	"fmt"
	"math"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// pairs tells of the products of a bay that are taken for one another, each pair
// once, and of those that a neighbour's are taken for.
func (c *checker) pairs(b bay, taken map[pair]float64) {
	for i, p := range b.own {
		for _, q := range b.own[i+1:] {
			c.sameBay(b, p, q, taken)
		}
		for _, q := range b.beside {
			c.neighbour(b, p, q)
		}
	}
}

// sameBay tells of two products of one bay. A rate is that of units taken at the
// bay of either.
func (c *checker) sameBay(b bay, p, q *storedef.Product, taken map[pair]float64) {
	both := 2 * b.share / float64(len(b.own)) // of all that is taken there
	one := (taken[pair{p.GTIN, q.GTIN, true}] + taken[pair{q.GTIN, p.GTIN, true}]) / both
	more := (taken[pair{p.GTIN, q.GTIN, false}] + taken[pair{q.GTIN, p.GTIN, false}]) / both
	f := Finding{Address: "product." + q.Name, Bay: b.address, Product: q.GTIN, Other: p.GTIN}
	switch {
	case one >= c.opt.Least:
		f.Kind, f.Rate = KindConfusable, one
		f.Text = fmt.Sprintf("At %s stand %s (%s) and %s (%s): of the units taken there of the two, %s are taken for the other.",
			b.address, called(q), weight(q), called(p), weight(p), percent(one))
	case more >= c.opt.Least/10: // few take several, and a wrong number is wrong money
		f.Kind, f.Rate = KindMultiple, more
		f.Text = fmt.Sprintf("At %s several units of %s (%s) weigh like another number of %s (%s): %s of what is taken there of the two is taken for the other.",
			b.address, called(q), weight(q), called(p), weight(p), percent(more))
	default:
		return
	}
	c.cure(&f, b, p, q)
	c.found(f)
}

// confusedBeside is the rate, were both as likely, from which a product and one
// of a neighbouring bay are told of.
const confusedBeside = 0.25

// neighbour tells of a product that is taken for one of this bay where it gets
// here. It is told at the bay of the lower number alone.
func (c *checker) neighbour(b bay, p, q *storedef.Product) {
	if !c.before(b.address, q.GTIN) {
		return
	}
	several := 0.0
	two := append(options(p, several, c.noise, 0.5), options(q, several, c.noise, 0.5)...)
	w, v := weigh(two, 0, 1), weigh(two, 1, 1)
	rate := (w.wrong + v.wrong) / 2
	if rate < confusedBeside {
		return
	}
	c.found(Finding{
		Kind: KindConfusable, Address: "product." + q.Name, Bay: b.address, Product: q.GTIN, Other: p.GTIN, Rate: rate * neighbours,
		Text: fmt.Sprintf("%s (%s) stands beside %s (%s) at %s: one that is put back there, or stands across the edge, is taken for the other.",
			called(q), weight(q), called(p), weight(p), b.address),
		Cure: "Put something between them that weighs otherwise, or a divider on the edge of the bays.",
	})
}

// before says that a product's own bay beside this one has the higher number.
func (c *checker) before(bay string, g gs1.GTIN) bool {
	d := c.x.Shelf(bay)
	i := slices.IndexFunc(d.Bays, func(b storedef.Bay) bool { return b.Address == bay })
	for _, o := range d.Bays {
		if o.Number == d.Bays[i].Number+1 && slices.Contains(c.x.Facings(o.Address), g) {
			return true
		}
	}
	return false
}

// apart is how many deviations a change must differ by to be told from another
// for sure: at six, one in a thousand of either is on the wrong side.
const apart = 6.0

// maxCures bounds for how many findings a place is looked for.
const maxCures = 500

// cure looks for a bay where one of the two is told from all that stands there:
// on the same shelf first, then in the same zone, then anywhere, and next to it
// only where there is no other.
func (c *checker) cure(f *Finding, b bay, p, q *storedef.Product) {
	f.Cure = "Let a camera name products over this bay, tag one of the two, or leave one of them out."
	if len(c.out.Findings) > maxCures {
		return
	}
	shelf := c.x.Shelf(b.address)
	best, rank := "", 0
	var moved *storedef.Product
	for i := range c.x.Store.Devices {
		d := &c.x.Store.Devices[i]
		for j := range d.Bays {
			to := d.Bays[j].Address
			r := nearness(shelf, d)
			if shelf == d && beside(d, b.address, d.Bays[j].Number) { // it may yet be put back wrongly
				r = 1
			}
			if to == b.address || r <= rank || len(c.x.Facings(to)) >= fullBay {
				continue
			}
			for _, m := range []*storedef.Product{q, p} {
				if c.distinct(m, c.facing(to, nil)) {
					best, rank, moved = to, r, m
					break
				}
			}
		}
	}
	if moved != nil {
		f.MoveTo, f.Moved = best, moved.GTIN
		f.Cure = fmt.Sprintf("Move %s to %s, where nothing weighs nearly as much.", called(moved), best)
	}
}

// fullBay is how many facings a bay has that takes no more.
const fullBay = 6

func nearness(from, to *storedef.Device) int {
	switch {
	case from == to:
		return 4
	case slices.ContainsFunc(to.Zones, func(z string) bool { return slices.Contains(from.Zones, z) }):
		return 3
	default:
		return 2
	}
}

// beside says that a shelf's bay of a number is next to one of an address.
func beside(d *storedef.Device, bay string, number int) bool {
	return slices.ContainsFunc(d.Bays, func(b storedef.Bay) bool {
		return b.Address == bay && (b.Number == number-1 || b.Number == number+1)
	})
}

// distinct says that one or two units of a product weigh like one or two of none
// of the others.
func (c *checker) distinct(m *storedef.Product, others []*storedef.Product) bool {
	for _, o := range others {
		for a := 1.0; a <= 2; a++ {
			for b := 1.0; b <= 2; b++ {
				deviation := math.Sqrt(a*sq(grams(m.MassDeviation)) + b*sq(grams(o.MassDeviation)) + 2*sq(c.noise))
				if math.Abs(a*grams(m.Mass)-b*grams(o.Mass)) < apart*deviation {
					return false
				}
			}
		}
	}
	return true
}

func sq(x float64) float64 { return x * x }

func called(p *storedef.Product) string { return "product." + p.Name }

func weight(p *storedef.Product) string {
	return rounded(p.Mass) + " ± " + rounded(p.MassDeviation)
}

// rounded prints a mass to a tenth of a gram.
func rounded(m measure.Mass) string {
	const tenth = measure.Gram / 10
	return ((m + tenth/2) / tenth * tenth).String()
}

func percent(share float64) string {
	switch {
	case share < 0.001:
		return fmt.Sprintf("%.2f %%", share*100)
	case share < 0.1:
		return fmt.Sprintf("%.1f %%", share*100)
	}
	return fmt.Sprintf("%.0f %%", share*100)
}
