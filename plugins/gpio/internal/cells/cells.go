// Package cells makes a weight shelf of load cells, each on a converter of its own: it
// reads all of them side by side, makes settled levels with sdk/signal, keeps the tare,
// and says which bay has what trouble.
//
// It knows no chip: drivers bring their Converter. A bay whose converter is gone is
// opened again while the others go on; where all are gone, the device is lost.
package cells

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/signal"
)

// Converter is an open analogue-to-digital converter with one load cell.
type Converter interface {
	// Sample waits for the next conversion. A *Miss is no sample this time, and
	// any other error one that may show that the converter is gone. It ends early
	// when ctx does.
	Sample(ctx context.Context) (int32, error)
	Close() error
}

// Miss is a conversion that is of no use, by a converter that is there.
type Miss struct{ Why string }

func (m *Miss) Error() string { return m.Why }

// ErrRestarted is of a converter that lost its power in between. Its settings are gone:
// it must be opened again.
var ErrRestarted = errors.New("the converter was restarted: its power was away")

// The widest number that a converter gives; the ends are what it gives beyond its range.
const (
	MaxRaw = 1<<23 - 1
	MinRaw = -1 << 23
)

// Signed makes a number of 24 bits, in two's complement, one of 32.
func Signed(bits uint32) int32 { return int32(bits<<8) >> 8 } //nolint:gosec // it is the meaning of the bits

// Scale is the part of a bay's block that says what its numbers mean.
type Scale struct {
	Grams float64 `aisle:"grams,required" doc:"How many grams one step of the converter is: put a known mass on the bay, and divide it by the change of the number. Negative where the cell is connected the other way round."`
	Zero  int     `aisle:"zero,min=-8388608,max=8388607" default:"0" doc:"What the converter says with nothing on the bay."`
}

func (s Scale) grams(raw int32) float64 { return (float64(raw) - float64(s.Zero)) * s.Grams }

// Filter is the part of a shelf's block that says how samples settle, and where a tare
// is kept.
type Filter struct {
	MinChange measure.Mass  `aisle:"min_change" default:"10 g" doc:"The least change that is reported."`
	Hold      time.Duration `aisle:"hold,min=100ms,max=10s" default:"1400ms" doc:"How long a load must stand."`
	Tare      string        `aisle:"tare,write" doc:"A folder that keeps what the shelf was tared to, so that its zero outlives a restart. Without one it can't be tared from the host."`
}

// usual is the Hold that the constants of signal.BayOptions are argued for; they keep
// their proportion to it. At it they are the defaults.
const usual = 1400 * time.Millisecond

func (f Filter) bay(s Scale) (*signal.Bay, error) {
	part := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * float64(f.Hold) / float64(usual))
	}
	ends := []float64{s.grams(MinRaw + 1), s.grams(MaxRaw - 1)}
	b, err := signal.NewBay(&signal.BayOptions{
		MinChange: float64(f.MinChange) / float64(measure.Gram), Hold: f.Hold,
		Bin: part(200 * time.Millisecond), Stuck: part(time.Second), Lag: part(600 * time.Millisecond),
		Memory: max(10*time.Second, f.Hold), Floor: min(ends[0], ends[1]), Ceiling: max(ends[0], ends[1]),
	})
	if err != nil {
		return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
	}
	return b, nil
}

func (s Scale) check() error {
	if s.Grams == 0 || math.IsNaN(s.Grams) || math.IsInf(s.Grams, 0) {
		return fault.New(fault.Invalid, "a step of no grams weighs nothing")
	}
	return nil
}
