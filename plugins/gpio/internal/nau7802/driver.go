package nau7802

import (
	"context"
	"fmt"
	"slices"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Config is the config block of a shelf on NAU7802 chips.
type Config struct {
	Bays []Bay `aisle:"bay,min=1,max=64" doc:"A bay of the shelf, the first one bay 1: a chip with its load cell."`
	cells.Filter
}

// Bay is one chip.
type Bay struct {
	Bus     string `aisle:"bus,required,device" doc:"The I2C bus that the chip is on, such as /dev/i2c-1. All NAU7802 have the address 0x2a, so each needs a bus, or a channel of a multiplexer, for itself."`
	Channel int    `aisle:"channel,min=1,max=2" default:"1" doc:"The chip's input that the cell is on."`
	Gain    int    `aisle:"gain,min=1,max=128" default:"128" doc:"How much the cell's voltage is amplified: a power of two."`
	Rate    int    `aisle:"rate,min=10,max=320" default:"80" doc:"Conversions a second: 10, 20, 40, 80 or 320. Fewer are quieter."`
	Supply  string `aisle:"supply,one_of=external|2.4V|2.7V|3.0V|3.3V|3.6V|3.9V|4.2V|4.5V" default:"3.0V" doc:"What the chip's regulator feeds the cell with: 0.3 V less than the chip itself gets, at the most. external where the board feeds it."`
	cells.Scale
}

// Driver opens shelves on the buses that open opens; i2cdev.Open opens the kernel's.
func Driver(open func(path string) (i2cdev.Bus, error)) func(context.Context, sdk.Env, Config) (shelf.Shelf, error) {
	return func(ctx context.Context, env sdk.Env, c Config) (shelf.Shelf, error) {
		seen := map[string]int{}
		var bays []cells.Bay
		for n, b := range c.Bays {
			if !slices.Contains(gains, b.Gain) {
				return nil, fault.At(fmt.Sprintf("bay[%d].gain", n), fault.Errorf(fault.Invalid, "%d: the chip has %v", b.Gain, gains))
			}
			if _, ok := rates[b.Rate]; !ok {
				return nil, fault.At(fmt.Sprintf("bay[%d].rate", n), fault.Errorf(fault.Invalid, "%d: the chip has 10, 20, 40, 80 and 320", b.Rate))
			}
			if other, ok := seen[b.Bus]; ok {
				return nil, fault.At(fmt.Sprintf("bay[%d].bus", n), fault.Errorf(fault.Invalid, "bay %d is on %s already, and two chips with one address can't share a bus", other, b.Bus))
			}
			seen[b.Bus] = n + 1
			bays = append(bays, cells.Bay{Scale: b.Scale, Open: func(ctx context.Context) (cells.Converter, error) { return b.open(ctx, open) }})
		}
		return cells.Open(ctx, env, c.Filter, bays)
	}
}

// converter is a chip and its bus.
type converter struct {
	*Chip
	bus i2cdev.Bus
}

// Close powers the chip down where it still answers, and lets the bus go.
func (c converter) Close() error {
	_ = c.Stop() // it may be why the bus is let go
	return c.bus.Close()
}

// attempts is how often a chip is started before its bay is told to be in trouble: its
// start is some thirty transfers, of which one may be disturbed.
const attempts = 3

func (b Bay) open(ctx context.Context, open func(string) (i2cdev.Bus, error)) (cells.Converter, error) {
	bus, err := open(b.Bus)
	if err != nil {
		return nil, fault.At("bus", fault.Wrap(fault.Unavailable, "open "+b.Bus, err))
	}
	var chip *Chip
	for range attempts {
		chip, err = Start(ctx, bus, Options{Gain: b.Gain, Rate: b.Rate, Channel: b.Channel, Supply: b.Supply})
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		_ = bus.Close()
		return nil, fault.At("bus", fmt.Errorf("the chip on %s: %w", b.Bus, err))
	}
	return converter{chip, bus}, nil
}
