// Package madeup makes up a day of a store: the records that a core writes when
// shoppers come, take things and leave, all of it without a device, a clock or a
// disk.
//
// Its days are the stream that aisle bench core measures on and the journals of
// the tests here. They are the same every time.
package madeup

import (
	"fmt"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// The store of the day: as many bays as a small corner shop, a product each.
const (
	bays  = 24
	shelf = "weight_shelf.wall"
	unit  = 350 * measure.Gram
	picks = 4 // of each visit
	// beat is the time between two deeds of one visit.
	beat = 3 * time.Second
)

var opening = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// Day plays visits through a core, n at a time, and gives the records of it. It
// is an error if the visits don't end as such a perfect day must end: closed,
// and nine of ten charged at least.
func Day(n, visits int) ([]event.Record, error) {
	p := &player{state: core.New(), now: opening, seq: map[string]uint64{}, mass: map[int]measure.Mass{}, sessions: map[string]string{}}
	def, err := storeOf()
	if err != nil {
		return nil, err
	}
	p.input(event.Definition{Store: def, Salt: "madeup"})
	for _, d := range def.Devices {
		p.input(event.DeviceStatus{Device: d.Address, Epoch: 1, State: event.StateReady})
	}
	p.now = p.now.Add(10 * time.Second)
	for b := 1; b <= bays; b++ {
		p.mass[b] = 200 * unit
		p.weigh(b, p.now)
	}
	running := make([]*visit, n)
	for next := 0; next < visits || anybody(running); {
		for i := range running {
			if running[i] == nil && next < visits {
				next++
				running[i] = &visit{number: next}
			}
			if v := running[i]; v != nil && !v.act(p) {
				running[i] = nil
			}
			p.now = p.now.Add(beat / time.Duration(n))
			p.wakes()
		}
	}
	p.now = p.now.Add(time.Hour) // until doubts have run out too
	p.wakes()
	if open := p.state.Open(); open > 0 || p.charged*10 < visits*9 || p.closed != visits {
		return nil, fmt.Errorf("the day did not go as planned: of %d visits %d were charged and %d closed, %d are open",
			visits, p.charged, p.closed, open)
	}
	return p.day, nil
}

func anybody(running []*visit) bool {
	for _, v := range running {
		if v != nil {
			return true
		}
	}
	return false
}

// visit is one shopper's way through the store.
type visit struct{ number, at int }

// act does the visit's next deed and reports whether there are more.
func (v *visit) act(p *player) bool {
	token, track := fmt.Sprintf("tok-%d", v.number), observe.Track(fmt.Sprintf("t%d", v.number))
	v.at++
	switch at := v.at; {
	case at == 1:
		p.evidence("credential_reader.door", observe.Credential{Interval: observe.At(p.now), Token: token,
			Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})
	case at == 2:
		p.evidence("gate.door", observe.Passage{Interval: observe.At(p.now), Direction: observe.DirectionIn, Admission: p.sessions[token]})
		p.evidence("camera.ceiling", observe.Presence{Interval: observe.At(p.now), Track: track, Zone: "zone.door", Phase: observe.PhaseBegan})
	case at == 3:
		p.evidence("camera.ceiling", observe.Presence{Interval: observe.At(p.now), Track: track, Zone: "zone.wall", Phase: observe.PhasePresent})
	case at <= 3+picks:
		p.pick(track, 1+(v.number*7+at*5)%bays)
	case at == 4+picks:
		p.evidence("camera.ceiling", observe.Presence{Interval: observe.At(p.now), Track: track, Zone: "zone.door", Phase: observe.PhasePresent})
	default:
		p.evidence("camera.ceiling", observe.Presence{Interval: observe.At(p.now), Track: track, Zone: "zone.door", Phase: observe.PhaseEnded})
		p.evidence("gate.door", observe.Passage{Interval: observe.At(p.now), Direction: observe.DirectionOut})
		return false
	}
	return true
}

// player feeds a core and answers what it asks, at once and always well.
type player struct {
	state    *core.State
	now      time.Time
	day      []event.Record
	seq      map[string]uint64
	mass     map[int]measure.Mass
	sessions map[string]string // by token
	charged  int
	closed   int
}

func (p *player) pick(track observe.Track, bay int) {
	span := observe.Between(p.now.Add(-900*time.Millisecond), p.now)
	p.evidence("camera.ceiling", observe.Interaction{Interval: span, Track: track, At: address(bay), Action: observe.ActionTake,
		Confidence: 995_000, Quantity: 1, Candidates: []observe.Candidate{{GTIN: gtin(bay), Probability: 960_000}}})
	p.mass[bay] -= unit
	p.weigh(bay, p.now.Add(-800*time.Millisecond))
}

func (p *player) weigh(bay int, since time.Time) {
	p.evidence(shelf, observe.Weight{Interval: observe.Between(since, p.now), Bay: bay, Mass: p.mass[bay], Deviation: 2 * measure.Gram})
}

func (p *player) evidence(device string, o observe.Evidence) {
	p.seq[device]++
	p.input(event.Evidence{Device: device, Serial: observe.Serial{Epoch: 1, Seq: p.seq[device]}, Observed: o})
}

// wakes lets the core act where time alone matters.
func (p *player) wakes() {
	end := p.now
	for {
		w, ok := p.state.Wake()
		if !ok || w.After(end) {
			break
		}
		p.now = w
		p.input(event.Time{})
	}
	p.now = end
}

func (p *player) input(in event.Input) {
	facts := core.Step(p.state, p.now, in)
	p.day = append(p.day, event.Record{Seq: uint64(len(p.day) + 1), At: p.now, Input: in, Facts: facts})
	for _, f := range facts {
		switch f := f.(type) {
		case event.SessionOpened:
			p.sessions[f.Token] = f.Session
		case event.PaymentMoved:
			if f.State == event.PaymentCaptured {
				p.charged++
			}
		case event.SessionClosed:
			p.closed++
		default:
		}
	}
	for _, f := range facts {
		if a, ok := f.(event.Asked); ok {
			p.input(event.Answer{ID: a.Ask.ID, Outcome: event.OutcomeDone, Reference: "ref/" + a.Ask.Key, Amount: a.Ask.Amount})
		}
	}
}

func address(bay int) string { return shelf + ".bay[" + strconv.Itoa(bay) + "]" }

func gtin(bay int) gs1.GTIN { return products[bay-1] }

var products = func() (all [bays]gs1.GTIN) {
	for i := range all {
		body := fmt.Sprintf("095212340%04d", i)
		sum := 0
		for j, c := range body { // GS1 General Specifications, 7.9: weights 3 and 1 from the left of 13 digits
			sum += int(c-'0') * (3 - 2*(j%2))
		}
		all[i] = gs1.GTIN(body + strconv.Itoa((10-sum%10)%10))
	}
	return all
}()

func storeOf() (storedef.Store, error) {
	s := storedef.Store{
		Name: "madeup", Currency: "EUR", Timezone: "UTC",
		Zones: []storedef.Zone{{Address: "zone.door"}, {Address: "zone.wall"}},
		Taxes: []storedef.Tax{{Name: "standard", Rate: 230_000}},
		Entry: storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: time.Hour, MaxParty: 4, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
			ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement: storedef.Settlement{Processor: "payment.cards", Hold: money.New(5000, "EUR")},
		Receipt:    storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp},
	}
	wall := storedef.Device{Address: shelf, Class: storedef.ClassWeightShelf, Zones: []string{"zone.wall"}}
	for b := 1; b <= bays; b++ {
		g, err := gs1.ParseGTIN(string(gtin(b)))
		if err != nil {
			return s, err
		}
		wall.Bays = append(wall.Bays, storedef.Bay{Number: b, Address: address(b)})
		s.Products = append(s.Products, storedef.Product{Name: fmt.Sprintf("p%d", b), GTIN: g, Title: fmt.Sprintf("Product %d", b),
			Mass: unit, MassDeviation: 4 * measure.Gram, Price: money.New(199, "EUR"), Tax: "standard"})
		s.Facings = append(s.Facings, storedef.Facing{At: address(b), Product: g})
	}
	s.Devices = []storedef.Device{
		{Address: "camera.ceiling", Class: storedef.ClassCamera, Zones: []string{"zone.door", "zone.wall"}},
		{Address: "credential_reader.door", Class: storedef.ClassCredentialReader, Serves: []string{"gate.door"}},
		{Address: "gate.door", Class: storedef.ClassGate, Zones: []string{"zone.door"}, Role: storedef.RoleBoth},
		{Address: "payment.cards", Class: storedef.ClassPayment},
		wall,
	}
	return s, nil
}
