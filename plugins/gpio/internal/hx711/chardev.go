package hx711

import (
	"errors"
	"fmt"

	"github.com/warthog618/go-gpiocdev"
	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/sdk/fault"
)

// chardev is the two lines on the GPIO character device. Neither asks for a bias, which
// would move the data line, and none for edges: each bit would be one.
type chardev struct{ clock, data *gpiocdev.Line }

// Chardev opens the lines of a GPIO chip of the kernel.
func Chardev(b Bay) (Pins, error) {
	clock, err := gpiocdev.RequestLine(b.Chip, b.Clock, gpiocdev.AsOutput(0), gpiocdev.WithConsumer("aisle-hx711-clock"))
	if err != nil {
		return nil, refused("clock", b.Chip, b.Clock, err)
	}
	data, err := gpiocdev.RequestLine(b.Chip, b.Data, gpiocdev.AsInput, gpiocdev.WithConsumer("aisle-hx711-data"))
	if err != nil {
		_ = clock.Close()
		return nil, refused("data", b.Chip, b.Data, err)
	}
	return chardev{clock, data}, nil
}

// refused says what to do where the kernel does not hand a line out.
func refused(attribute, chip string, line int, err error) error {
	deed := fmt.Sprintf("ask %s for line %d", chip, line)
	switch {
	case errors.Is(err, unix.EBUSY):
		return fault.At(attribute, fault.Wrap(fault.Unavailable, deed, errors.New("it is in use: by another device of the store, another program, or a driver of the kernel")))
	case errors.Is(err, unix.EINVAL), errors.Is(err, gpiocdev.ErrInvalidOffset):
		return fault.At(attribute, fault.Wrap(fault.Invalid, deed, errors.New("the chip has no such line; gpioinfo lists them")))
	}
	return fault.At("chip", fault.Wrap(fault.Unavailable, deed, err))
}

// Clock sets PD_SCK.
func (c chardev) Clock(high bool) error {
	if high {
		return c.clock.SetValue(1)
	}
	return c.clock.SetValue(0)
}

// Data gives DOUT.
func (c chardev) Data() (bool, error) {
	v, err := c.data.Value()
	return v != 0, err
}

// Close lets the lines go.
func (c chardev) Close() error { return errors.Join(c.clock.Close(), c.data.Close()) }
