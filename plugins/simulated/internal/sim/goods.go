package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// settle is how long a plate takes to come to rest after the last hand left.
const settle = 800 * time.Millisecond

// handsPerWindow is how many hands may follow one another before a plate comes
// to rest. More people than that wait until there is room.
const handsPerWindow = 2

// resolution is the finest step of a shelf's readings. Even a perfect one has it.
const resolution = 100 * measure.Milligram

type product struct {
	scene.Product
	home  *bay
	depth int
}

// unit is one piece of goods.
type unit struct {
	product *product
	mass    measure.Mass
	epc     string
	// payer is the visit that took it from its shelf, nil while it is on one.
	payer *visit
}

// bay is one weighed part of a shelf, with what stands on it and whose hands
// are over it.
type bay struct {
	w       *World
	owner   int64
	shelf   string
	number  int
	address string
	zone    string
	next    *bay
	facings []*product
	units   []*unit
	rng     *rand.Rand
	phase   float64

	open   bool
	onset  timeline.Instant
	hands  int
	served int
	last   observe.Weight
	// approved is a scale for trade.
	approved bool
	// extra is what lies there beside goods.
	extra measure.Mass
}

func (w *World) fillShelves() {
	for _, s := range w.scene.Shelves {
		var first, previous *bay
		for _, b := range s.Bays {
			y := &bay{w: w, owner: ownerBays + int64(len(w.bays)), shelf: s.Address, number: b.Number,
				address: scene.BayAddress(s.Address, b.Number), zone: s.Zone, approved: b.Approved}
			y.rng = stream(w.opt.Seed, y.address)
			y.phase = y.rng.Float64() * 2 * math.Pi
			for _, f := range b.Facings {
				p := w.products[f.Product]
				if p.home == nil {
					p.home, p.depth = y, f.Depth
				}
				y.facings = append(y.facings, p)
				for range f.Depth {
					y.units = append(y.units, y.newUnit(p))
				}
			}
			if first == nil {
				first = y
			} else {
				previous.next = y
			}
			previous, y.next = y, first
			w.bays = append(w.bays, y)
		}
	}
}

// newUnit makes a unit as the factory does: no two weigh quite the same.
func (y *bay) newUnit(p *product) *unit {
	m := float64(p.PackagedMass)
	spread := y.w.opt.Profile.UnitCV * m
	if p.Portions > 0 {
		spread = float64(p.Portions)
	}
	m += y.rng.NormFloat64() * spread
	u := &unit{product: p, mass: max(measure.Mass(m), p.PackagedMass/10, 1)}
	if p.Tagged {
		u.epc = y.w.newEPC(p)
	}
	return u
}

// newEPC gives the next serial number of a product. Numbers of a world start
// at its first visit's, so a world that takes up older data repeats none soon.
func (w *World) newEPC(p *product) string {
	w.serials[p.GTIN]++
	serial := (uint64(w.boot)<<20 | w.serials[p.GTIN]) & gs1.MaxSerial
	s, err := gs1.NewSGTIN(p.GTIN, p.CompanyPrefix, serial)
	if err != nil {
		panic("the scene was checked: " + err.Error())
	}
	epc, err := s.EPC()
	if err != nil {
		panic("the scene was checked: " + err.Error())
	}
	return epc.String()
}

// count gives how many units of p stand on the bay.
func (y *bay) count(p *product) int {
	n := 0
	for _, u := range y.units {
		if u.product == p {
			n++
		}
	}
	return n
}

func (y *bay) faces(p *product) bool {
	for _, f := range y.facings {
		if f == p {
			return true
		}
	}
	return false
}

// strays gives what stands on the bay without belonging there.
func (y *bay) strays() []*unit {
	var s []*unit
	for _, u := range y.units {
		if !y.faces(u.product) {
			s = append(s, u)
		}
	}
	return s
}

// remove takes up to n units of p off the bay.
func (y *bay) remove(p *product, n int) []*unit {
	var taken []*unit
	kept := y.units[:0:0]
	for _, u := range y.units {
		if u.product == p && len(taken) < n {
			taken = append(taken, u)
		} else {
			kept = append(kept, u)
		}
	}
	y.units = kept
	return taken
}

// crowded says that a further hand must wait until the plate has come to rest. At a
// scale for trade people wait for one another: of two at once it could not tell how much
// each has taken.
func (y *bay) crowded() bool {
	return y.open && (y.approved || y.served >= handsPerWindow)
}

// touch puts a hand over the bay.
func (y *bay) touch() {
	if !y.open {
		y.open, y.onset, y.served = true, y.w.tl.Now(), 0
		y.w.pending++
	}
	y.hands++
	y.served++
}

// release takes a hand away. Some time after the last, the plate is at rest.
func (y *bay) release() {
	y.hands--
	if y.hands > 0 {
		return
	}
	served := y.served
	y.w.tl.After(settle, y.owner, func() {
		if y.hands > 0 || y.served != served {
			return
		}
		y.open = false
		y.w.pending--
		y.w.emit(y.shelf, y.measure(y.onset))
	})
}

// weighs is what lies on the bay now, settled or not.
func (y *bay) weighs() measure.Mass {
	mass := y.extra
	for _, u := range y.units {
		mass += u.mass
	}
	return mass
}

// loaded tells who hears of it what lies on the bay now.
func (y *bay) loaded() {
	if y.w.opt.Loaded != nil {
		y.w.opt.Loaded(y.shelf, wire.Load{Bay: y.number, Mass: y.weighs()})
	}
}

// Loads is what lies on each bay of a shelf now.
func (w *World) Loads(shelf string) (all []wire.Load) {
	for _, y := range w.bays {
		if y.shelf == shelf {
			all = append(all, wire.Load{Bay: y.number, Mass: y.weighs()})
		}
	}
	return all
}

// measure gives the settled level since an onset as the shelf reads it.
func (y *bay) measure(onset timeline.Instant) observe.Weight {
	p := y.w.opt.Profile
	if y.approved {
		p.WeightSD, p.Drift = 0, 0
	}
	now := y.w.tl.Now()
	reading := float64(y.weighs())
	if p.WeightSD > 0 {
		reading += y.rng.NormFloat64() * float64(p.WeightSD)
	}
	if p.Drift > 0 {
		turn := float64(now.Time().UnixMilli()%p.DriftPeriod.Milliseconds()) / float64(p.DriftPeriod.Milliseconds())
		reading += float64(p.Drift) * math.Sin(2*math.Pi*turn+y.phase)
	}
	y.last = observe.Weight{
		Interval: observe.Between(onset.Time(), now.Time()), Bay: y.number,
		Mass:      measure.Mass(math.Round(reading/float64(resolution))) * resolution,
		Deviation: max(resolution, measure.Mass(math.Sqrt2*float64(p.WeightSD))),
	}
	return y.last
}

// level gives what a shelf that has just been opened says of the bay: the last
// settled level while hands are over it, else what it weighs now.
func (y *bay) level() observe.Weight {
	if y.open && !y.last.Onset.IsZero() {
		return y.last
	}
	return y.measure(y.w.tl.Now())
}
