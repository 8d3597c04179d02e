package planogram

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

// checker is one check on its way.
type checker struct {
	x     *storedef.Index
	opt   Options
	noise float64
	out   Report
}

// Check says what is expected of a store's shelves. Nil options are the
// defaults.
func Check(s storedef.Store, o *Options) Report {
	c := &checker{x: storedef.NewIndex(s), opt: o.withDefaults()}
	c.noise = grams(c.opt.Noise)
	c.out.Findings = []Finding{}
	c.products()
	for i := range s.Devices {
		if d := &s.Devices[i]; len(d.Bays) > 0 {
			c.shelf(d)
		}
	}
	slices.SortStableFunc(c.out.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Kind, b.Kind))
	})
	return c.out
}

func (c *checker) found(f Finding) { c.out.Findings = append(c.out.Findings, f) }

// bay is a bay with what may be taken there.
type bay struct {
	address string
	own     []*storedef.Product
	beside  []*storedef.Product // what belongs on the bays beside it, and not here
	options []option            // of all, the own first
	share   float64             // of what is taken there that is its own
}

// bay collects what may be taken at a bay.
func (c *checker) bay(shelf *storedef.Device, i int) bay {
	b := bay{address: shelf.Bays[i].Address}
	b.own = c.facing(b.address, nil)
	number := shelf.Bays[i].Number
	for _, o := range shelf.Bays {
		if o.Number == number-1 || o.Number == number+1 {
			b.beside = append(b.beside, c.facing(o.Address, append(slices.Clone(b.own), b.beside...))...)
		}
	}
	b.fill(float64(c.x.Store.Attribution.SeveralUnits)/1e6, c.noise)
	return b
}

// fill makes the options of what stands there.
func (b *bay) fill(several, noise float64) {
	b.share = 1
	if len(b.beside) > 0 {
		b.share = 1 - neighbours
	}
	for _, p := range b.own {
		b.options = append(b.options, options(p, several, noise, b.share/float64(len(b.own)))...)
	}
	for _, p := range b.beside {
		b.options = append(b.options, options(p, several, noise, neighbours/float64(len(b.beside)))...)
	}
}

// facing lists the products of a bay that have a mass and are not among others.
func (c *checker) facing(bay string, but []*storedef.Product) []*storedef.Product {
	var out []*storedef.Product
	for _, g := range c.x.Facings(bay) {
		if p := c.x.Product(g); p != nil && p.Mass > 0 && !slices.Contains(but, p) {
			out = append(out, p)
		}
	}
	return out
}

func (c *checker) shelf(d *storedef.Device) {
	sum := Shelf{Address: d.Address, Bays: len(d.Bays)}
	var empty []string
	for i := range d.Bays {
		b := c.bay(d, i)
		if len(b.own) == 0 {
			empty = append(empty, b.address)
			continue
		}
		sum.add(c.rates(d, &d.Bays[i], b))
	}
	c.empty(d, empty)
	c.out.Shelves = append(c.out.Shelves, sum)
	c.out.add(sum.Rates)
}

// rates is what is expected of a bay's units, and tells of pairs.
func (c *checker) rates(d *storedef.Device, at *storedef.Bay, b bay) Rates {
	r := Rates{Units: len(b.own)}
	sure := float64(cmp.Or(c.x.Store.Attribution.ChargeAbove, storedef.DefaultChargeAbove)) / 1e6
	all := 0.0
	taken := map[pair]float64{}
	for i := range b.options {
		o := &b.options[i]
		w := weigh(b.options, i, sure)
		r.Wrong += o.prior * w.wrong
		r.Unsure += o.prior * w.unsure
		all += o.prior
		if !owns(b.own, o.gtin) {
			continue
		}
		for j, share := range w.taken {
			other := &b.options[j]
			if other.gtin != o.gtin {
				taken[pair{o.gtin, other.gtin, o.units == 1 && other.units == 1}] += share * o.prior
			}
		}
	}
	r.Wrong, r.Unsure = r.Wrong/all, r.Unsure/all
	c.pairs(b, taken)
	for _, p := range b.own {
		c.light(b, p)
		c.unseen(d, at, p)
	}
	return r
}

// pair is two products of which units of one are taken for the other.
type pair struct {
	of, as gs1.GTIN
	single bool // one unit of each
}

func owns(list []*storedef.Product, g gs1.GTIN) bool {
	return slices.ContainsFunc(list, func(p *storedef.Product) bool { return p.GTIN == g })
}
