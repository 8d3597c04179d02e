package signal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/openaisle/aisle/sdk/measure"
)

// A Facing is where a product stands: plates of one shelf.
type Facing struct {
	Shelf  string
	Plates []int
}

// An Item is a product as a Namer knows it.
type Item struct {
	ID string // the product's key: its GTIN, or what the caller likes
	// Weighings are grams of single units. None are needed: a product that was
	// never weighed may be anything that shops sell.
	Weighings []float64
	At        []Facing
}

// A Lift is one unit that was taken or put back, as a shelf felt it.
type Lift struct {
	Shelf  string
	Plates []int   // whose load changed
	Grams  float64 // the unit's mass, above zero
	// Deviation is the standard uncertainty of Grams: Report.Deviation, and
	// what the cell's gain adds.
	Deviation float64
}

// A Named is a product that a unit may have been.
type Named struct {
	ID          string
	Probability measure.Probability
}

// A Namer names the product of which one unit was lifted, from its mass, shelf
// and plates. It is a Bayes estimate: how often the product would be felt on
// just these plates, times how its units' masses are spread. It is safe for
// concurrent use, and its memory does not grow.
type Namer struct {
	opt   NamerOptions
	items []known
}

// A known is an item with what was learned of it.
type known struct {
	id      string
	unit    unit
	at      []Facing
	learned bool
}

// maxNamed bounds the products, weighings, facings and plates of a Namer each:
// more is a mistake in the caller's tables.
const maxNamed = 1 << 16

// NewNamer returns a Namer of these products; nil options mean the defaults.
// The error names what is impossible.
func NewNamer(items []Item, opt *NamerOptions) (*Namer, error) {
	n := &Namer{opt: opt.withDefaults()}
	if err := n.opt.check(); err != nil {
		return nil, err
	}
	if len(items) > maxNamed {
		return nil, fmt.Errorf("signal: a namer of %d products, more than %d", len(items), maxNamed)
	}
	seen := make(map[string]bool, len(items))
	for _, i := range items {
		if seen[i.ID] || i.ID == "" {
			return nil, fmt.Errorf("signal: the product %q has no ID, or is there twice", i.ID)
		}
		seen[i.ID] = true
		if err := i.check(); err != nil {
			return nil, err
		}
		k := known{id: i.ID, at: slices.Clone(i.At), learned: len(i.Weighings) > 0}
		if k.learned {
			k.unit = n.opt.learn(i.Weighings)
		}
		n.items = append(n.items, k)
	}
	return n, nil
}

func (i *Item) check() error {
	if len(i.Weighings) > maxNamed || len(i.At) > maxNamed {
		return fmt.Errorf("signal: the product %q has more than %d weighings or facings", i.ID, maxNamed)
	}
	for _, w := range i.Weighings {
		if !(w > 0) || math.IsInf(w, 0) {
			return fmt.Errorf("signal: a unit of the product %q can't weigh %v g", i.ID, w)
		}
	}
	for _, f := range i.At {
		if len(f.Plates) == 0 || len(f.Plates) > maxNamed {
			return fmt.Errorf("signal: the product %q stands on %d plates of shelf %q", i.ID, len(f.Plates), f.Shelf)
		}
	}
	return nil
}

// Name gives the products that the unit may have been, likeliest first. What
// their probabilities lack of one is the belief that it was something else.
func (n *Namer) Name(l Lift) []Named {
	if !(l.Grams > 0) || math.IsInf(l.Grams, 0) || !(l.Deviation >= 0) {
		return nil
	}
	type scored struct {
		id string
		p  float64
	}
	total := n.opt.Other / otherMass
	var all []scored
	for i := range n.items {
		k := &n.items[i]
		p := n.opt.felt(k.at, &l)
		if p == 0 {
			continue
		}
		if p *= n.opt.density(k, l.Grams, l.Deviation); p > 0 {
			all = append(all, scored{k.id, p})
			total += p
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.id, b.id)) })
	out := make([]Named, 0, len(all))
	for _, s := range all {
		out = append(out, Named{s.id, measure.Probability(s.p / total * float64(measure.Certain))})
	}
	return out
}

// Decide names the unit's product, or abstains where none is as likely as
// NamerOptions.Sure.
func (n *Namer) Decide(l Lift) (Named, bool) {
	all := n.Name(l)
	if len(all) == 0 || all[0].Probability < n.opt.Sure {
		return Named{}, false
	}
	return all[0], true
}
