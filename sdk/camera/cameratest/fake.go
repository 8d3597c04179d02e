package cameratest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Fake is a camera without hardware: it sees bodies that a test puts before it.
// They outlive an opening, and their tracks do not, as after a restart of real
// tracking. Use NewFake.
type Fake struct {
	// Now is the device's clock.
	Now func() time.Time

	line classtest.Line[observe.Evidence]

	mu     sync.Mutex
	boot   int // part of every track's name, so that none is used again
	named  int
	bodies []body
	next   int
	broken broken
}

type body struct {
	id    int
	zone  string
	track observe.Track
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	noRestate, restatesGone, reusesTracks, reusesAfterRestart, renames, oneTrack, noEnd, wrongPhase, wrongPlace, swapsAction,
	overSure, noCandidates, losesTrack bool
}

// NewFake makes a camera that sees nobody, on the wall clock.
func NewFake() *Fake { return &Fake{Now: time.Now} }

// Config is the fake driver's configuration.
type Config struct {
	URL string `aisle:"url,required" doc:"Where the camera's stream is."`
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"url":"rtsp://192.0.2.9/1"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/camera", Version: "0.1.0", Drivers: []sdk.Driver{camera.Driver("fake", f.open)}}
}

func (f *Fake) open(context.Context, sdk.Env, Config) (camera.Camera, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boot++
	if f.broken.reusesAfterRestart {
		f.boot, f.named = 1, 0
	}
	for i := range f.bodies {
		if f.bodies[i].zone != "" {
			f.bodies[i].track = f.name()
		}
	}
	f.line.Open(f.tracks()...)
	return opened{f}, nil
}

type opened struct{ *Fake }

func (o opened) Run(ctx context.Context, report camera.Report) error {
	return o.line.Run(ctx, func(e observe.Evidence) {
		if p, ok := e.(observe.Presence); ok {
			report.Presence(p)
		}
		if i, ok := e.(observe.Interaction); ok {
			report.Interaction(i)
		}
	})
}

func (f *Fake) tracks() (tracks []observe.Evidence) {
	if f.broken.noRestate {
		return nil
	}
	for _, b := range f.bodies {
		if b.zone != "" || f.broken.restatesGone {
			tracks = append(tracks, f.presence(b, observe.PhasePresent))
		}
	}
	return tracks
}

func (f *Fake) name() observe.Track {
	f.named++
	if f.broken.oneTrack {
		return "b1-1"
	}
	return observe.Track(fmt.Sprintf("b%d-%d", f.boot, f.named))
}

func (f *Fake) presence(b body, p observe.Phase) observe.Presence {
	zone := b.zone
	if zone == "" {
		zone = "zone.gone"
	}
	return observe.Presence{Interval: observe.At(f.Now()), Track: b.track, Zone: zone, Phase: p}
}

// Enter is a body that comes into a zone. It gives the body's number.
func (f *Fake) Enter(zone string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	if f.broken.reusesTracks && len(f.live()) == 0 {
		f.named = 0
	}
	b := body{id: f.next, zone: zone, track: f.name()}
	f.bodies = append(f.bodies, b)
	phase := observe.PhaseBegan
	if f.broken.wrongPhase {
		phase = observe.PhasePresent
	}
	f.line.Report(f.presence(b, phase))
	return b.id
}

func (f *Fake) live() []body {
	return slices.DeleteFunc(slices.Clone(f.bodies), func(b body) bool { return b.zone == "" })
}

func (f *Fake) body(id int) *body {
	i := slices.IndexFunc(f.bodies, func(b body) bool { return b.id == id })
	if i < 0 {
		panic(fmt.Sprintf("there is no body %d", id))
	}
	return &f.bodies[i]
}

// Move is a body that goes to another zone.
func (f *Fake) Move(id int, zone string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.body(id)
	b.zone = zone
	if f.broken.renames {
		b.track = f.name()
	}
	f.line.Report(f.presence(*b, observe.PhasePresent))
}

// Leave is a body that goes out of sight for good.
func (f *Fake) Leave(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.body(id)
	if !f.broken.noEnd {
		f.line.Report(f.presence(*b, observe.PhaseEnded))
	}
	b.zone = ""
}

// Reach is a hand at a place that takes or puts an item.
func (f *Fake) Reach(id int, place string, a observe.Action, item gs1.GTIN) {
	f.mu.Lock()
	defer f.mu.Unlock()
	const handTime = 400 * time.Millisecond
	now := f.Now()
	i := observe.Interaction{
		Interval: observe.Between(now.Add(-handTime), now), Track: f.body(id).track, At: place, Action: a,
		Confidence: measure.Certain, Quantity: 1,
		Candidates: []observe.Candidate{{GTIN: item, Probability: measure.Certain}},
	}
	switch b := f.broken; {
	case b.wrongPlace:
		i.At = "shelf.elsewhere"
	case b.swapsAction:
		i.Action = observe.ActionTake + observe.ActionPut - a
	case b.overSure:
		i.Candidates = append(i.Candidates, observe.Candidate{GTIN: item, Probability: measure.Certain})
	case b.noCandidates:
		i.Candidates = nil
	case b.losesTrack:
		i.Track = ""
	}
	f.line.Report(i)
}

// Lose ends Run with err, as when a cable is pulled.
func (f *Fake) Lose(err error) { f.line.Lose(err) }

// Panic makes Run panic.
func (f *Fake) Panic() { f.line.Panic() }
