package classtest

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// Gauges are the readings of a device, of which the newest wins: what a fake has
// its Readings return. The zero value is ready.
type Gauges struct {
	mu  sync.Mutex
	now map[string]sdk.Reading
}

// Set sets a reading, unless a newer one of the name is there.
func (g *Gauges) Set(name string, value float64, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil {
		g.now = map[string]sdk.Reading{}
	}
	if old, there := g.now[name]; !there || !at.Before(old.At) {
		g.now[name] = sdk.Reading{Name: name, Value: value, At: at}
	}
}

// Readings are those of all names.
func (g *Gauges) Readings() []sdk.Reading {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.now))
}
