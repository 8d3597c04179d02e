package rfidtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid"
)

// Fake is a reader of one antenna without hardware. The tags before it outlive
// an opening. Use NewFake.
type Fake struct {
	// Now is the device's clock.
	Now func() time.Time

	line classtest.Line[observe.Tag]

	mu     sync.Mutex
	view   []string // EPCs of the tags in view, oldest first
	broken broken
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	noRestate, ghosts, sameProduct, swapsDirection, mislabels, noAntenna, noReads, unsure, slow, takesAll bool
}

// NewFake makes a reader with nothing in view, on the wall clock.
func NewFake() *Fake { return &Fake{Now: time.Now} }

// Config is the fake driver's configuration.
type Config struct {
	Addr string `aisle:"addr,required" doc:"Host and port of the reader's LLRP service."`
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"addr":"192.0.2.7:5084"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/rfid", Version: "0.1.0", Drivers: []sdk.Driver{rfid.Driver("fake", f.open)}}
}

func (f *Fake) open(context.Context, sdk.Env, Config) (rfid.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.line.Open(f.levels()...)
	return reader{f}, nil
}

type reader struct{ *Fake }

func (r reader) Run(ctx context.Context, report func(observe.Tag)) error {
	return r.line.Run(ctx, report)
}

func (f *Fake) levels() (tags []observe.Tag) {
	if f.broken.noRestate {
		return nil
	}
	for _, epc := range f.view {
		tags = append(tags, f.tag(epc, observe.DirectionUnknown))
	}
	return tags
}

func (f *Fake) tag(epc string, d observe.Direction) observe.Tag {
	const typical = -55_00 // centi-dBm, a tag at arm's length
	t := observe.Tag{
		Interval: observe.At(f.Now()), EPC: epc, Antenna: 1, Power: measure.Power(typical), Reads: 3, Direction: d,
	}
	if d != observe.DirectionUnknown {
		t.Confidence = measure.Certain
	}
	switch b := f.broken; {
	case b.sameProduct && len(epc) > 4:
		t.EPC = epc[:len(epc)-4] + "0000"
	case b.swapsDirection && d != observe.DirectionUnknown:
		t.Direction = observe.DirectionIn + observe.DirectionOut - d
	case b.mislabels:
		t.EPC = "30" + epc[2:]
	case b.noAntenna:
		t.Antenna = 0
	case b.noReads:
		t.Reads = 0
	case b.unsure:
		t.Confidence = 0
	}
	return t
}

// Enter puts a tag before the antenna.
func (f *Fake) Enter(epc string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(f.view, epc) || !f.broken.takesAll && !gs1.EPC(epc).Valid() {
		return
	}
	f.view = append(f.view, epc)
	if f.broken.slow && len(f.view) > 32 {
		return
	}
	f.line.Report(f.tag(epc, observe.DirectionUnknown))
}

// Leave takes a tag away.
func (f *Fake) Leave(epc string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.broken.ghosts {
		f.view = slices.DeleteFunc(f.view, func(e string) bool { return e == epc })
	}
}

// Through carries a tag through the lane.
func (f *Fake) Through(epc string, d observe.Direction) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.line.Report(f.tag(epc, d))
}

// Lose ends Run with err, as when a cable is pulled.
func (f *Fake) Lose(err error) { f.line.Lose(err) }

// Panic makes Run panic.
func (f *Fake) Panic() { f.line.Panic() }
