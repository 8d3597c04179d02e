package cart

import (
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
)

// mistakes is how probable it must be that something was taken for another thing,
// for a tag to tell of that: what is less is rarer than a tag read through a wall.
const mistakes = 1_000

// instead notes of what else units may be that were taken, if not of their product.
func (l *Line) instead(f event.Taken) {
	o := f.RunnerUp
	if o == nil || o.Session != f.Session || o.GTIN == "" || o.GTIN == f.GTIN || o.Probability < mistakes {
		return
	}
	if l.Instead == nil {
		l.Instead = map[gs1.GTIN]int{}
	}
	l.Instead[o.GTIN] += f.Quantity
}

// alone is how many tags of a product left with the session beyond what shelves
// tell of.
func (c *Cart) alone(g gs1.GTIN) int {
	l := c.Lines[g]
	if l == nil {
		return 0
	}
	return max(0, len(l.Tags)-l.sure()-units(l.Maybe))
}

// corrected is what is known of a product, where the tag of another left that no
// shelf tells of and that may have been taken in its place: then it rather was, for
// a tag says which of two like things it is and a scale doesn't.
func (c *Cart) corrected(g gs1.GTIN) *Line {
	l, n := c.Lines[g], 0
	for _, o := range slices.Sorted(maps.Keys(l.Instead)) {
		n += min(l.Instead[o], c.alone(o))
	}
	if n = min(n, l.sure()-len(l.Tags)); n <= 0 {
		return l
	}
	other := *l
	other.Back = append(slices.Clone(l.Back), Doubt{Quantity: n, Reason: "the tag of another left that it may be"})
	return &other
}
