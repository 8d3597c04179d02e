package display

import (
	"context"
	"errors"
	"fmt"
	"image"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ssd1306"
	"periph.io/x/devices/v3/ssd1306/image1bit"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
)

// width is how many columns a panel has.
const width = 128

// What the controller is told besides what periph tells it (SSD1306, sections 8.1.5.2 and 9).
const (
	control      = 0x00 // commands follow
	controlData  = 0x40 // pixels follow
	displayOff   = 0xAE
	displayOn    = 0xAF
	fullContrast = 0xFF
)

// maxTransfer is how many bytes go at a time. A CP2112, the bridge from USB, takes no more;
// other adapters have limits that are higher.
const maxTransfer = 61

// panel is a display on an open bus. It holds nothing that could be wrong after the display
// lost its power, or a transfer: every picture sets it up anew.
//
// periph drives it, but for what TestFaults shows: it knows one address, sends a whole row of pixels at a
// time, lights the panel before there is a picture on it, takes for drawn what failed, and
// draws parts of a picture by commands that the data sheet has for another mode.
type panel struct {
	bus     i2cdev.Bus
	address uint16
	height  int
	level   byte // of brightness
}

// newPanel is the panel of a block, on a bus.
func newPanel(c Config, bus i2cdev.Bus) panel {
	p := panel{bus, 0x3C, c.height(), byte(fullContrast * c.Brightness / 100)} //nolint:gosec // per cent, by the schema
	if c.Address == "0x3d" {
		p.address = 0x3D
	}
	return p
}

// show shows a picture. The panel is dark until all of it is there.
func (p panel) show(ctx context.Context, picture *image1bit.VerticalLSB) error {
	// Rows of a panel of 32 are wired one after the other, which periph calls sequential.
	device, err := ssd1306.NewI2C(wire{ctx, p}, &ssd1306.Opts{W: width, H: p.height, Sequential: p.height == 32})
	if err != nil {
		return err
	}
	if err := device.SetContrast(p.level); err != nil {
		return err
	}
	if err := device.Draw(picture.Bounds(), picture, image.Point{}); err != nil {
		return err
	}
	return p.bus.Tx(p.address, []byte{control, displayOn}, nil)
}

// dark turns it off. It is how a panel without anything to show is asked whether it is there.
func (p panel) dark() error { return p.bus.Tx(p.address, []byte{control, displayOff}, nil) }

// wire is the bus as periph is given it (i2c.Bus).
type wire struct {
	ctx context.Context
	panel
}

func (w wire) String() string { return fmt.Sprintf("%#02x", w.address) }

// SetSpeed sets none: it is the bus's, and others are on it.
func (wire) SetSpeed(physic.Frequency) error { return errors.New("the speed of a bus is the kernel's") }

// Tx sends a transfer to the panel, whichever address it is for, in parts that every adapter
// takes, and without the command at the end of its set-up that lights it.
func (w wire) Tx(_ uint16, b, r []byte) error {
	if setsUp := b[0] == control && b[1] == displayOff; setsUp && b[len(b)-1] == displayOn {
		b = b[:len(b)-1]
	}
	kind, rest := b[0], b[1:]
	for len(rest) > 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		n := min(len(rest), maxTransfer-1)
		if err := w.bus.Tx(w.address, append([]byte{kind}, rest[:n]...), r); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}
