package hidscale

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
	"github.com/openaisle/aisle/plugins/scale/internal/platform"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Config is the config block of a HID scale.
type Config struct {
	Node      string        `aisle:"node,required,device" doc:"The scale's hidraw node, such as /dev/hidraw0; a udev rule can name it by its serial number."`
	Answer    time.Duration `aisle:"answer,min=50ms,max=10s" default:"2s" doc:"How long it may say nothing. Such scales say their weight several times a second."`
	Division  measure.Mass  `aisle:"division" default:"2 g" doc:"The scale interval d, from its plate."`
	MinChange measure.Mass  `aisle:"min_change" default:"10 g" doc:"The least change that is reported; two divisions or more."`
	Hold      time.Duration `aisle:"hold,min=100ms,max=5s" default:"800ms" doc:"How long the scale must call its load stable."`
}

// Open opens the node.
func Open(_ context.Context, _ sdk.Env, c Config) (shelf.Shelf, error) {
	filter, err := signal.NewIndicator(&signal.IndicatorOptions{
		Division: float64(c.Division) / float64(measure.Gram), MinChange: float64(c.MinChange) / float64(measure.Gram), Hold: c.Hold, Gap: 2 * c.Answer,
	})
	if err != nil {
		return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
	}
	f, err := os.OpenFile(c.Node, os.O_RDONLY|syscall.O_NONBLOCK, 0) // so that reads have deadlines
	if err != nil {
		return nil, fault.At("node", fault.Wrap(fault.Unavailable, "open the scale", err))
	}
	return platform.New(&node{f, c.Answer}, filter, 0), nil
}

// node is an open hidraw node: each read is one report.
type node struct {
	file   *os.File
	within time.Duration
}

func (n *node) Name() string { return n.file.Name() }
func (n *node) Close() error { return n.file.Close() }

// Read waits for the next report of a weight.
func (n *node) Read() (dialect.Reading, error) {
	end := time.Now().Add(n.within)
	var report [64]byte
	for {
		if err := n.file.SetReadDeadline(end); err != nil {
			return dialect.Reading{}, err
		}
		got, err := n.file.Read(report[:])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return dialect.Reading{}, link.ErrSilent
		case err != nil:
			return dialect.Reading{}, err
		}
		if r, ok, err := parse(report[:got]); ok || err != nil {
			return r, err
		}
		if !time.Now().Before(end) { // it talks of other things alone
			return dialect.Reading{}, link.ErrSilent
		}
	}
}
