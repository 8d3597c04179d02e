package moneybench

import (
	"fmt"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// The store: aisles of their own, each with a gate, a reader, a camera and a
// shelf, so that people stand at different shelves.
const (
	bays    = 8
	unit    = 350 * measure.Gram
	stocked = 1 << 20 // units in a bay: none is ever empty
	picks   = 2       // of each visit
	// beat is the time between two deeds of one visit.
	beat = time.Second
	// deeds are those of one visit: see act.
	deeds = 6 + picks
)

var opening = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// mall says what happens in the aisles' devices.
type mall struct {
	seq  map[string]uint64
	mass [][bays + 1]measure.Mass
	next int // visit
	// epoch is that of all devices' openings, and stay are those who don't leave.
	epoch uint64
	stay  []stayer
}

// stayer is somebody inside, by the lane they came in by and their visit.
type stayer struct {
	lane  *lane
	visit int
}

// lane is one aisle. One visit at a time goes on in it.
type lane struct {
	number int
	reader, gate, camera, shelf,
	door, wall string
	visit, at int
}

func newLanes(n int) []*lane {
	all := make([]*lane, n)
	for i := range all {
		s := strconv.Itoa(i)
		all[i] = &lane{number: i, reader: "credential_reader.r" + s, gate: "gate.g" + s, camera: "camera.c" + s, shelf: "weight_shelf.s" + s,
			door: "zone.d" + s, wall: "zone.w" + s, at: -i % deeds}
	}
	return all
}

func (l *lane) bay(n int) string { return l.shelf + ".bay[" + strconv.Itoa(n) + "]" }

// definition is the store of these lanes.
func definition(lanes []*lane) storedef.Store {
	s := storedef.Store{
		Name: "mall", Currency: "EUR", Timezone: "UTC",
		Taxes: []storedef.Tax{{Name: "standard", Rate: 230_000}},
		Entry: storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: 24 * time.Hour, MaxParty: 4, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
			ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement: storedef.Settlement{Processor: "payment.cards", Hold: money.New(5000, "EUR")},
		Receipt:    storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp},
		Devices:    []storedef.Device{{Address: "payment.cards", Class: storedef.ClassPayment}},
	}
	for n := 1; n <= bays; n++ {
		s.Products = append(s.Products, storedef.Product{Name: fmt.Sprintf("p%d", n), GTIN: products[n], Title: fmt.Sprintf("Product %d", n),
			Mass: unit, MassDeviation: 4 * measure.Gram, Price: money.New(199, "EUR"), Tax: "standard"})
	}
	for _, l := range lanes {
		s.Zones = append(s.Zones, storedef.Zone{Address: l.door}, storedef.Zone{Address: l.wall})
		wall := storedef.Device{Address: l.shelf, Class: storedef.ClassWeightShelf, Zones: []string{l.wall}}
		for n := 1; n <= bays; n++ {
			wall.Bays = append(wall.Bays, storedef.Bay{Number: n, Address: l.bay(n)})
			s.Facings = append(s.Facings, storedef.Facing{At: l.bay(n), Product: products[n]})
		}
		s.Devices = append(s.Devices,
			storedef.Device{Address: l.camera, Class: storedef.ClassCamera, Zones: []string{l.door, l.wall}},
			storedef.Device{Address: l.reader, Class: storedef.ClassCredentialReader, Serves: []string{l.gate}},
			storedef.Device{Address: l.gate, Class: storedef.ClassGate, Zones: []string{l.door}, Role: storedef.RoleBoth},
			wall)
	}
	return s
}

var products = func() (all [bays + 1]gs1.GTIN) {
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

func newMall(lanes []*lane) *mall {
	m := &mall{epoch: 1, seq: map[string]uint64{}, mass: make([][bays + 1]measure.Mass, len(lanes))}
	for i := range m.mass {
		for n := range m.mass[i] {
			m.mass[i][n] = stocked * unit
		}
	}
	return m
}

func (m *mall) report(device string, o observe.Evidence) event.Evidence {
	m.seq[device]++
	return event.Evidence{Device: device, Serial: observe.Serial{Epoch: m.epoch, Seq: m.seq[device]}, Observed: o}
}

func (m *mall) weigh(l *lane, bay int, since, now time.Time) event.Evidence {
	return m.report(l.shelf, observe.Weight{Interval: observe.Between(since, now), Bay: bay, Mass: m.mass[l.number][bay], Deviation: 2 * measure.Gram})
}

func trackOf(visit int) observe.Track { return observe.Track("t" + strconv.Itoa(visit)) }

// seen is that a lane's camera sees somebody.
func (m *mall) seen(l *lane, visit int, zone string, phase observe.Phase, now time.Time) event.Evidence {
	return m.report(l.camera, observe.Presence{Interval: observe.At(now), Track: trackOf(visit), Zone: zone, Phase: phase})
}

// act is the next deed in a lane: what its devices report of it. Done says that
// a visit's last one was it. Nobody new comes where none is left to come.
func (m *mall) act(l *lane, now time.Time, more bool) (reports []event.Evidence, done bool) {
	l.at++
	if l.at <= 0 {
		return nil, false // lanes begin one after the other
	}
	if l.at == 1 {
		if !more {
			l.at = 0
			return nil, false
		}
		m.next++
		l.visit = m.next
	}
	track := trackOf(l.visit)
	presence := func(zone string, phase observe.Phase) event.Evidence { return m.seen(l, l.visit, zone, phase, now) }
	switch at := l.at; {
	case at == 1:
		return []event.Evidence{m.report(l.reader, observe.Credential{Interval: observe.At(now), Token: "tok-" + strconv.Itoa(l.visit),
			Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})}, false
	case at == 2:
		return []event.Evidence{m.report(l.gate, observe.Passage{Interval: observe.At(now), Direction: observe.DirectionIn}),
			presence(l.door, observe.PhaseBegan)}, false
	case at == 3:
		return []event.Evidence{presence(l.wall, observe.PhasePresent)}, false
	case at <= 3+picks:
		bay := 1 + (l.visit*3+at*5)%bays
		m.mass[l.number][bay] -= unit
		hand := m.report(l.camera, observe.Interaction{Interval: observe.Between(now.Add(-900*time.Millisecond), now), Track: track, At: l.bay(bay),
			Action: observe.ActionTake, Confidence: 995_000, Quantity: 1, Candidates: []observe.Candidate{{GTIN: products[bay], Probability: 960_000}}})
		return []event.Evidence{hand, m.weigh(l, bay, now.Add(-800*time.Millisecond), now)}, false
	case at == 4+picks:
		return []event.Evidence{presence(l.door, observe.PhasePresent)}, false
	case at < deeds:
		return nil, false
	}
	l.at = 0
	return []event.Evidence{presence(l.door, observe.PhaseEnded),
		m.report(l.gate, observe.Passage{Interval: observe.At(now), Direction: observe.DirectionOut})}, true
}
