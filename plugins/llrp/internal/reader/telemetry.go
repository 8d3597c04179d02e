package reader

import (
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// rateOver is what the rate of reads is a mean over, at least.
const rateOver = 5 * time.Second

// telemetry is what the reader does at the moment, for whoever places antennas.
type telemetry struct {
	// Of Run.
	reads int // since the present span began
	began time.Time

	mu   sync.Mutex
	tags sdk.Reading
	rate sdk.Reading // its time is zero until it is known
}

// read counts reads, told or not.
func (t *telemetry) read(n int) { t.reads += n }

// look takes how many tags are in view at a time on the plugin's clock.
func (t *telemetry) look(tags int, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tags = sdk.Reading{Name: "tags_in_view", Value: float64(tags), At: now}
	switch span := now.Sub(t.began); {
	case t.began.IsZero():
		t.began, t.reads = now, 0
	case span >= rateOver:
		t.rate = sdk.Reading{Name: "reads_per_second", Value: float64(t.reads) / span.Seconds(), At: now}
		t.began, t.reads = now, 0
	}
}

// Readings are how many tags are in view and how many reads the reader tells a
// second.
func (r *Reader) Readings() (list []sdk.Reading) {
	r.telemetry.mu.Lock()
	defer r.telemetry.mu.Unlock()
	for _, v := range []sdk.Reading{r.telemetry.tags, r.telemetry.rate} {
		if !v.At.IsZero() {
			list = append(list, v)
		}
	}
	return list
}
