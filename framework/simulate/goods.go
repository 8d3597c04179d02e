package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// settle is how long after the last hand a plate comes to rest.
	settle = time.Second
	// handsAtOnce is how many hands may be at a bay before it comes to rest.
	handsAtOnce = 2
	// grain is what a scale reads in, in milligrams.
	grain = 1000
	// companyPrefix is the length of the prefix of the made-up GTINs.
	companyPrefix = 7
)

type product struct {
	gtin   gs1.GTIN
	name   string
	mass   int64 // milligrams
	price  int64
	tax    string
	tagged bool
	age    int // that its buyer must be of
	// loose says that it is paid for by its mass; price is that of a kilogram then,
	// and mass what people take of it at once.
	loose  bool
	serial uint64
}

// unit is one thing. Whoever picked it pays for it, whoever carries it out.
type unit struct {
	product *product
	mass    int64
	epc     string
	payer   *visit
	price   int64 // when it was picked
}

func (w *world) newUnit(p *product, r *rand.Rand) *unit {
	u := &unit{product: p, mass: p.mass}
	if w.noise.UnitSpread > 0 {
		spread := float64(p.mass) * float64(w.noise.UnitSpread) / whole
		u.mass += int64(math.Round(max(-3, min(3, r.NormFloat64())) * spread))
	}
	w.units++
	if p.tagged {
		p.serial++
		if s, err := gs1.NewSGTIN(p.gtin, companyPrefix, p.serial); err == nil {
			if e, err := s.EPC(); err == nil {
				u.epc = e.String()
			}
		}
	}
	return u
}

type bay struct {
	w         *world
	shelf     *device
	number    int
	address   string
	zone      string
	certified bool
	facings   []*product
	units     []*unit
	dice      *rand.Rand

	hands, served int
	open          bool
	onset         time.Duration
	last          observe.Weight
	stuck         bool
	extra         int64 // what a broken scale adds
	tub           *tub  // of loose goods
	puts          []*putting
}

func (b *bay) faces(p *product) bool { return slices.Contains(b.facings, p) }

func (b *bay) crowded() bool {
	if b.tub != nil {
		return b.open && b.served >= b.tub.spoons
	}
	return b.open && b.served >= handsAtOnce
}

// touch puts a hand over the bay.
func (b *bay) touch() {
	if !b.open {
		b.open, b.onset, b.served = true, b.w.tl.now, 0
	}
	b.hands++
	b.served++
}

// release takes a hand away. Some time after the last, the plate is at rest.
func (b *bay) release() {
	if b.hands--; b.hands > 0 {
		return
	}
	served := b.served
	b.w.tl.after(settle, func() {
		if b.hands > 0 || b.served != served {
			return
		}
		b.open = false
		puts := b.puts
		b.puts = nil
		serial := b.shelf.report(b.measure(b.onset))
		for _, p := range puts {
			p.crowded = served > 1
			b.w.await(b.shelf, serial, p)
		}
	})
}

// measure gives the level since an onset as the shelf reads it.
func (b *bay) measure(onset time.Duration) observe.Weight {
	mass := b.extra
	for _, u := range b.units {
		mass += u.mass
	}
	n := &b.w.noise
	if b.tub != nil {
		mass += b.tub.mass
	} else if n.WeightSD > 0 {
		mass += int64(math.Round(b.dice.NormFloat64() * float64(n.WeightSD)))
	}
	mass += b.w.faultyScale(b)
	level := observe.Weight{
		Interval: b.shelf.span(onset, b.w.tl.now), Bay: b.number, Mass: measure.Mass((mass + grain/2) / grain * grain),
		Deviation: measure.Mass(max(grain, n.WeightSD*141/100)),
	}
	if b.tub != nil {
		level.Deviation = grain
	}
	if b.stuck {
		level.Mass = b.last.Mass
	}
	b.last = level
	return level
}

// restate gives what a shelf that has just been opened says of the bay.
func (b *bay) restate() observe.Weight {
	if b.open && !b.last.Onset.IsZero() {
		l := b.last
		l.Interval = b.shelf.span(b.w.tl.now, b.w.tl.now)
		return l
	}
	return b.measure(b.w.tl.now)
}

// remove takes up to n units of a product off the bay.
func (b *bay) remove(p *product, n int) []*unit {
	var taken []*unit
	kept := b.units[:0]
	for _, u := range b.units {
		if u.product == p && len(taken) < n {
			taken = append(taken, u)
			continue
		}
		kept = append(kept, u)
	}
	b.units = kept
	return taken
}
