package shelftest

import (
	"net/rpc"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
)

const bays = 3

func TestMain(m *testing.M) {
	fake := NewFake(bays)
	if classtest.ServeFake(fake.Plugin(), &Control{fake}) {
		return
	}
	goleak.VerifyTestMain(m)
}

// Control is the fake's door for tests when it runs in a process of its own.
type Control struct{ fake *Fake }

// Change is what a hand does to a bay.
type Change struct {
	Bay  int
	Mass measure.Mass
}

// Put is Fake.Put.
func (c *Control) Put(x Change, _ *struct{}) error { c.fake.Put(x.Bay, x.Mass); return nil }

// Measure is Fake.Measure.
func (c *Control) Measure(celsius float64, _ *struct{}) error { c.fake.Measure(celsius); return nil }

func inProcess(breach broken) Harness {
	var fake *Fake
	return Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			fake = NewFake(bays)
			fake.broken = breach
			return classtest.InProcess(t, fake.Plugin())
		}, Measure: func(testing.TB) { fake.Measure(-4.5) }},
		Bays: bays, Item: 345 * measure.Gram, Tolerance: measure.Gram,
		Put: func(_ testing.TB, bay int, change measure.Mass) { fake.Put(bay, change) },
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func TestFakeWithoutTareConforms(t *testing.T) {
	h := inProcess(broken{})
	h.Config = `{"serial":"LC-1","fixed":true}`
	Run(t, h)
}

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	h := inProcess(broken{})
	h.Start = func(t testing.TB) (p *host.Plugin) {
		p, control = classtest.StartFake(t)
		return p
	}
	h.Measure = func(t testing.TB) {
		if err := control.Call("Control.Measure", 4.5, &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	h.Put = func(t testing.TB, bay int, change measure.Mass) {
		if err := control.Call("Control.Put", Change{bay, change}, &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	classtest.Run(t, classtest.Some(Cases(h)))
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"noRestate":      {broken{noRestate: true}, "every bay is stated when the shelf opens"},
		"noUnit":         {broken{noUnit: true}, "readings hold their bounds, and the newest wins"},
		"oneBay":         {broken{oneBay: true}, "every bay is stated when the shelf opens"},
		"reportsChanges": {broken{reportsChanges: true}, "a level is absolute"},
		"mixesBays":      {broken{mixesBays: true}, "bays are kept apart"},
		"drifts":         {broken{drifts: true}, "a level after many small changes is right"},
		"losesLast":      {broken{losesLast: true}, "a level returns when the item does"},
		"tareAll":        {broken{tareAll: true}, "tare makes the present mass zero and leaves other bays alone"},
		"tareNothing":    {broken{tareNothing: true}, "tare makes the present mass zero and leaves other bays alone"},
		"clampsZero":     {broken{clampsZero: true}, "below a new zero a level is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}
