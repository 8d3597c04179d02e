package hx711

import (
	"context"
	"fmt"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Config is the config block of a shelf on HX711 chips.
type Config struct {
	Bays []Bay `aisle:"bay,min=1,max=64" doc:"A bay of the shelf, the first one bay 1: a chip with its load cell."`
	cells.Filter
}

// Bay is one chip.
type Bay struct {
	Chip  string `aisle:"chip,required,device" doc:"The GPIO chip that both lines are on, such as /dev/gpiochip0."`
	Clock int    `aisle:"clock,required,min=0,max=1023" doc:"The number of the line that PD_SCK is on, at its chip."`
	Data  int    `aisle:"data,required,min=0,max=1023" doc:"The number of the line that DOUT is on, at its chip."`
	Input string `aisle:"input,one_of=A128|A64|B32" default:"A128" doc:"The input that the cell is on, and how much its voltage is amplified."`
	Rate  int    `aisle:"rate,min=10,max=80" default:"10" doc:"Conversions a second, as the RATE pin is wired: 10 or 80."`
	cells.Scale
}

// Driver opens shelves on the lines that open opens.
func Driver(open func(Bay) (Pins, error)) func(context.Context, sdk.Env, Config) (shelf.Shelf, error) {
	return func(ctx context.Context, env sdk.Env, c Config) (shelf.Shelf, error) {
		type line struct {
			chip string
			n    int
		}
		taken := map[line]bool{}
		var bays []cells.Bay
		for n, b := range c.Bays {
			for _, l := range []struct {
				name string
				n    int
			}{{"clock", b.Clock}, {"data", b.Data}} {
				if taken[line{b.Chip, l.n}] {
					return nil, fault.At(fmt.Sprintf("bay[%d].%s", n, l.name), fault.Errorf(fault.Invalid, "line %d of %s has another use already", l.n, b.Chip))
				}
				taken[line{b.Chip, l.n}] = true
			}
			if b.Rate != 10 && b.Rate != 80 {
				return nil, fault.At(fmt.Sprintf("bay[%d].rate", n), fault.Errorf(fault.Invalid, "%d: the chip has 10 and 80", b.Rate))
			}
			bays = append(bays, cells.Bay{Scale: b.Scale, Open: func(ctx context.Context) (cells.Converter, error) { return b.open(ctx, open) }})
		}
		return cells.Open(ctx, env, c.Filter, bays)
	}
}

func (b Bay) open(ctx context.Context, open func(Bay) (Pins, error)) (cells.Converter, error) {
	pins, err := open(b)
	if err != nil {
		return nil, err
	}
	c, err := Start(ctx, pins, b.Input, b.Rate)
	if err != nil {
		_ = pins.Close()
		return nil, fault.Wrap(fault.Unavailable, fmt.Sprintf("the chip on lines %d and %d of %s", b.Clock, b.Data, b.Chip), err)
	}
	return c, nil
}
