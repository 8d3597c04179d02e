package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// A canteen is a store as any other, and besides it has loose goods on a scale for
// trade, priced by the kilogram, and accounts of its own for badges and meal plans.
// All of that is drawn from streams of its own: what the seed draws of the rest stays.

const (
	barAddress = "weight_shelf.bar"
	barCode    = gs1.GTIN("09521234000068")
	// portionSD is how far portions differ, in parts per million of one.
	portionSD = 145_000
	// fullTub is what is there at first, in portions.
	fullTub = 25
)

// The classes of the store's own accounts.
const (
	officeHouse  = "office"
	studentHouse = "students"
)

// roundings are what a poster in the shop says of how it rounds.
var roundings = map[money.Rounding]string{money.HalfUp: "half_up", money.HalfEven: "half_even", money.Down: "down"}

// tub is loose goods in a bay.
type tub struct {
	mass   int64 // milligrams
	spoons int   // how many hands may be at it before it comes to rest
	dice   *rand.Rand
}

// drawCanteen adds what a canteen has to a store.
func (w *world) drawCanteen(d *storedef.Store) {
	r := stream(w.seed, "canteen")
	p := &product{gtin: barCode, name: "loose", mass: int64(150+r.IntN(350)) * 1000, price: int64(500 + r.IntN(2000)), tax: "reduced", loose: true}
	if w.currency == "KWD" {
		p.price *= 10
	}
	w.products = append(w.products, p)
	d.Products = append(d.Products, storedef.Product{Name: p.name, GTIN: p.gtin, Title: p.name, Mass: measure.Mass(p.mass),
		MassDeviation: measure.Mass(p.mass * portionSD / whole), Price: w.amount(p.price), PricePer: storedef.PerKilogram, Tax: p.tax})
	zone := w.bays[r.IntN(len(w.bays))].zone
	bays := 1 + r.IntN(2)
	def := storedef.Device{Address: barAddress, Class: storedef.ClassWeightShelf, Zones: []string{zone}}
	for n := range bays {
		def.Bays = append(def.Bays, storedef.Bay{Number: n + 1, Address: barAddress + ".bay[" + itoa(n+1) + "]", TradeApproved: true})
	}
	shelf := w.device(def)
	d.Devices = append(d.Devices, def)
	for n := range def.Bays {
		address := def.Bays[n].Address
		t := &tub{mass: fullTub * p.mass, spoons: 1, dice: stream(w.seed, "tub "+address)}
		if !w.neat { // two at once: how much each took is not known, and nobody pays for it
			t.spoons = 1 + r.IntN(handsAtOnce)
		}
		w.bays = append(w.bays, &bay{w: w, shelf: shelf, number: n + 1, address: address, zone: zone, facings: []*product{p}, tub: t, dice: stream(w.seed, address)})
		d.Facings = append(d.Facings, storedef.Facing{At: address, Product: p.gtin, Depth: 20})
	}
	w.drawHouses(r, d)
}

// drawHouses makes up whose account a badge or a meal plan is.
func (w *world) drawHouses(r *rand.Rand, d *storedef.Store) {
	unit := int64(100)
	if w.currency == "KWD" {
		unit = 1000
	}
	office := storedef.House{Name: officeHouse, Tender: storedef.TenderBadge}
	if r.IntN(2) == 0 {
		office.PerVisit = w.amount(unit * int64(5+r.IntN(20)))
	}
	if r.IntN(3) == 0 {
		office.PerPeriod, office.Period = w.amount(unit*int64(10+r.IntN(40))), storedef.Periods()[r.IntN(2)]
	}
	students := storedef.House{Name: studentHouse, Tender: storedef.TenderMealPlan}
	if r.IntN(2) == 0 {
		students.PerDay = w.amount(unit * int64(4+r.IntN(20)))
	}
	for _, h := range []*storedef.House{&office, &students} {
		if r.IntN(2) == 0 && (h.Limited() || !h.PerVisit.IsZero()) {
			h.Over = storedef.OverBorne
		}
	}
	d.Houses = []storedef.House{office, students}
}

// tender is what a credential is where the store has accounts of its own: it is the
// same for each visit on it, and nothing elsewhere.
func (w *world) tender(token string) storedef.Tender {
	if !w.canteen {
		return ""
	}
	switch stream(w.seed, "tender of "+token).IntN(3) {
	case 0:
		return storedef.TenderBadge
	case 1:
		return storedef.TenderMealPlan
	}
	return ""
}

// house is the class of the account that a credential is of.
func (w *world) house(token string) string {
	return map[storedef.Tender]string{storedef.TenderBadge: officeHouse, storedef.TenderMealPlan: studentHouse}[w.tender(token)]
}

// method is how a party presents its credential.
func (w *world) method(v *visit) observe.Method {
	switch {
	case v.staff || !w.canteen:
	case w.tender(v.token) == storedef.TenderBadge:
		return observe.MethodBadge
	case v.method == observe.MethodBadge: // somebody of the staff who shops
		return observe.MethodCard
	}
	return v.method
}

// scoop takes some of what is loose.
func (b *body) scoop(y *bay) act {
	p := y.facings[0]
	u := b.w.portion(p, y.tub.dice)
	if u.mass > y.tub.mass {
		return b.browse(y)
	}
	y.tub.mass -= u.mass
	b.visit.weighings++
	u.payer, u.price = b.visit, b.w.priceNow(p)
	b.visit.units = append(b.visit.units, u)
	b.carried = append(b.carried, u)
	return act{action: observe.ActionTake, product: p, quantity: 1}
}

// portion is what somebody takes at once. In a neat world it is whole grams, so that
// what is owed is known to the minor unit; elsewhere a scale can't say it better than
// by its division.
func (w *world) portion(p *product, r *rand.Rand) *unit {
	u := &unit{product: p, mass: p.mass + int64(math.Round(max(-2.5, min(2.5, r.NormFloat64()))*float64(p.mass)*portionSD/whole))}
	if w.neat {
		u.mass -= u.mass % grain
	}
	w.units++
	return u
}

// receive puts a thing into a bay, or loose goods with what is there of them.
func (b *bay) receive(u *unit) {
	if b.tub != nil && u.product == b.facings[0] {
		b.tub.mass += u.mass
		return
	}
	b.units = append(b.units, u)
}

// stock is how much is in a bay, in things or portions.
func (b *bay) stock() int {
	if b.tub == nil {
		return len(b.units)
	}
	return len(b.units) + int(b.tub.mass/b.facings[0].mass)
}

// weighed checks the price of a kilogram: S6. Nobody pays more for it than it cost
// when any of it was taken.
func (c *checker) weighed(r *event.Receipt, l *event.SaleLine) {
	most := c.priceAt(l.GTIN, r.Closed)
	seen := false
	for _, t := range c.takes[r.Session] {
		if t.gtin != l.GTIN {
			continue
		}
		if p := c.priceAt(l.GTIN, t.at); !seen || p > most {
			most, seen = p, true
		}
	}
	if l.Unit.Minor > most {
		c.w.violate("S6", r.Session, "%s is %d a kilogram, and was %d at the most when it was taken", l.GTIN, l.Unit.Minor, most)
	}
}

// export gives the witness what the host would hand to payroll, from its journal as
// aisle ledger does.
func (w *world) export() {
	if !w.canteen {
		return
	}
	b := ledger.New(ledger.DayIn(time.UTC))
	for i := range w.host.disk.recs {
		facts, err := w.host.disk.recs[i].read()
		if err != nil {
			w.violate("M14", "", "the ledger can't be exported: %v", err)
			return
		}
		b.Apply(event.Record{At: w.host.disk.recs[i].at, Facts: facts})
	}
	var lines []witness.Owed
	for _, l := range b.Owed(ledger.HouseFilter{}) {
		lines = append(lines, witness.Owed{ID: l.ID, House: l.House, Account: l.Account, Minor: l.Owed})
	}
	w.witness.Exported(lines)
	for _, f := range b.Faults() {
		if f.Code == ledger.FaultHouse {
			w.violate("M14", f.Session, "the books' own check: %s", f.Message)
		}
	}
}
