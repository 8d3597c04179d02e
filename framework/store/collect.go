package store

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// rareGC is the garbage collector's percentage while little is live: a store's
	// state is so small that by Go's default it is looked through all the time.
	rareGC = 400
	// littleLive is up to how many live bytes that holds: the heap stays below 80 MiB
	// for it.
	littleLive = 16 << 20
)

// CollectRarely has the garbage collector of this process run less often while
// little is live, until stop is called. It is for programs that run a store; what
// the environment says (GOGC) counts.
func CollectRarely() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	c := &collecting{usual: debug.SetGCPercent(rareGC), percent: rareGC}
	runtime.SetFinalizer(&collected{c}, (*collected).done)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopped = true
		debug.SetGCPercent(c.usual)
	}
}

type collecting struct {
	usual   int
	mu      sync.Mutex
	percent int
	stopped bool
}

// collected is garbage: its finalizer runs after each collection.
type collected struct{ of *collecting }

func (c *collected) done() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.of.stopped {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if want := percentFor(live[0].Value.Uint64(), c.of.usual); want != c.of.percent {
		c.of.percent = want
		debug.SetGCPercent(want)
	}
	runtime.SetFinalizer(c, (*collected).done)
}

func percentFor(live uint64, usual int) int {
	if live > littleLive {
		return usual
	}
	return rareGC
}
