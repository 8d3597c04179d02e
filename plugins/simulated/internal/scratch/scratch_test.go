package scratch

import (
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

var (
	noise    = flag.String("noise", "none", "")
	shoppers = flag.Int("shoppers", 200, "")
	seeds    = flag.Int("seeds", 3, "")
	seed0    = flag.Int("seed0", 100, "")
	verbose  = flag.Bool("vv", false, "")
)

type w struct {
	t       *testing.T
	tl      *timeline.Timeline
	world   *sim.World
	state   *core.State
	seq     map[string]uint64
	queue   []event.Input
	truth   map[string]sim.Visit
	receipt map[string]event.Receipt
	first   map[string]event.Receipt
	tokens  map[string]string
	log     map[string][]string
	inputs  int
}

func (x *w) Report(device string, e observe.Evidence) {
	x.seq[device]++
	x.queue = append(x.queue, event.Evidence{Device: device, Serial: observe.Serial{Epoch: 1, Seq: x.seq[device]}, Observed: e})
}
func (x *w) Ended(v sim.Visit) { x.truth[v.Credential] = v }

func def(sc *scene.Scene) storedef.Store {
	s := storedef.Store{Name: "corner", Currency: "EUR", Timezone: "UTC",
		Taxes:       []storedef.Tax{{Name: "std", Rate: 230000}},
		Entry:       storedef.Entry{AdmitWithin: 20 * time.Second, MaxStay: 30 * time.Minute, MaxParty: 6, Staff: sc.Staff, MinQuality: 900000},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace, ChargeAbove: 990000, ReviewAbove: 600000},
		Settlement:  storedef.Settlement{Processor: "payment.cards", Hold: money.New(20000, "EUR")},
		Receipt:     storedef.Receipt{ReviewWithin: 30 * time.Minute, Rounding: money.HalfUp}}
	for _, g := range sc.Gates {
		s.Devices = append(s.Devices, storedef.Device{Address: g.Address, Class: storedef.ClassGate, Zones: []string{g.Zone}})
	}
	for _, r := range sc.Readers {
		s.Devices = append(s.Devices, storedef.Device{Address: r.Address, Class: storedef.ClassCredentialReader, Serves: []string{r.Gate}})
	}
	for _, r := range sc.Lanes {
		s.Devices = append(s.Devices, storedef.Device{Address: r.Address, Class: storedef.ClassRFIDReader, Serves: []string{r.Gate}})
	}
	for _, c := range sc.Cameras {
		s.Devices = append(s.Devices, storedef.Device{Address: c.Address, Class: storedef.ClassCamera, Zones: c.Zones})
	}
	s.Devices = append(s.Devices, storedef.Device{Address: "payment.cards", Class: storedef.ClassPayment})
	by := map[string]gs1.GTIN{}
	for _, p := range sc.Products {
		by[p.Name] = p.GTIN
		s.Products = append(s.Products, storedef.Product{Name: p.Name, GTIN: p.GTIN, Mass: p.PackagedMass, MassDeviation: p.PackagedMass * 17 / 1000, Price: money.New(100, "EUR"), Tax: "std"})
	}
	for _, sh := range sc.Shelves {
		d := storedef.Device{Address: sh.Address, Class: storedef.ClassWeightShelf, Zones: []string{sh.Zone}}
		for _, b := range sh.Bays {
			a := sh.Address + ".bay[" + strconv.Itoa(b.Number) + "]"
			d.Bays = append(d.Bays, storedef.Bay{Number: b.Number, Address: a})
			for _, f := range b.Facings {
				s.Facings = append(s.Facings, storedef.Facing{At: a, Product: by[f.Product], Depth: f.Depth})
			}
		}
		s.Devices = append(s.Devices, d)
	}
	return s
}

func (x *w) step(at time.Time, in event.Input) {
	x.inputs++
	for _, f := range core.Step(x.state, at, in) {
		switch f := f.(type) {
		case event.SessionOpened:
			x.tokens[f.Session] = f.Token
		case event.ReceiptIssued:
			if _, ok := x.first[f.Receipt.Credential]; !ok {
				x.first[f.Receipt.Credential] = f.Receipt
			}
			x.receipt[f.Receipt.Credential] = f.Receipt
		}
		if *verbose {
			fmt.Printf("%s %T %+v\n", at.Format("15:04:05.000"), f, f)
		}
	}
	for _, a := range x.state.Pending() {
		ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r", Amount: a.Amount, Found: event.FoundDone}
		if a.Operation == event.OpAdmit {
			if err := x.world.Admit(a.Device, a.Admission, a.Bodies, timeline.Of(*a.Expires)); err != nil {
				ans.Outcome = event.OutcomeRefused
			}
		}
		if a.Operation == event.OpAuthorize {
			x.world.Authorised(a.Session, a.Token)
		}
		x.step(at, ans)
		break
	}
}

func TestScratch(t *testing.T) {
	for s := range *seeds {
		run(t, uint64(*seed0+s))
	}
}

func run(t *testing.T, seed uint64) {
	sc, err := scene.Load("../../../../examples/corner/scene.json")
	if err != nil {
		t.Fatal(err)
	}
	prof, _ := sim.ProfileOf(*noise)
	x := &w{t: t, state: core.New(), seq: map[string]uint64{}, truth: map[string]sim.Visit{}, receipt: map[string]event.Receipt{}, first: map[string]event.Receipt{}, tokens: map[string]string{}}
	opening := timeline.Of(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	x.tl = timeline.New(opening)
	x.world = sim.New(sc, x.tl, sim.Options{Seed: seed, Shoppers: *shoppers, Basket: 8, FirstVisit: 1, Arrivals: 12 * time.Second, Profile: prof}, x)
	d := def(sc)
	x.step(opening.Time(), event.Definition{Store: d, Salt: "s"})
	for _, dv := range d.Devices {
		x.step(opening.Time(), event.DeviceStatus{Device: dv.Address, Epoch: 1, State: event.StateReady})
	}
	x.world.Start()
	for _, dv := range d.Devices {
		for _, e := range x.world.Levels(dv.Address) {
			x.Report(dv.Address, e)
		}
	}
	stuck := 0
	start := time.Now()
	for {
		for len(x.queue) > 0 {
			in := x.queue[0]
			x.queue = x.queue[1:]
			x.step(x.tl.Now().Time(), in)
		}
		next, ok := x.tl.Next()
		if x.world.Done() {
			ok = false
		}
		wake, wok := x.state.Wake()
		switch {
		case !ok && !wok:
		case !ok || wok && timeline.Of(wake) <= next:
			if timeline.Of(wake) > x.tl.Now() {
				x.tl.RunTo(timeline.Of(wake) + 1)
			}
			x.step(x.tl.Now().Time(), event.Time{})
			if w2, ok := x.state.Wake(); ok && w2.Equal(wake) {
				if stuck++; stuck > 100 {
					b, _ := x.state.Encode()
					t.Fatalf("stuck at %v wake %v\n%s", x.tl.Now().Time(), wake, b)
				}
			} else {
				stuck = 0
			}
			continue
		default:
			x.tl.RunTo(next)
			continue
		}
		if len(x.queue) == 0 {
			break
		}
	}
	var exact, over, under, review, pend, unseen, missing int
	for cred, v := range x.truth {
		owed := map[gs1.GTIN]int{}
		for _, i := range v.Items {
			owed[i.GTIN] = i.Qty
		}
		r, ok := x.receipt[cred]
		if !ok {
			if v.Entered {
				missing++
				fmt.Println("missing receipt", cred)
			}
			continue
		}
		if len(x.first[cred].Pending) > 0 {
			review++
		}
		if r.Ending == event.EndedUnseen {
			unseen++
		}
		pend += len(r.Pending)
		got := map[gs1.GTIN]int{}
		bad := false
		for _, l := range r.Lines {
			got[l.GTIN] = l.Quantity
			if l.Quantity > owed[l.GTIN] {
				bad = true
				fmt.Printf("OVER seed %d %s %s got %d owed %d\n", seed, cred, l.GTIN, l.Quantity, owed[l.GTIN])
				for _, y := range l.Why {
					fmt.Println("    ", y.At.Format("15:04:05.000"), y.Text)
				}
			}
		}
		short := false
		for g, n := range owed {
			if got[g] < n {
				short = true
			}
		}
		switch {
		case bad:
			over++
		case short:
			under++
			if *verbose || *noise == "none" {
				fmt.Printf("UNDER seed %d %s owed %v got %v pending %v ending %s\n", seed, cred, owed, got, x.first[cred].Pending, r.Ending)
			}
		default:
			exact++
		}
	}
	fmt.Printf("seed %d visits %d exact %d over %d under %d review %d unseen %d missing %d pend %d open %d inputs %d %v\n", seed, len(x.truth), exact, over, under, review, unseen, missing, pend, x.state.Open(), x.inputs, time.Since(start).Round(time.Millisecond))
}

