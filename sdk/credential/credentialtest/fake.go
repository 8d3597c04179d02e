package credentialtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Fake is a reader without hardware. Use NewFake.
type Fake struct {
	// Now is the device's clock.
	Now func() time.Time

	line classtest.Line[observe.Credential]

	mu     sync.Mutex
	taken  int
	broken broken
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	twice, freshTokens, onePerson, cardNumber, leaksSecret, wrongMethod, noQuality, dropsBodies, clockBack bool
}

// NewFake makes a reader on the wall clock.
func NewFake() *Fake { return &Fake{Now: time.Now} }

// Config is the fake driver's configuration.
type Config struct {
	Port string `aisle:"port,required" doc:"Where the reader is connected."`
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"port":"usb0"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/reader", Version: "0.1.0", Drivers: []sdk.Driver{credential.Driver("fake", f.open)}}
}

func (f *Fake) open(_ context.Context, _ sdk.Env, c Config) (credential.Reader, error) {
	if c.Port == "" {
		return nil, fault.At("port", fault.New(fault.Invalid, "is empty"))
	}
	f.line.Open()
	return reader{f}, nil
}

type reader struct{ *Fake }

func (r reader) Run(ctx context.Context, report func(observe.Credential)) error {
	return r.line.Run(ctx, report)
}

// tokenFor is the opaque token of a secret card number, as a tokenising reader
// makes it.
func tokenFor(number string) string {
	var h uint64 = 14695981039346656037 // FNV-1a: a fake's token needs no more
	for _, b := range []byte(number) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return fmt.Sprintf("tok_%016x", h)
}

// Present is a card with this number held to the reader, for a number of
// bodies; 0 leaves it to the host.
func (f *Fake) Present(number string, bodies int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken++
	c := observe.Credential{
		Interval: observe.At(f.Now()), Token: tokenFor(number), Method: observe.MethodCard, Quality: measure.Certain, Bodies: bodies,
	}
	switch b := f.broken; {
	case b.freshTokens:
		c.Token = fmt.Sprintf("tok_%d", f.taken)
	case b.onePerson:
		c.Token = "tok_everybody"
	case b.cardNumber:
		c.Token = number
	case b.leaksSecret:
		c.Token += "_" + number
	case b.wrongMethod:
		c.Method = observe.MethodPalm
	case b.noQuality:
		c.Quality = 0
	case b.dropsBodies:
		c.Bodies = 0
	case b.clockBack:
		c.Interval = observe.At(f.Now().Add(-time.Duration(f.taken) * time.Hour))
	}
	f.line.Report(c)
	if f.broken.twice {
		f.line.Report(c)
	}
}

// Lose ends Run with err, as when a cable is pulled.
func (f *Fake) Lose(err error) { f.line.Lose(err) }

// Panic makes Run panic.
func (f *Fake) Panic() { f.line.Panic() }
