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

	mu      sync.Mutex
	taken   int
	shown   []credential.Reply
	learns  bool            // it is opened as a device that matches by itself
	strange map[string]bool // numbers that such a device does not know
	until   time.Time       // it learns whoever comes before that
	broken  broken
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	twice, freshTokens, onePerson, cardNumber, leaksSecret, wrongMethod, noQuality, dropsBodies, clockBack bool
	showsGranted, learnsNobody, forgetsNobody, forgetsOnce                                                 bool
}

// Stranger is a number that no device knows before it is enrolled.
const Stranger = "4000002500003155"

// NewFake makes a reader on the wall clock.
func NewFake() *Fake { return &Fake{Now: time.Now, strange: map[string]bool{Stranger: true}} }

// Config is the fake driver's configuration.
type Config struct {
	Port string `aisle:"port,required" doc:"Where the reader is connected."`
	// Learns makes a reader with a screen that matches by itself.
	Learns bool `aisle:"learns" doc:"The reader has a screen, and learns whom it recognises."`
}

// FakeConfig is a config block that opens the fake, and LearningConfig one that
// opens it with every optional ability.
const (
	FakeConfig     = `{"port":"usb0"}`
	LearningConfig = `{"port":"usb0","learns":true}`
)

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/reader", Version: "0.1.0", Drivers: []sdk.Driver{credential.Driver("fake", f.open)}}
}

func (f *Fake) open(_ context.Context, _ sdk.Env, c Config) (credential.Reader, error) {
	if c.Port == "" {
		return nil, fault.At("port", fault.New(fault.Invalid, "is empty"))
	}
	f.line.Open()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.learns = c.Learns; f.learns {
		return learner{reader{f}}, nil
	}
	return reader{f}, nil
}

type reader struct{ *Fake }

func (r reader) Run(ctx context.Context, report func(observe.Credential)) error {
	return r.line.Run(ctx, report)
}

// learner is a reader with a screen that matches by itself.
type learner struct{ reader }

func (l learner) Show(_ context.Context, r credential.Reply) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken.showsGranted {
		r.Verdict = credential.VerdictGranted
	}
	l.shown = append(l.shown, r)
	return nil
}

func (l learner) Enrol(_ context.Context, e credential.Enrolment) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.broken.learnsNobody {
		l.until = e.Expires
	}
	return nil
}

func (l learner) Forget(_ context.Context, token string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, number := range []string{Stranger, "4242424242424242", "5555555555554444"} {
		if tokenFor(number) != token || l.broken.forgetsNobody {
			continue
		}
		if l.strange[number] && l.broken.forgetsOnce {
			return fault.New(fault.Refused, "nobody is known by this")
		}
		l.strange[number] = true
	}
	return nil
}

// Shown is what was shown last; false for nothing.
func (f *Fake) Shown() (credential.Reply, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.shown) == 0 {
		return credential.Reply{}, false
	}
	return f.shown[len(f.shown)-1], true
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
	if f.learns && f.strange[number] {
		if !f.Now().Before(f.until) {
			return // it knows nobody like this
		}
		delete(f.strange, number)
		f.until = time.Time{}
	}
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
	if f.learns {
		c.Attributes = []string{observe.AttributeEnrolment + "=" + observe.EnrolmentNeeded}
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
