package platform

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// source is where a scale's readings come from. Close ends a Read under way.
type source interface {
	Read() (dialect.Reading, error)
	Name() string
	Close() error
}

// lostAfter is how many readings in a row may fail: one may meet a scale that is
// zeroing, two a cable that is pushed in again.
const lostAfter = 3

// Scale is one scale. It is a shelf with bay 1.
type Scale struct {
	source source
	poll   time.Duration

	reading sync.Mutex // one question at a time
	filter  *signal.Indicator

	mu        sync.Mutex
	condition sdk.Condition
}

// New gives the scale of a source, read each poll; with a poll of zero it is the
// source that waits.
func New(src source, filter *signal.Indicator, poll time.Duration) *Scale {
	return &Scale{source: src, poll: poll, filter: filter, condition: sdk.Condition{State: sdk.StateReady}}
}

// Run reads the weight until ctx ends or the scale is lost.
func (s *Scale) Run(ctx context.Context, report func(observe.Weight)) error {
	defer context.AfterFunc(ctx, func() { _ = s.source.Close() })()
	defer func() { _ = s.source.Close() }()
	for bad := 0; ; {
		err := s.look(report)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			bad = 0
		case !passing(err), bad+1 >= lostAfter:
			return s.lost(err)
		default:
			bad++
		}
		if s.poll == 0 {
			continue
		}
		select {
		case <-time.After(s.poll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// passing says that an error may be over at the next reading. A scale that was
// restarted may have another zero: it is opened again, and what was taken
// meanwhile is in doubt.
func passing(err error) bool {
	return errors.Is(err, link.ErrSilent) || errors.Is(err, link.ErrGarbled) || errors.Is(err, dialect.ErrMalformed) || errors.Is(err, dialect.ErrRefused)
}

func (s *Scale) lost(err error) error {
	return fault.Wrap(fault.Unavailable, "read the scale at "+s.source.Name(), err)
}

// look reads once and reports what follows.
func (s *Scale) look(report func(observe.Weight)) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	r, err := s.source.Read()
	if err != nil {
		return err
	}
	s.note(r)
	// What it says no weight of does not stand.
	shown := signal.Reading{Grams: r.Grams, Moving: r.Moving || r.Trouble != ""}
	if l, ok := s.filter.Read(time.Now(), shown); ok {
		report(observe.Weight{Bay: 1, Interval: observe.Between(l.Onset, l.Settled), Mass: l.Mass, Deviation: l.Deviation})
	}
	return nil
}

// note keeps how the scale is.
func (s *Scale) note(r dialect.Reading) {
	c := sdk.Condition{State: sdk.StateReady}
	if r.Trouble != "" {
		c = sdk.Condition{State: sdk.StateDegraded, Cause: "the scale says that " + r.Trouble}
	}
	s.mu.Lock()
	s.condition = c
	s.mu.Unlock()
}

// Condition says why there is no weight where there is none.
func (s *Scale) Condition() sdk.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.condition
}

// tarer is a scale that can be told to make its load the zero.
type tarer struct {
	*Scale
	asker  *asker
	speaks dialect.Tarer
}

var _ shelf.Tarer = (*tarer)(nil)

// Tare makes the present load the zero. What the scale says next is a new level,
// and nothing was taken.
func (t *tarer) Tare(_ context.Context, bay int) error {
	if bay != 1 {
		return fault.Errorf(fault.Invalid, "bay %d: a scale has bay 1", bay)
	}
	t.reading.Lock()
	defer t.reading.Unlock()
	err, silent := t.asker.tare(t.speaks)
	switch {
	case silent != nil:
		return fault.Wrap(fault.Unknown, "tare", silent)
	case errors.Is(err, dialect.ErrRefused):
		return fault.Wrap(fault.Refused, "tare", err)
	case err != nil:
		return fault.Wrap(fault.Unknown, "tare", err)
	}
	t.filter.Forget()
	return nil
}
