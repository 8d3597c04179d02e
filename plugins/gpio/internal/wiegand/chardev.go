package wiegand

import (
	"errors"
	"strconv"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/sdk/fault"
)

// d1 is the line of ones in the request.
const d1 = 1

// chardev is both lines, taken in one request, so that the kernel numbers the edges of
// both.
type chardev struct{ *pins.Request }

// Chardev opens the lines of a GPIO chip of the kernel.
func Chardev(c Config) (Source, error) {
	bias := pins.BiasAsIs
	if c.Bias == "pull_up" {
		bias = pins.PullUp
	}
	var lines []pins.Line
	for _, n := range []int{c.D0, c.D1} {
		lines = append(lines, pins.Line{Name: strconv.Itoa(n), Edges: true, OffOnly: true, Bias: bias})
	}
	r, err := pins.Open(c.Chip, lines...)
	switch {
	case err == nil:
		return chardev{r}, nil
	case errors.Is(err, pins.ErrNoLine):
		return nil, fault.At("d0", fault.Wrap(fault.Invalid, "", err))
	case errors.Is(err, pins.ErrBusy):
		return nil, fault.At("d0", fault.Wrap(fault.Unavailable, "", err))
	}
	return nil, fault.At("chip", fault.Wrap(fault.Unavailable, "", err))
}

// Edge gives the next edge (Source).
func (l chardev) Edge(within time.Duration) (Edge, bool, error) {
	e, ok, err := l.Event(within)
	return Edge{One: e.Line == d1, Seq: e.Seq, At: e.At}, ok, err
}
