package cells

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Bay is one bay of a shelf that is to be opened.
type Bay struct {
	Scale Scale
	// Open opens its converter; it is called again when that is gone.
	Open func(ctx context.Context) (Converter, error)
}

// lostAfter is how many samples in a row may fail before a converter is gone: one may
// meet a disturbance on the wire, two a plug that is pushed in again.
const lostAfter = 3

// How long a bay may go without a conversion that is of use, until that is told, and
// until its converter is taken to be gone.
const (
	missing   = time.Second
	goneAfter = 5 * time.Second
)

// reopen is how long a bay waits before its converter is opened again.
const reopen = time.Second

// Open opens a shelf and all its converters. Errors are at the bay's attributes.
func Open(ctx context.Context, env sdk.Env, f Filter, bays []Bay) (shelf.Shelf, error) {
	s := &Shelf{tares: tares{masses: map[int]measure.Mass{}}}
	for n, b := range bays {
		if err := b.Scale.check(); err != nil {
			return nil, fault.At(fmt.Sprintf("bay[%d].grams", n), err)
		}
		filter, err := f.bay(b.Scale)
		if err != nil {
			return nil, err
		}
		s.bays = append(s.bays, &bay{Bay: b, number: n + 1, filter: filter})
	}
	if f.Tare != "" {
		var err error
		if s.tares, err = readTares(f.Tare, env.Address); err != nil {
			return nil, fault.At("tare", err)
		}
	}
	for n, b := range s.bays {
		c, err := b.Open(ctx)
		if err != nil {
			_ = s.Close()
			return nil, at(fmt.Sprintf("bay[%d]", n), err)
		}
		b.converter = c
	}
	if f.Tare != "" {
		return &tarer{Shelf: s}, nil
	}
	return s, nil
}

// at says which block is to blame, and keeps the attribute in it.
func at(block string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Path != "" {
		return fault.At(block+"."+e.Path, e.Err)
	}
	return fault.At(block, err)
}

// Shelf is a shelf of load cells.
type Shelf struct {
	bays []*bay

	mu     sync.Mutex // of all below, and of the bays' filters and troubles
	tares  tares
	report func(observe.Weight) // nil while Run does not
	gone   int                  // bays without a converter
}

// bay is one bay. What a goroutine of Run works with is its own; the rest is under the
// shelf's mutex.
type bay struct {
	Bay
	number    int
	converter Converter // nil when gone

	filter  *signal.Bay
	trouble string
}

// Run reports the settled levels of all bays (shelf.Shelf).
func (s *Shelf) Run(ctx context.Context, report func(observe.Weight)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s.mu.Lock()
	s.report = report
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.report = nil
		s.mu.Unlock()
	}()
	var all sync.WaitGroup
	for _, b := range s.bays {
		all.Go(func() { s.weigh(ctx, b, stop) })
	}
	all.Wait()
	return context.Cause(ctx)
}

// weigh reads one bay until ctx ends, which it does itself where no bay is left.
func (s *Shelf) weigh(ctx context.Context, b *bay, stop context.CancelCauseFunc) {
	for ctx.Err() == nil {
		err := s.read(ctx, b)
		_ = b.converter.Close()
		b.converter = nil
		if ctx.Err() != nil {
			return
		}
		if s.lose(b, err) == len(s.bays) {
			stop(fault.Wrap(fault.Unavailable, fmt.Sprintf("read bay %d", b.number), err))
			return
		}
		for b.converter == nil {
			if Wait(ctx, reopen) != nil {
				return
			}
			b.converter, err = b.Open(ctx)
			if err != nil {
				b.converter = nil
				s.says(b, err.Error())
			}
		}
		s.mu.Lock()
		s.gone--
		b.trouble = ""
		s.mu.Unlock()
	}
}

// lose notes that a bay's converter is gone, and gives how many are.
func (s *Shelf) lose(b *bay, err error) int {
	s.says(b, err.Error())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone++
	return s.gone
}

func (s *Shelf) says(b *bay, trouble string) {
	s.mu.Lock()
	b.trouble = trouble
	s.mu.Unlock()
}

// read takes a bay's samples until its converter is gone.
func (s *Shelf) read(ctx context.Context, b *bay) error {
	bad, last := 0, time.Now() // last is of a good sample
	for {
		raw, err := b.converter.Sample(ctx)
		var miss *Miss
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			bad, last = 0, time.Now()
			s.take(b, raw)
		case errors.As(err, &miss):
			silent := time.Since(last)
			if silent > goneAfter {
				return err
			}
			if silent > missing {
				s.says(b, miss.Why)
			}
		case errors.Is(err, ErrRestarted), bad+1 >= lostAfter:
			return err
		default:
			bad++
		}
	}
}

// take weighs a sample.
func (s *Shelf) take(b *bay, raw int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := b.filter.Sample(time.Now(), b.Scale.grams(raw))
	b.trouble = ""
	if f := b.filter.Fault(); f != signal.NoFault {
		b.trouble = fmt.Sprintf("its samples are %v: is the cell connected, and not overloaded?", f)
	}
	if ok {
		s.report(observe.Weight{
			Bay: b.number, Interval: observe.Between(l.Onset, l.Settled), Mass: l.Mass - s.tares.masses[b.number], Deviation: l.Deviation,
		})
	}
}

// Condition says which bays say nothing, and why.
func (s *Shelf) Condition() sdk.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.bays {
		if b.trouble != "" {
			return sdk.Condition{State: sdk.StateDegraded, Cause: fmt.Sprintf("bay %d: %s", b.number, b.trouble)}
		}
	}
	return sdk.Condition{State: sdk.StateReady}
}

// Close lets the converters go. Run has ended, or never began.
func (s *Shelf) Close() error {
	var errs []error
	for _, b := range s.bays {
		if b.converter != nil {
			errs = append(errs, b.converter.Close())
			b.converter = nil
		}
	}
	return errors.Join(errs...)
}

// Wait waits for a time, or until ctx ends.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
