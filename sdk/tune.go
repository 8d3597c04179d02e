package sdk

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"

	"github.com/openaisle/aisle/sdk/class"
)

const (
	// rareGC is the garbage collector's percentage while little is live: a
	// plugin's heap is so small that by Go's default it is collected all the time.
	rareGC = 400
	// littleLive is up to how many live bytes that holds. Five times as much is
	// far below what a host gives a plugin.
	littleLive = 24 << 20
	usualGC    = 100
)

// tune fits Go's runtime to a plugin's life. What the environment says of either
// setting counts.
func tune(drivers []class.Driver) {
	// A host gives a plugin one core, and a camera's more. With more processors
	// than that Go wakes a thread at each hand-over between goroutines, and the
	// kernel makes them wait for one another.
	if os.Getenv("GOMAXPROCS") == "" && !slices.ContainsFunc(drivers, func(d class.Driver) bool { return d.Class == "camera" }) {
		runtime.GOMAXPROCS(1)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(rareGC)
		runtime.SetFinalizer(&collection{percent: rareGC}, (*collection).done)
	}
}

// collection is garbage: its finalizer runs after each collection.
type collection struct{ percent int }

func (c *collection) done() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if want := percentFor(live[0].Value.Uint64()); want != c.percent {
		c.percent = want
		debug.SetGCPercent(want)
	}
	runtime.SetFinalizer(c, (*collection).done)
}

func percentFor(live uint64) int {
	if live > littleLive {
		return usualGC
	}
	return rareGC
}
