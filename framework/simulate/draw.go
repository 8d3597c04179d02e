package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// The addresses of the one device of a kind that every made-up store has.
const (
	cameraAddress    = "camera.ceiling"
	processorAddress = "payment.cards"
)

// storeName is that of every made-up store.
const storeName = "made_up"

// codes are GTINs of the range that GS1 keeps for examples (952).
var codes = []gs1.GTIN{"09521234000112", "09521234000228", "09521234000334", "09521234002642", "09521234000044", "09521234000051", "09521234000068"}

// starts are days on which stores are simulated: a plain one, two on which
// summer time begins and ends in Europe, a leap day and a new year.
var starts = []time.Time{
	time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 55, 0, 0, time.UTC),
	time.Date(2026, 10, 25, 0, 55, 0, 0, time.UTC), time.Date(2028, 2, 28, 23, 55, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 55, 0, 0, time.UTC),
}

// drawStore makes up a store.
func (w *world) drawStore() {
	r := stream(w.seed, "store")
	w.base = starts[0]
	if w.faults.on[FC3] {
		w.base = starts[1+r.IntN(len(starts)-1)]
	}
	w.currency = []string{"EUR", "EUR", "EUR", "JPY", "KWD"}[r.IntN(5)]
	zones := 1 + r.IntN(2)
	d := storedef.Store{
		Name: storeName, Currency: money.Currency(w.currency), Timezone: "Europe/Lisbon",
		Taxes: []storedef.Tax{{Name: "reduced", Rate: 60_000}, {Name: "standard", Rate: 230_000}},
		Entry: storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: between(r, 4*time.Minute, 12*time.Minute),
			MaxParty: 4, Staff: []string{"staff-1"}, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
			ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: severalUnits},
		Receipt: storedef.Receipt{ReviewWithin: between(r, time.Minute, 30*time.Minute), Rounding: []money.Rounding{money.HalfUp, money.HalfEven, money.Down}[r.IntN(3)]},
		Safety:  storedef.Safety{FreeExitAfter: storedef.DefaultFreeExitAfter},
	}
	gates := 1 + r.IntN(2)
	for i := range gates {
		d.Zones = append(d.Zones, storedef.Zone{Address: fmt.Sprintf("zone.g%d", i+1)})
	}
	var camera []string
	for i := range zones {
		d.Zones = append(d.Zones, storedef.Zone{Address: fmt.Sprintf("zone.z%d", i+1)})
	}
	for _, z := range d.Zones {
		camera = append(camera, z.Address)
	}
	w.device(storedef.Device{Address: cameraAddress, Class: storedef.ClassCamera, Zones: camera})
	w.drawGates(r, gates)
	w.processorCaps(r)
	payment := w.device(storedef.Device{Address: processorAddress, Class: storedef.ClassPayment})
	payment.def.Processing = w.processing()
	w.drawProducts(r)
	w.drawShelves(r, zones)
	unit := int64(100)
	if w.currency == "KWD" {
		unit = 1000
	}
	d.Settlement = storedef.Settlement{Processor: processorAddress, Hold: w.amount(unit * int64(2+r.IntN(30)))}
	drawPolicy(stream(w.seed, "policy"), &d.Settlement)
	if r.IntN(3) == 0 {
		d.Failure.Payment = storedef.ReactOffline
		d.Settlement.Offline = &storedef.Offline{PerSale: w.amount(unit * 10), Total: w.amount(unit * int64(20+r.IntN(30))), For: between(r, 10*time.Minute, 4*time.Hour)}
	}
	for _, p := range w.products {
		d.Products = append(d.Products, storedef.Product{Name: p.name, GTIN: p.gtin, Title: p.name, Mass: measure.Mass(p.mass),
			MassDeviation: measure.Mass(max(p.mass*17/1000, p.mass*int64(w.noise.UnitSpread)/whole)), Price: w.amount(p.price), Tax: p.tax})
	}
	for _, b := range w.bays {
		for _, p := range b.facings {
			d.Facings = append(d.Facings, storedef.Facing{At: b.address, Product: p.gtin, Depth: 20})
		}
	}
	for _, dev := range w.devices {
		d.Devices = append(d.Devices, dev.def)
	}
	w.store = d
}

func (w *world) amount(minor int64) money.Amount {
	return money.New(minor, money.Currency(w.currency))
}

func (w *world) drawGates(r *rand.Rand, gates int) {
	for i := range gates {
		g := &gate{w: w, index: i, zone: fmt.Sprintf("zone.g%d", i+1), names: r.IntN(3) > 0, admissions: map[string]*admission{}, dice: stream(w.seed, fmt.Sprint("gate", i))}
		address := fmt.Sprintf("gate.g%d", i+1)
		g.reader = w.device(storedef.Device{Address: fmt.Sprintf("credential_reader.r%d", i+1), Class: storedef.ClassCredentialReader, Serves: []string{address}})
		g.device = w.device(storedef.Device{Address: address, Class: storedef.ClassGate, Zones: []string{g.zone}, Role: storedef.RoleBoth})
		if r.IntN(3) == 0 {
			g.lane = w.device(storedef.Device{Address: fmt.Sprintf("rfid_reader.l%d", i+1), Class: storedef.ClassRFIDReader, Serves: []string{address}})
			w.tagged = true
		}
		w.gates = append(w.gates, g)
	}
}

func (w *world) drawProducts(r *rand.Rand) {
	n := 2 + r.IntN(4)
	for i := range n {
		p := &product{gtin: codes[i], name: fmt.Sprintf("p%d", i+1), mass: int64(60+r.IntN(900)) * 1000, price: int64(20 + r.IntN(400)), tax: "standard"}
		if w.currency == "KWD" {
			p.price *= 10
		}
		if i > 0 && r.IntN(4) == 0 { // two products of near masses
			p.mass = w.products[i-1].mass + int64(r.IntN(9)-4)*1000
		}
		if r.IntN(3) == 0 {
			p.tax = "reduced"
		}
		p.tagged = w.tagged && r.IntN(2) == 0
		w.products = append(w.products, p)
	}
}

func (w *world) drawShelves(r *rand.Rand, zones int) {
	shelves := 1 + r.IntN(3)
	next := 0
	for i := range shelves {
		zone := fmt.Sprintf("zone.z%d", 1+i%zones)
		def := storedef.Device{Address: fmt.Sprintf("weight_shelf.s%d", i+1), Class: storedef.ClassWeightShelf, Zones: []string{zone}}
		bays := 1 + r.IntN(3)
		for n := range bays {
			b := storedef.Bay{Number: n + 1, Address: fmt.Sprintf("%s.bay[%d]", def.Address, n+1)}
			if r.IntN(6) == 0 {
				b.Certified = []observe.Kind{observe.KindWeight}
			}
			def.Bays = append(def.Bays, b)
		}
		shelf := w.device(def)
		for n := range bays {
			b := &bay{w: w, shelf: shelf, number: n + 1, address: def.Bays[n].Address, zone: zone, certified: len(def.Bays[n].Certified) > 0,
				dice: stream(w.seed, def.Bays[n].Address)}
			facings := 1
			if len(w.products) > 2 && r.IntN(3) == 0 {
				facings = 2
			}
			for range facings {
				p := w.products[next%len(w.products)]
				next++
				if !w.noise.Apart || !slices.ContainsFunc(b.facings, func(o *product) bool { return alike(o, p) }) {
					b.facings = append(b.facings, p)
				}
			}
			for _, p := range b.facings {
				for range 6 + r.IntN(6) {
					b.units = append(b.units, w.newUnit(p, b.dice))
				}
			}
			w.bays = append(w.bays, b)
		}
	}
}

// alike reports whether a scale can't tell two products apart: their masses are
// within four standard deviations of each other, as aisle check-planogram tells.
func alike(a, b *product) bool {
	d, sa, sb := a.mass-b.mass, a.mass*17/1000, b.mass*17/1000
	return d*d <= 16*(sa*sa+sb*sb)
}

// processorCaps makes up what the processor can do.
func (w *world) processorCaps(r *rand.Rand) {
	pick := func(d ...time.Duration) int64 { return int64(d[r.IntN(len(d))]) }
	c := processor.Caps{
		KeyWindow:   pick(10*time.Minute, 24*time.Hour, 24*time.Hour, 30*24*time.Hour),
		SavesErrors: r.IntN(2) == 0, LookupByKey: true, LookupByReference: r.IntN(2) == 0,
		SettlingDelay:  pick(0, 0, time.Second, 30*time.Second),
		HoldLifetime:   pick(7*24*time.Hour, 7*24*time.Hour, 30*24*time.Hour, 50*time.Hour),
		PartialCapture: true, MultipleCapture: r.IntN(4) == 0, Increment: r.IntN(3) == 0,
		VoidAfterCapture: r.IntN(4) == 0, PartialRefund: true, RefundWindow: int64(90 * 24 * time.Hour), Notices: r.IntN(2) == 0,
	}
	if r.IntN(3) == 0 {
		c.OverCapture = 150_000
	}
	switch { // what a fault needs to take effect
	case w.faults.must[FY3]:
		c.SavesErrors = true
	case w.faults.must[FY4]:
		c.SavesErrors = false
	}
	if w.faults.must[FY5] {
		c.KeyWindow = int64(10 * time.Minute)
	}
	if w.faults.on[FY10] && stream(w.seed, "refund window").IntN(2) == 0 {
		c.RefundWindow = int64(shortWindow)
	}
	if w.faults.must[FN4] {
		c.Notices = true
	}
	w.processor = processor.New(c)
}

// processing is what the plugin declares of it.
func (w *world) processing() *storedef.Processing {
	c := w.processor.Caps
	return &storedef.Processing{
		KeyWindow: time.Duration(c.KeyWindow), SavesErrors: c.SavesErrors, LookupByKey: c.LookupByKey, LookupByReference: c.LookupByReference,
		SettlingDelay: time.Duration(c.SettlingDelay), HoldLifetime: time.Duration(c.HoldLifetime), PartialCapture: c.PartialCapture,
		MultipleCapture: c.MultipleCapture, OverCapture: measure.Probability(c.OverCapture), Increment: c.Increment,
		VoidAfterCapture: c.VoidAfterCapture, PartialRefund: c.PartialRefund, RefundWindow: time.Duration(c.RefundWindow),
	}
}

// drawPolicy makes up what the store does beyond the hold.
func drawPolicy(r *rand.Rand, s *storedef.Settlement) {
	s.SecondTap = storedef.SecondTaps()[r.IntN(2)]
	if r.IntN(3) == 0 {
		s.OverCapture = 100_000
	}
	if r.IntN(4) == 0 {
		s.Rest = storedef.RestBorne
	}
	if r.IntN(5) == 0 {
		never := false
		s.Increase = &never
	}
	switch r.IntN(3) {
	case 0:
		s.Retry = []time.Duration{time.Hour}
	case 1:
		s.Retry = []time.Duration{time.Hour, 24 * time.Hour}
	}
}
