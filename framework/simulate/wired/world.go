package wired

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/framework/supervisor/inmemory"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// The plugins of a made-up store, a machine each.
const (
	pluginFront = "front" // gates and readers
	pluginFloor = "floor" // shelves and camera
	pluginCards = "cards" // the processor
)

var pluginNames = []string{pluginFront, pluginFloor, pluginCards}

const (
	cameraAddress    = "camera.ceiling"
	processorAddress = "payment.cards"
	currency         = money.Currency("EUR")
)

// codes are GTINs of the range that GS1 keeps for examples (952).
var codes = []gs1.GTIN{"09521234000112", "09521234000228", "09521234000334", "09521234002642", "09521234000044"}

// world is one run: a shop, its devices, the people in it, its processor. Its
// lock guards all that is not said to have one of its own, is held for moments,
// and never while anything waits.
type world struct {
	seed  uint64
	story io.Writer
	began time.Time

	mu        sync.Mutex
	store     storedef.Store
	digest    string
	products  []*product
	gates     []*lane
	bays      []*bay
	sensors   map[string]*sensor
	bodies    map[*body]bool
	hands     int // that may be at a bay before it comes to rest
	visits    []*visit
	processor *processor.Processor
	cards     *cards
	witness   *witness.Witness
	books     *books
	faults    faults
	sessions  map[string]string // by admission
	stale     map[string]uint64 // reports of openings that were over, by device
	tracks    int
	wrong     []witness.Violation
	notices   []*said
	other     bool // the processor acts on what the network delivered a second time

	machines map[string]*inmemory.Machine
	host     *host
	leases   string
	work     sync.WaitGroup // of people and of what is on its way
}

// stream returns the dice of one concern.
func stream(seed uint64, concern string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(concern))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// between draws a duration.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// violate notes an invariant that did not hold. The lock is held.
func (w *world) violate(id, session, format string, args ...any) {
	if len(w.wrong) < mostViolations {
		w.wrong = append(w.wrong, witness.Violation{ID: id, Session: session, At: time.Now(), Text: fmt.Sprintf(format, args...)})
	}
	w.tell("VIOLATION %s %s: %s", id, session, fmt.Sprintf(format, args...))
}

// mostViolations bounds the list of one run: the first tell the most.
const mostViolations = 32

// tell writes a line of the story. The lock is held.
func (w *world) tell(format string, args ...any) {
	if w.story != nil {
		fmt.Fprintf(w.story, "%12s %s\n", time.Since(w.began).Round(time.Millisecond), fmt.Sprintf(format, args...))
	}
}

// drawStore makes up a store.
func (w *world) drawStore() {
	r := stream(w.seed, "store")
	gates, zones := 1+r.IntN(2), 1+r.IntN(2)
	d := storedef.Store{
		Name: "made_up", Currency: currency, Timezone: "Europe/Lisbon",
		Taxes: []storedef.Tax{{Name: "reduced", Rate: 60_000}, {Name: "standard", Rate: 230_000}},
		Entry: storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: between(r, 6*time.Minute, 12*time.Minute),
			MaxParty: 4, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
			ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: 250_000},
		Receipt:    storedef.Receipt{ReviewWithin: between(r, time.Minute, 20*time.Minute), Rounding: money.HalfUp},
		Safety:     storedef.Safety{FreeExitAfter: storedef.DefaultFreeExitAfter},
		Settlement: storedef.Settlement{Processor: processorAddress, Hold: amount(int64(200 + r.IntN(2800)))},
	}
	if r.IntN(2) == 0 {
		d.Settlement.Retry = []time.Duration{time.Hour}
	}
	for i := range gates {
		d.Zones = append(d.Zones, storedef.Zone{Address: fmt.Sprintf("zone.g%d", i+1)})
	}
	for i := range zones {
		d.Zones = append(d.Zones, storedef.Zone{Address: fmt.Sprintf("zone.z%d", i+1)})
	}
	camera := storedef.Device{Address: cameraAddress, Class: storedef.ClassCamera, Plugin: pluginFloor, Driver: "ceiling"}
	for _, z := range d.Zones {
		camera.Zones = append(camera.Zones, z.Address)
	}
	d.Devices = append(d.Devices, w.sensor(camera))
	for i := range gates {
		g := &lane{w: w, zone: fmt.Sprintf("zone.g%d", i+1), turn: make(chan struct{}, 1), names: r.IntN(3) > 0, seen: map[string]bool{}, dice: stream(w.seed, fmt.Sprint("gate ", i))}
		address := fmt.Sprintf("gate.g%d", i+1)
		d.Devices = append(d.Devices,
			w.sensor(storedef.Device{Address: address, Class: storedef.ClassGate, Plugin: pluginFront, Driver: "lane", Zones: []string{g.zone}, Role: storedef.RoleBoth}),
			w.sensor(storedef.Device{Address: fmt.Sprintf("credential_reader.r%d", i+1), Class: storedef.ClassCredentialReader, Plugin: pluginFront, Driver: "palm", Serves: []string{address}}))
		g.passages, g.reader = w.sensors[address], w.sensors[fmt.Sprintf("credential_reader.r%d", i+1)]
		w.gates = append(w.gates, g)
	}
	w.drawCaps(stream(w.seed, "processor"))
	cards := w.sensor(storedef.Device{Address: processorAddress, Class: storedef.ClassPayment, Plugin: pluginCards, Driver: "processor"})
	cards.Processing = w.processing()
	d.Devices = append(d.Devices, cards)
	w.drawGoods(r, &d, zones)
	w.store, w.digest = d, "1"
}

func amount(minor int64) money.Amount { return money.New(minor, currency) }

// drawGoods makes up products, shelves and what stands where.
func (w *world) drawGoods(r *rand.Rand, d *storedef.Store, zones int) {
	for i := range 2 + r.IntN(3) {
		p := &product{gtin: codes[i], mass: int64(60+r.IntN(900)) * 1000, price: int64(20 + r.IntN(400))}
		w.products = append(w.products, p)
		d.Products = append(d.Products, storedef.Product{Name: fmt.Sprintf("p%d", i+1), GTIN: p.gtin, Title: fmt.Sprintf("p%d", i+1),
			Mass: measure.Mass(p.mass), MassDeviation: measure.Mass(p.mass * 17 / 1000), Price: amount(p.price), Tax: []string{"reduced", "standard"}[r.IntN(2)]})
	}
	next := 0
	for i := range 1 + r.IntN(3) {
		def := storedef.Device{Address: fmt.Sprintf("weight_shelf.s%d", i+1), Class: storedef.ClassWeightShelf, Plugin: pluginFloor, Driver: "plates",
			Zones: []string{fmt.Sprintf("zone.z%d", 1+i%zones)}}
		bays := 1 + r.IntN(2)
		for n := range bays {
			def.Bays = append(def.Bays, storedef.Bay{Number: n + 1, Address: fmt.Sprintf("%s.bay[%d]", def.Address, n+1)})
		}
		d.Devices = append(d.Devices, w.sensor(def))
		for n := range bays {
			p := w.products[next%len(w.products)]
			next++
			b := &bay{w: w, shelf: w.sensors[def.Address], number: n + 1, address: def.Bays[n].Address, zone: def.Zones[0], product: p, units: 10 + r.IntN(10)}
			w.bays = append(w.bays, b)
			d.Facings = append(d.Facings, storedef.Facing{At: b.address, Product: p.gtin, Depth: 20})
		}
	}
}

// drawCaps makes up what the processor can do.
func (w *world) drawCaps(r *rand.Rand) {
	pick := func(d ...time.Duration) int64 { return int64(d[r.IntN(len(d))]) }
	w.processor = processor.New(processor.Caps{
		KeyWindow: pick(24*time.Hour, 30*24*time.Hour), LookupByKey: true, LookupByReference: r.IntN(2) == 0,
		SettlingDelay: pick(0, 0, time.Second, 30*time.Second), HoldLifetime: pick(7*24*time.Hour, 30*24*time.Hour),
		PartialCapture: true, MultipleCapture: r.IntN(4) == 0, Increment: r.IntN(3) == 0,
		VoidAfterCapture: r.IntN(4) == 0, PartialRefund: true, RefundWindow: int64(90 * 24 * time.Hour), Notices: true,
	})
}

// processing is what the plugin declares of it.
func (w *world) processing() *storedef.Processing {
	c := w.processor.Caps
	return &storedef.Processing{
		KeyWindow: time.Duration(c.KeyWindow), LookupByKey: c.LookupByKey, LookupByReference: c.LookupByReference,
		SettlingDelay: time.Duration(c.SettlingDelay), HoldLifetime: time.Duration(c.HoldLifetime), PartialCapture: c.PartialCapture,
		MultipleCapture: c.MultipleCapture, Increment: c.Increment, VoidAfterCapture: c.VoidAfterCapture, PartialRefund: c.PartialRefund,
		RefundWindow: time.Duration(c.RefundWindow),
	}
}
