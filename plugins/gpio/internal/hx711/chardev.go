package hx711

import (
	"errors"
	"strconv"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/sdk/fault"
)

// chardev is the two lines on the GPIO character device. Neither asks for a bias, which
// would move the data line, and none for edges: each bit would be one.
type chardev struct{ clock, data *pins.Request }

// Chardev opens the lines of a GPIO chip of the kernel, each by itself, so that what is wrong
// is at the line's own attribute.
func Chardev(b Bay) (Pins, error) {
	clock, err := line("clock", b.Chip, pins.Line{Name: strconv.Itoa(b.Clock), Output: true})
	if err != nil {
		return nil, err
	}
	data, err := line("data", b.Chip, pins.Line{Name: strconv.Itoa(b.Data)})
	if err != nil {
		_ = clock.Close() // the error tells
		return nil, err
	}
	return chardev{clock, data}, nil
}

func line(attribute, chip string, l pins.Line) (*pins.Request, error) {
	r, err := pins.Open(chip, l)
	switch {
	case err == nil:
		return r, nil
	case errors.Is(err, pins.ErrNoLine):
		err = fault.At(attribute, fault.Wrap(fault.Invalid, "", err))
	case errors.Is(err, pins.ErrBusy):
		err = fault.At(attribute, fault.Wrap(fault.Unavailable, "", err))
	default:
		err = fault.At("chip", fault.Wrap(fault.Unavailable, "", err))
	}
	return nil, err
}

// Clock sets PD_SCK.
func (c chardev) Clock(high bool) error { return c.clock.Set(0, high) }

// Data gives DOUT.
func (c chardev) Data() (bool, error) { return c.data.Get(0) }

// Close lets the lines go.
func (c chardev) Close() error { return errors.Join(c.clock.Close(), c.data.Close()) }
