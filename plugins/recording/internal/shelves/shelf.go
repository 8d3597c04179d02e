package shelves

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/play"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Shelf is one recorded shelf.
type Shelf struct {
	rec   recording
	pace  play.Pace
	name  string
	least measure.Mass

	mu        sync.Mutex
	condition sdk.Condition
}

// Open reads the recording. It starts nothing.
func Open(_ context.Context, env sdk.Env, c Config) (shelf.Shelf, error) {
	p := c.pace()
	p.Name, p.Link = env.Address, env.Link
	if err := p.Check(); err != nil {
		return nil, err
	}
	rec, err := read(c)
	if err != nil {
		return nil, err
	}
	s := &Shelf{rec: rec, pace: p, name: filepath.Base(c.File), least: c.MinChange, condition: sdk.Condition{State: sdk.StateReady}}
	if _, err := newSource(rec, c.MinChange, nil); err != nil {
		return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
	}
	return s, nil
}

// Run plays the recording.
func (s *Shelf) Run(ctx context.Context, report func(observe.Weight)) error {
	src, err := newSource(s.rec, s.least, report)
	if err != nil {
		return err
	}
	return s.pace.Run(ctx, &watched{source: src, shelf: s})
}

// Identity says what it is.
func (s *Shelf) Identity() sdk.Identity { return sdk.Identity{Model: "recording " + s.name} }

// Condition says that the recording has ended, or that a bay's samples can't be
// believed.
func (s *Shelf) Condition() sdk.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.condition
}

// watched keeps the shelf's condition while its source is played.
type watched struct {
	*source
	shelf *Shelf
}

func (w *watched) Play(to time.Time) int {
	n := w.source.Play(to)
	w.look()
	return n
}

func (w *watched) Skip(to time.Time) int {
	n := w.source.Skip(to)
	w.look()
	return n
}

// look sees how the shelf is. At its end a recording goes on to be ready: what
// stood on the shelf stands there.
func (w *watched) look() {
	c := sdk.Condition{State: sdk.StateReady}
	if _, more := w.Next(); !more {
		c.Cause = ended
	}
	for i, b := range w.bays {
		if f := b.Fault(); f != signal.NoFault {
			c = sdk.Condition{State: sdk.StateDegraded, Cause: fmt.Sprintf("bay %d: its samples are %v", i+1, f)}
		}
	}
	w.shelf.mu.Lock()
	w.shelf.condition = c
	w.shelf.mu.Unlock()
}

// ended is the cause that a recorded device gives when there is no more.
const ended = "recording ended"
