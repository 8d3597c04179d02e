package gatetest

import (
	"context"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

// Fake is a gate of one lane without hardware. Its leaves to enter outlive an
// opening, as those of a real controller do. Use NewFake.
type Fake struct {
	// Now is the host's clock.
	Now func() time.Time

	line classtest.Line[observe.Passage]

	mu      sync.Mutex
	leaves  []leave
	known   map[string]bool
	answers []error // of the next Admits
	broken  broken
}

// leave is how many bodies may still pass for a session.
type leave struct {
	session string
	bodies  int
	expires time.Time
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	forgets, overAdmits, ignoresExpiry, locksExit, dropsAdmission, oncePerParty, wrongWay, shares bool
}

// NewFake makes a closed gate on the wall clock.
func NewFake() *Fake { return &Fake{Now: time.Now, known: map[string]bool{}} }

// Config is the fake driver's configuration.
type Config struct {
	Lane string `aisle:"lane,required" doc:"The lane's name on its controller."`
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"lane":"1"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/gate", Version: "0.1.0", Drivers: []sdk.Driver{gate.Driver("fake", f.open)}}
}

func (f *Fake) open(context.Context, sdk.Env, Config) (gate.Gate, error) {
	f.line.Open()
	return &opened{f}, nil
}

type opened struct{ *Fake }

func (o *opened) Run(ctx context.Context, report func(observe.Passage)) error {
	return o.line.Run(ctx, report)
}

func (o *opened) Admit(_ context.Context, a gate.Admission) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.answers) > 0 {
		err := o.answers[0]
		if o.answers = o.answers[1:]; err != nil {
			return err
		}
	}
	if !a.Expires.After(o.Now()) && !o.broken.ignoresExpiry {
		return fault.New(fault.Refused, "the admission has expired")
	}
	if o.known[a.Session] && !o.broken.forgets {
		return nil
	}
	o.known[a.Session] = true
	bodies := a.Bodies
	if o.broken.overAdmits {
		bodies++
	}
	if o.broken.oncePerParty {
		bodies = 1
	}
	o.leaves = append(o.leaves, leave{a.Session, bodies, a.Expires})
	return nil
}

// Pass is a body that walks up to the lane. It says whether the lane let it
// through. The way out is always free.
func (f *Fake) Pass(d observe.Direction) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := observe.Passage{Interval: observe.At(f.Now()), Direction: d}
	if d == observe.DirectionOut {
		if f.broken.locksExit {
			return false
		}
		f.line.Report(p)
		return true
	}
	for i := range f.leaves {
		l := &f.leaves[i]
		if l.bodies > 0 && (l.expires.After(f.Now()) || f.broken.ignoresExpiry) {
			l.bodies--
			p.Admission = l.session
			if f.broken.dropsAdmission {
				p.Admission = ""
			}
			if f.broken.shares {
				p.Admission = f.leaves[0].session
			}
			if f.broken.wrongWay {
				p.Direction = observe.DirectionOut
			}
			f.line.Report(p)
			return true
		}
	}
	return false
}

// Answer gives the errors that the next Admits answer with, nil for one that
// works. An error means that nothing was admitted.
func (f *Fake) Answer(errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers = append(f.answers, errs...)
}

// Lose ends Run with err, as when a cable is pulled.
func (f *Fake) Lose(err error) { f.line.Lose(err) }

// Panic makes Run panic.
func (f *Fake) Panic() { f.line.Panic() }
