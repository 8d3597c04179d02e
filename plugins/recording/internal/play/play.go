// Package play plays a recording at a pace: that of a world's clock, real time,
// or as fast as the host takes it.
//
// The device's clock is the recording's own: evidence speaks of the times that
// the recording says, and the offset that travels with it says how far that is
// from the host's clock. It starts no goroutine and knows no samples; drivers
// give it a Source.
package play

import (
	"context"
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/worldclock"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// The paces of a recording without a clock.
const (
	Real = "real"
	Max  = "max"
)

// flushEvery is how many reports at full pace go out before the journal must
// have them, far below what the SDK keeps for a host that is slow.
const flushEvery = 64

// Source is a recording that is being played. Times are the recording's own.
type Source interface {
	// Bounds are the times of its first and last sample.
	Bounds() (first, last time.Time)
	// Next is when there is more to play, and whether there is.
	Next() (time.Time, bool)
	// Play plays all up to and with an instant and gives the number of reports.
	Play(to time.Time) int
	// Skip passes over all up to an instant that is gone already, and reports
	// the levels that stand then. It gives the number of reports.
	Skip(to time.Time) int
}

// Pace says how to play.
type Pace struct {
	// Clock is the address of a world; empty for none.
	Clock string
	// Name is what this player is called there.
	Name string
	// Start is when the first sample is played, after the world began or,
	// without one, after the device was opened.
	Start time.Duration
	// Pace is Real or Max, for a player without a clock.
	Pace string
	Link sdk.Link
}

// Check says what is wrong with the attributes clock and start.
func (p Pace) Check() error {
	if p.Clock == "" {
		return nil
	}
	return fault.At("clock", worldclock.Check(p.Clock))
}

// Run plays until ctx ends, and waits there at the end of the recording.
func (p Pace) Run(ctx context.Context, s Source) error {
	switch {
	case p.Clock != "":
		return p.follow(ctx, s)
	case p.Pace == Max:
		return p.rush(ctx, s)
	default:
		return p.walk(ctx, s)
	}
}

// follow plays on a world's clock, whose time waits for the next sample. What
// was reported at an instant is in the journal before the poll is answered, and
// the answer asks to be polled again at the same instant: the host may have
// answered already, and has more to wait for now.
func (p Pace) follow(ctx context.Context, s Source) error {
	c, err := worldclock.Join(ctx, p.Clock, p.Name)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost: every answer has been written
	first, _ := s.Bounds()
	offset := first.Sub(c.Began.Add(p.Start))
	p.Link.ClockOffset(offset)
	reported := s.Skip(c.Now.Add(offset))
	for {
		poll, err := c.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		reported += s.Play(c.Now.Add(offset))
		if poll == 0 {
			continue
		}
		var wake time.Time
		if reported > 0 {
			if err := p.Link.Flush(ctx); err != nil {
				return err
			}
			reported, wake = 0, c.Now
		} else if next, ok := s.Next(); ok {
			wake = next.Add(-offset)
		}
		if err := c.Answer(poll, wake); err != nil {
			return err
		}
	}
}

// walk plays in real time, from the beginning.
func (p Pace) walk(ctx context.Context, s Source) error {
	first, _ := s.Bounds()
	offset := first.Sub(time.Now().Add(p.Start))
	p.Link.ClockOffset(offset)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, ok := s.Next()
		if !ok {
			<-ctx.Done()
			return ctx.Err()
		}
		timer.Reset(time.Until(next.Add(-offset)))
		select {
		case <-timer.C:
			s.Play(time.Now().Add(offset))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// rush plays as fast as the host takes it, as if the recording had just ended,
// so that the host has nothing to wait for.
func (p Pace) rush(ctx context.Context, s Source) error {
	_, last := s.Bounds()
	p.Link.ClockOffset(time.Until(last))
	reported := 0
	for {
		next, ok := s.Next()
		if !ok {
			<-ctx.Done()
			return ctx.Err()
		}
		if reported += s.Play(next); reported >= flushEvery {
			if err := p.Link.Flush(ctx); err != nil {
				return err
			}
			reported = 0
		}
	}
}
