// Package hx711 reads a load cell through an Avia HX711, a converter of 24 bits on a
// clock line and a data line. Chip is the chip on any two lines; Driver makes a weight
// shelf of one chip a bay.
//
// The clock's pulses must be shorter than 60 µs, or the chip powers itself down, and
// nothing on Linux promises that. So each pulse is timed, and a reading with a long one
// is thrown away, together with the conversions that the chip needs to settle again.
package hx711

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
)

// Pins are the chip's two lines. One goroutine calls them.
type Pins interface {
	// Clock sets PD_SCK.
	Clock(high bool) error
	// Data gives DOUT.
	Data() (high bool, err error)
	Close() error
}

// Times of the data sheet.
const (
	// maxPulse is how long the clock may be high.
	maxPulse = 60 * time.Microsecond
	// powerDown is how long it is high to power the chip down for certain.
	powerDown = time.Millisecond
	// settling is how many conversions its filter takes to settle after a reset, or
	// after its input was changed: 400 ms at 10 a second, 50 ms at 80.
	settling = 4
)

// poll is how often the data line is looked at while a conversion is due.
const poll = time.Millisecond

// late is what a conversion may take beyond several of its periods.
const late = 200 * time.Millisecond

// inputs are how many pulses after the 24 of a number select an input for the next.
var inputs = map[string]int{"A128": 1, "B32": 2, "A64": 3}

// Chip is a chip that converts.
type Chip struct {
	pins   Pins
	pulses int // after the 24
	period time.Duration
	skip   int // conversions that are not settled yet

	now  func() time.Time
	wait func(context.Context, time.Duration) error
}

// Start resets a chip, which then measures at an input: A128, A64 or B32, which are
// channel and gain. Rate is what its RATE pin is wired for, 10 or 80 a second.
func Start(ctx context.Context, pins Pins, input string, rate int) (*Chip, error) {
	c := &Chip{pins: pins, pulses: inputs[input], period: time.Second / time.Duration(rate), now: time.Now, wait: cells.Wait}
	return c, c.reset(ctx)
}

func (c *Chip) reset(ctx context.Context) error {
	if err := c.pins.Clock(true); err != nil {
		return fmt.Errorf("reset it: %w", err)
	}
	if err := c.wait(ctx, powerDown); err != nil {
		return err
	}
	if err := c.pins.Clock(false); err != nil {
		return fmt.Errorf("reset it: %w", err)
	}
	// The first conversion is of A128, and its reading selects the input.
	c.skip = settling + 1
	return nil
}

// Sample waits for the next conversion (cells.Converter). One that can't be trusted, or
// does not come, is a Miss, after which the chip is reset: whether it powered down, and
// which of its bits comes next, nobody knows then.
func (c *Chip) Sample(ctx context.Context) (int32, error) {
	for {
		v, err := c.sample(ctx)
		var miss *cells.Miss
		if errors.As(err, &miss) {
			if err := c.reset(ctx); err != nil {
				return 0, err
			}
		}
		if err != nil {
			return 0, err
		}
		if c.skip == 0 {
			return v, nil
		}
		c.skip--
	}
}

func (c *Chip) sample(ctx context.Context) (int32, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	v, err := c.shift()
	if err == nil && c.skip == 0 && doubtful(v) {
		err = &cells.Miss{Why: fmt.Sprintf("it says %#06x, as a chip does that powers down in mid-number", uint32(v)&0xFFFFFF)} //nolint:gosec // the bits are meant
	}
	return v, err
}

// ready waits until the data line says that a conversion is there, by going low.
func (c *Chip) ready(ctx context.Context) error {
	if err := c.wait(ctx, c.period*4/5); err != nil { // it can't be there before
		return err
	}
	for range (3*c.period + late) / poll {
		high, err := c.pins.Data()
		if err != nil {
			return fmt.Errorf("read the data line: %w", err)
		}
		if !high {
			return nil
		}
		if err := c.wait(ctx, poll); err != nil {
			return err
		}
	}
	return &cells.Miss{Why: "its data line stays high: is it powered, and is the line the right one?"}
}

// shift clocks a number out, and selects the input of the next.
func (c *Chip) shift() (int32, error) {
	var word uint32
	var longest time.Duration
	begun := c.now()
	for n := range 24 + c.pulses {
		pulse, err := c.pulse()
		if err != nil {
			return 0, fmt.Errorf("clock it: %w", err)
		}
		longest = max(longest, pulse)
		if n >= 24 {
			continue
		}
		high, err := c.pins.Data()
		if err != nil {
			return 0, fmt.Errorf("read the data line: %w", err)
		}
		word <<= 1
		if high {
			word |= 1
		}
	}
	if longest >= maxPulse {
		return 0, &cells.Miss{Why: fmt.Sprintf("a clock pulse took %v, and after %v the chip powers down: the machine is too busy for it", longest.Round(time.Microsecond), maxPulse)}
	}
	// A number that takes so long may meet the next one half-way.
	if took := c.now().Sub(begun); took >= c.period/2 {
		return 0, &cells.Miss{Why: fmt.Sprintf("a number took %v to read: the machine is too busy for it", took.Round(time.Millisecond))}
	}
	// After the pulse that follows a number the line is high until the next
	// conversion, which is not yet.
	if high, err := c.pins.Data(); err != nil {
		return 0, fmt.Errorf("read the data line: %w", err)
	} else if !high {
		return 0, &cells.Miss{Why: "its data line stays low: is it powered, and are clock and data the right lines?"}
	}
	return cells.Signed(word), nil
}

// doubtful says whether a number looks as if the chip had lost its clock: all of its
// bits, or all after some zeros, are ones, for that is what the line shows then. The
// greatest of those is what the chip says beyond its range. Of true ones so few are
// caught that they are not missed.
func doubtful(v int32) bool {
	return v == -1 || v > 0 && v != cells.MaxRaw && bits.OnesCount32(uint32(v)+1) == 1
}

// pulse gives one, and how long it was at the most.
func (c *Chip) pulse() (time.Duration, error) {
	begun := c.now()
	if err := c.pins.Clock(true); err != nil {
		return 0, err
	}
	err := c.pins.Clock(false)
	return c.now().Sub(begun), err
}

// Close powers the chip down and lets the lines go.
func (c *Chip) Close() error {
	_ = c.pins.Clock(true) // that the lines are gone may be why
	return c.pins.Close()
}
