package devicebench

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"github.com/openaisle/aisle/sdk/signal"
)

const (
	// plates at hertz are the recorded competition's store, which is to take
	// coreMost of a core, in percent.
	plates, hertz = 306, 60
	coreMost      = 5.0
)

// samples measures what a store's shelves cost: a bay for each plate, shaken, and
// a hand at each now and then. It counts processor time, not how long it took.
func (b *bench) samples(ctx context.Context) error {
	rnd := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // noise
	noise := make([]float64, 4096)
	for i := range noise {
		noise[i] = 1000 + 10*rnd.NormFloat64()
	}
	bays := make([]*signal.Bay, plates)
	for i := range bays {
		bay, err := signal.NewBay(nil)
		if err != nil {
			return err
		}
		bays[i] = bay
	}
	began, err := processorTime(os.Getpid())
	if err != nil {
		return err
	}
	at, reports := time.Unix(0, 0), 0
	for k := range b.Seconds * hertz {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		at = at.Add(time.Second / hertz)
		for i, bay := range bays {
			if _, ok := bay.Sample(at, noise[(k*7+i*13)%len(noise)]+400*float64((k+i*37)/900%2)); ok {
				reports++
			}
		}
	}
	took, err := processorTime(os.Getpid())
	if err != nil {
		return err
	}
	n := b.Seconds * hertz * plates
	share := (took - began).Seconds() / float64(b.Seconds)
	b.emit(Row{Key: "samples", Name: "samples through sdk/signal, a core", Value: float64(n) / (took - began).Seconds(), Unit: "samples/s", Printed: true, Of: n})
	b.emit(Row{Key: "samples", Name: "306 plates at 60 Hz", Value: 100 * share, Unit: "% of a core", Limit: coreMost, Of: n})
	b.emit(Row{Key: "samples", Name: "such stores that two cores carry", Value: 2 / share, Unit: "stores", Printed: true, Of: n})
	return nil
}
