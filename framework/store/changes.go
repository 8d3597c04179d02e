package store

import (
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// maxChanges bounds the changes of a summary: a recording has some dozens, a
// store's day needs the journal.
const maxChanges = 10_000

// Change is a change of what stood on a shelf, and what it was taken for.
type Change struct {
	// Shelf counts the store's weight shelves by address, from 1.
	Shelf int `json:"shelf"`
	// TMS is when the shelf was sure of it, in milliseconds on its own clock.
	TMS int64 `json:"t_ms"`
	// Grams is negative where something was taken.
	Grams float64 `json:"grams"`
	// Decision is taken, returned, restocked, doubted, late or unattributed;
	// empty where none was made.
	Decision string `json:"decision"`
	// GTIN is the product's; several have commas between them.
	GTIN string `json:"gtin"`
}

// changes gathers changes from the facts of the journal.
type changes struct {
	shelves map[string]int // by bay
	all     []Change
	waiting map[event.Ref]int // changes that nothing was decided on, by their evidence
}

func (c *changes) list() []Change {
	if c.all == nil {
		return []Change{}
	}
	return slices.Clone(c.all)
}

// fact takes in a fact of a record.
func (c *changes) fact(r event.Record, f event.Fact) {
	switch f := f.(type) {
	case event.Adopted:
		c.number(f.Definition.Store)
	case event.ChangeSeen:
		c.seen(r, f)
	case event.Taken:
		c.decided("taken", f.GTIN, f.Evidence...)
	case event.Returned:
		c.decided("returned", f.GTIN, f.Evidence...)
	case event.Restocked:
		c.decided("restocked", f.GTIN, f.Evidence...)
	case event.Doubted:
		c.decided("doubted", "", f.Evidence...)
	case event.Unattributed:
		c.decided("unattributed", "", f.Evidence...)
	case event.Late:
		c.decided("late", "", f.By)
	case event.ChangeExplained:
		delete(c.waiting, f.By)
	default:
	}
}

func (c *changes) number(s storedef.Store) {
	c.shelves = map[string]int{}
	n := 0
	for _, d := range s.Devices {
		if d.Class != storedef.ClassWeightShelf {
			continue
		}
		n++
		for _, b := range d.Bays {
			c.shelves[b.Address] = n
		}
	}
}

// seen notes a change. Its time is that of the device's clock, which is the
// recording's where one is played.
func (c *changes) seen(r event.Record, f event.ChangeSeen) {
	if len(c.all) == maxChanges {
		return
	}
	at := f.Span.Settled
	if e, ok := r.Input.(event.Evidence); ok {
		at = at.Add(e.Offset)
	}
	if c.waiting == nil {
		c.waiting = map[event.Ref]int{}
	}
	c.waiting[f.By] = len(c.all)
	c.all = append(c.all, Change{Shelf: c.shelves[f.Bay], TMS: at.UnixMilli(), Grams: float64(f.Change) / float64(measure.Gram)})
}

func (c *changes) decided(what string, g gs1.GTIN, evidence ...event.Ref) {
	for _, ref := range evidence {
		i, ok := c.waiting[ref]
		if !ok {
			continue
		}
		x := &c.all[i]
		if x.Decision == "" {
			x.Decision = what
		}
		if g != "" && !slices.Contains(strings.Split(x.GTIN, ","), string(g)) {
			x.GTIN = strings.TrimPrefix(x.GTIN+","+string(g), ",")
		}
	}
}
