// Package display gives badge readers a screen: a small OLED display on I2C that shows who
// presented a badge what became of it (credential.Shower).
//
// It knows no reader: On wraps a driver's open, and readers have the block in their
// configuration by embedding Optional. The display is never needed. One that is absent or
// fails makes the reader's state degraded, with a sentence, and is tried again while the
// reader reads.
package display

import (
	"context"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// Optional is the part of a reader's config block that is about its display.
type Optional struct {
	Display *Config `aisle:"display" doc:"An OLED display on an SSD1306 that shows what became of a presentation. Without the block there is none."`
}

func (o Optional) display() *Config { return o.Display }

// Config is the display's block.
type Config struct {
	Bus        string `aisle:"bus,required,device" doc:"The I2C bus that the display is on, such as /dev/i2c-1. Devices with other addresses may share it."`
	Address    string `aisle:"address,one_of=0x3c|0x3d" default:"0x3c" doc:"Its address, which a resistor on its board sets. Boards print it doubled: 0x78 is 0x3c, 0x7A is 0x3d."`
	Size       string `aisle:"size,one_of=128x64|128x32" default:"128x64" doc:"Columns and rows: four lines of 16 letters, or two."`
	Brightness int    `aisle:"brightness,min=1,max=100" default:"100" doc:"In per cent. An OLED ages by it."`
}

// height is how many rows it has.
func (c Config) height() int {
	if c.Size == "128x32" {
		return 32
	}
	return 64
}

// On gives a driver's open with a display where the config block has one, on the buses that
// bus opens; i2cdev.Open opens the kernel's.
func On[C interface{ display() *Config }](
	open func(context.Context, sdk.Env, C) (credential.Reader, error), bus func(path string) (i2cdev.Bus, error),
) func(context.Context, sdk.Env, C) (credential.Reader, error) {
	return func(ctx context.Context, env sdk.Env, c C) (credential.Reader, error) {
		r, err := open(ctx, env, c)
		if d := c.display(); err == nil && d != nil {
			return &reader{r, newScreen(*d, bus)}, nil
		}
		return r, err
	}
}

// reader is a reader with a display.
type reader struct {
	credential.Reader
	screen *screen
}

// Run runs both until the reader ends (credential.Reader).
func (r *reader) Run(ctx context.Context, report func(observe.Credential)) error {
	within, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		<-r.screen.ended
	}()
	go r.screen.run(within)
	return r.Reader.Run(ctx, report)
}

// Show shows an answer (credential.Shower).
func (r *reader) Show(ctx context.Context, a credential.Reply) error {
	q := request{a, make(chan error, 1)}
	select {
	case r.screen.asked <- q:
	case <-r.screen.ended:
		return fault.New(fault.Unavailable, "the reader has ended")
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "show it", ctx.Err())
	}
	select {
	case err := <-q.done:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "show it", ctx.Err())
	}
}

// Condition is how the reader is, and what is wrong with the display (sdk.Conditioner).
func (r *reader) Condition() sdk.Condition {
	c := sdk.Condition{State: sdk.StateReady}
	if own, ok := r.Reader.(interface{ Condition() sdk.Condition }); ok {
		c = own.Condition()
	}
	switch trouble := r.screen.trouble(); {
	case trouble == "":
	case c.State == sdk.StateReady:
		c.State, c.Cause = sdk.StateDegraded, trouble
	default:
		c.Cause += "; " + trouble
	}
	return c
}

// Identity is the reader's.
func (r *reader) Identity() sdk.Identity {
	if own, ok := r.Reader.(interface{ Identity() sdk.Identity }); ok {
		return own.Identity()
	}
	return sdk.Identity{}
}

// Close closes the reader; the display ended with Run.
func (r *reader) Close() error {
	if own, ok := r.Reader.(interface{ Close() error }); ok {
		return own.Close()
	}
	return nil
}
