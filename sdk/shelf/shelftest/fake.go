package shelftest

import (
	"context"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Fake is a shelf without hardware. Its loads outlive an opening. Use NewFake.
type Fake struct {
	// Now is the device's clock.
	Now func() time.Time

	line   classtest.Line[observe.Weight]
	gauges classtest.Gauges

	mu     sync.Mutex
	bays   int
	load   map[int]measure.Mass
	zero   map[int]measure.Mass
	broken broken
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	noRestate, reportsChanges, mixesBays, drifts, tareAll, tareNothing, losesLast, clampsZero, oneBay, noUnit bool
}

// NewFake makes an empty shelf of a number of bays, on the wall clock.
func NewFake(bays int) *Fake {
	return &Fake{Now: time.Now, bays: bays, load: map[int]measure.Mass{}, zero: map[int]measure.Mass{}}
}

// Config is the fake driver's configuration.
type Config struct {
	Serial string `aisle:"serial,required" doc:"Serial number of the load-cell board."`
	// Fixed makes a shelf that can't be tared.
	Fixed bool `aisle:"fixed" doc:"The shelf has no zero button."`
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"serial":"LC-1"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/shelf", Version: "0.1.0", Drivers: []sdk.Driver{shelf.Driver("fake", f.open)}}
}

func (f *Fake) open(_ context.Context, _ sdk.Env, c Config) (shelf.Shelf, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.line.Open(f.levels()...)
	if c.Fixed {
		return fixed{f}, nil
	}
	return tarer{fixed{f}}, nil
}

type fixed struct{ *Fake }

func (s fixed) Run(ctx context.Context, report func(observe.Weight)) error {
	return s.line.Run(ctx, report)
}

// tarer is a fixed shelf with a zero button.
type tarer struct{ fixed }

func (s tarer) Tare(_ context.Context, bay int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bay > s.bays {
		return fault.Errorf(fault.Invalid, "there is no bay %d", bay)
	}
	for b := 1; b <= s.bays; b++ {
		switch {
		case s.broken.tareNothing:
		case b == bay, s.broken.tareAll:
			s.zero[b] = s.load[b]
		}
	}
	s.line.Report(s.weight(bay))
	return nil
}

func (f *Fake) levels() (levels []observe.Weight) {
	for bay := 1; bay <= f.bays; bay++ {
		if !f.broken.noRestate && (bay == 1 || !f.broken.oneBay) {
			levels = append(levels, f.weight(bay))
		}
	}
	return levels
}

// uncertainty is the standard uncertainty of the fake's changes.
const uncertainty = measure.Gram

func (f *Fake) weight(bay int) observe.Weight {
	mass := f.load[bay] - f.zero[bay]
	if f.broken.clampsZero {
		mass = max(mass, 0)
	}
	return observe.Weight{Interval: observe.At(f.Now()), Bay: bay, Mass: mass, Deviation: uncertainty}
}

// Put changes what stands on a bay by a mass; negative to take.
func (f *Fake) Put(bay int, change measure.Mass) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load[bay] += change
	if f.broken.drifts {
		f.load[bay] += 5 * uncertainty
	}
	w := f.weight(bay)
	if f.broken.reportsChanges {
		w.Mass = change
	}
	if f.broken.mixesBays {
		w.Bay = 1
	}
	if f.broken.losesLast && change < 0 {
		return
	}
	f.line.Report(w)
}

// Measure has the shelf measure the temperature of its cells.
func (f *Fake) Measure(celsius float64) {
	name := "temperature_celsius"
	if f.broken.noUnit {
		name = "temperature"
	}
	f.gauges.Set(name, celsius, time.Now())
}

// Readings are what it measured last.
func (f *Fake) Readings() []sdk.Reading { return f.gauges.Readings() }

// Lose ends Run with err, as when a cable is pulled.
func (f *Fake) Lose(err error) { f.line.Lose(err) }

// Panic makes Run panic.
func (f *Fake) Panic() { f.line.Panic() }
