package nau7802

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/sdk/fault"
)

// Bus is an I2C bus (periph's i2c.Bus is one).
type Bus interface {
	// Tx writes w to the device at an address, and reads r after a repeated start.
	Tx(addr uint16, w, r []byte) error
}

// Options are how a chip is set up.
type Options struct {
	Gain    int    // 1 to 128, a power of two
	Rate    int    // conversions a second: 10, 20, 40, 80 or 320
	Channel int    // 1 or 2
	Supply  string // of the cell: "3.3V", or "external"
}

// Chip is a chip that converts.
type Chip struct {
	bus  Bus
	opt  Options
	skip int // conversions that are not settled yet
	wait func(context.Context, time.Duration) error
}

const (
	// readyWithin is how long the chip takes to be powered up; the data sheet says
	// 200 µs.
	readyWithin = 100 * time.Millisecond
	// calibratedWithin is how long it takes to calibrate its offset: some 344 ms at
	// 10 conversions a second, less at more.
	calibratedWithin = time.Second
	// settling is how many conversions its filter takes to settle.
	settling = 4
	// poll is how often it is asked while it does something.
	poll = time.Millisecond
	// late is what a conversion may take beyond several of its periods.
	late = 200 * time.Millisecond
)

// What Start says of what it finds. Both are of code unavailable.
var (
	errAbsent = errors.New("no NAU7802 answers at 0x2a: is it powered, and are SDA and SCL the right way round?")
	errOther  = errors.New("what answers at 0x2a is no NAU7802")
)

// Start resets, sets up and calibrates the chip on a bus. It takes up to a second.
func Start(ctx context.Context, bus Bus, o Options) (*Chip, error) {
	c := &Chip{bus: bus, opt: o, wait: cells.Wait}
	return c, c.start(ctx)
}

func (c *Chip) start(ctx context.Context) error {
	if err := c.write(regPower, powerReset); err != nil {
		return fault.Wrap(fault.Unavailable, "reset it", fmt.Errorf("%w (%w)", errAbsent, err))
	}
	if err := c.write(regPower, powerDigital); err != nil {
		return fault.Wrap(fault.Unavailable, "power it up", err)
	}
	if err := c.until(ctx, regPower, powerReady, powerReady, readyWithin); err != nil {
		return fault.Wrap(fault.Unavailable, "power it up", err)
	}
	switch r, err := c.read(regRevision); {
	case err != nil:
		return fault.Wrap(fault.Unavailable, "ask for its revision", err)
	case r&revision != revision:
		return fault.Wrap(fault.Unavailable, "ask for its revision", fmt.Errorf("%w (revision %#02x)", errOther, r))
	}
	if err := c.configure(); err != nil {
		return fault.Wrap(fault.Unavailable, "set it up", err)
	}
	if err := c.calibrate(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, "calibrate its offset", err)
	}
	if err := c.write(regPower, c.power()|powerCycle); err != nil {
		return fault.Wrap(fault.Unavailable, "start its conversions", err)
	}
	c.skip = settling
	return nil
}

// power are the bits of PU_CTRL that the chip runs with.
func (c *Chip) power() byte {
	if _, ok := supplies[c.opt.Supply]; ok {
		return powerDigital | powerAnalog | powerRegulator
	}
	return powerDigital | powerAnalog
}

// control2 is what CTRL2 holds.
func (c *Chip) control2() byte {
	b := rates[c.opt.Rate] << 4
	if c.opt.Channel == 2 {
		b |= control2Channel
	}
	return b
}

// configure sets what a reset has cleared, and looks that it came over.
func (c *Chip) configure() error {
	gain := byte(slices.Index(gains, c.opt.Gain))
	set := []struct{ reg, value byte }{
		{regPower, c.power()},
		{regControl1, supplies[c.opt.Supply]<<3 | gain},
		{regControl2, c.control2()},
		// Section 9.1: the chopper of the converter is left off.
		{regADC, adcChopperOff},
	}
	if c.opt.Channel == 1 {
		// The capacitor that boards have at the second input's pins keeps the
		// first one quiet.
		set = append(set, struct{ reg, value byte }{regPGAPower, pgaCapacitor})
	}
	for _, s := range set {
		if err := c.write(s.reg, s.value); err != nil {
			return err
		}
	}
	for _, s := range set[1:3] {
		if got, err := c.read(s.reg); err != nil || got != s.value {
			return errors.Join(err, fmt.Errorf("register %#02x holds %#02x, and %#02x was written: is the bus disturbed?", s.reg, got, s.value))
		}
	}
	return nil
}

// calibrate has the chip measure its own offset, with its inputs shorted inside.
func (c *Chip) calibrate(ctx context.Context) error {
	if err := c.write(regControl2, c.control2()|control2Cal); err != nil {
		return err
	}
	if err := c.until(ctx, regControl2, control2Cal, 0, calibratedWithin); err != nil {
		return err
	}
	b, err := c.read(regControl2)
	if err == nil && b&control2CalErr != 0 {
		err = errors.New("the chip says that it failed: is the cell's supply short-circuited?")
	}
	return err
}

// until waits until some bits of a register have a value.
func (c *Chip) until(ctx context.Context, reg, mask, value byte, within time.Duration) error {
	for range within / poll {
		b, err := c.read(reg)
		if err != nil {
			return err
		}
		if b&mask == value {
			return nil
		}
		if err := c.wait(ctx, poll); err != nil {
			return err
		}
	}
	return fmt.Errorf("it is not done within %v", within)
}

// Sample waits for the next conversion (cells.Converter). One that does not come is a
// Miss.
func (c *Chip) Sample(ctx context.Context) (int32, error) {
	period := time.Second / time.Duration(c.opt.Rate)
	step := max(poll, period/5)
	for range (4*period + late) / step {
		b, err := c.read(regPower)
		if err != nil {
			return 0, fmt.Errorf("ask whether a conversion is there: %w", err)
		}
		if b&powerRunning != powerRunning {
			return 0, cells.ErrRestarted
		}
		if b&powerConverted == 0 {
			if err := c.wait(ctx, step); err != nil {
				return 0, err
			}
			continue
		}
		var r [3]byte
		if err := c.bus.Tx(Address, []byte{regResult}, r[:]); err != nil {
			return 0, fmt.Errorf("read a conversion: %w", err)
		}
		if c.skip > 0 {
			c.skip--
			continue
		}
		return Result(r), nil
	}
	return 0, &cells.Miss{Why: "the chip converts nothing: it answers, and no conversion becomes ready"}
}

// Result is the number in the three registers of a conversion.
func Result(r [3]byte) int32 {
	return cells.Signed(uint32(r[0])<<16 | uint32(r[1])<<8 | uint32(r[2]))
}

// Stop powers the chip down.
func (c *Chip) Stop() error { return c.write(regPower, 0) }

func (c *Chip) write(reg, value byte) error { return c.bus.Tx(Address, []byte{reg, value}, nil) }

func (c *Chip) read(reg byte) (byte, error) {
	var r [1]byte
	err := c.bus.Tx(Address, []byte{reg}, r[:])
	return r[0], err
}
