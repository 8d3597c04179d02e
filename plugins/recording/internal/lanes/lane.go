package lanes

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/play"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid"
	"github.com/openaisle/aisle/sdk/signal"
)

// Lane is one recorded reader.
type Lane struct {
	config Config
	reads  []signal.Read
	pace   play.Pace
	ended  atomic.Bool
}

// Open reads the recording. It starts nothing.
func Open(_ context.Context, env sdk.Env, c Config) (rfid.Reader, error) {
	p := c.pace()
	p.Name, p.Link = env.Address, env.Link
	if err := p.Check(); err != nil {
		return nil, err
	}
	if _, err := c.filter(); err != nil {
		return nil, err
	}
	reads, err := read(c)
	if err != nil {
		return nil, err
	}
	return &Lane{config: c, reads: reads, pace: p}, nil
}

// Run plays the recording.
func (l *Lane) Run(ctx context.Context, report func(observe.Tag)) error {
	filter, err := l.config.filter()
	if err != nil {
		return err
	}
	return l.pace.Run(ctx, &watched{lane: l, source: newSource(l.reads, filter, l.config, report)})
}

// Identity says what it is.
func (l *Lane) Identity() sdk.Identity {
	return sdk.Identity{Model: "recording " + filepath.Base(l.config.File)}
}

// Condition says that the recording has ended.
func (l *Lane) Condition() sdk.Condition {
	c := sdk.Condition{State: sdk.StateReady}
	if l.ended.Load() {
		c.Cause = "recording ended"
	}
	return c
}

// watched notes when there is no more.
type watched struct {
	*source
	lane *Lane
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

func (w *watched) look() {
	_, more := w.Next()
	w.lane.ended.Store(!more)
}
