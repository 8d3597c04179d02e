package sdk

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

// What a plugin's heap has little of is collected rarely, and what it has much of
// as usual.
func TestTune(t *testing.T) {
	procs, percent := runtime.GOMAXPROCS(0), debug.SetGCPercent(usualGC)
	t.Cleanup(func() { runtime.GOMAXPROCS(procs); debug.SetGCPercent(percent) })
	t.Setenv("GOMAXPROCS", "")
	t.Setenv("GOGC", "")
	tune([]class.Driver{{Name: "eye", Class: "camera"}})
	if n := runtime.GOMAXPROCS(0); n != procs {
		t.Errorf("a camera's plugin has %d processors, had %d", n, procs)
	}
	tune([]class.Driver{{Name: "lane", Class: "gate"}})
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("%d processors", n)
	}
	much := make([]byte, 2*littleLive)
	settles(t, usualGC)
	runtime.KeepAlive(much)
	settles(t, rareGC)
}

func TestTuneHeedsEnvironment(t *testing.T) {
	procs, percent := runtime.GOMAXPROCS(2), debug.SetGCPercent(150)
	t.Cleanup(func() { runtime.GOMAXPROCS(procs); debug.SetGCPercent(percent) })
	t.Setenv("GOMAXPROCS", "2")
	t.Setenv("GOGC", "150")
	tune([]class.Driver{{Name: "lane", Class: "gate"}})
	if n, p := runtime.GOMAXPROCS(0), debug.SetGCPercent(150); n != 2 || p != 150 {
		t.Errorf("%d processors, %d %%", n, p)
	}
}

// settles collects until the percentage is as it should be.
func settles(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		runtime.GC()
		got := debug.SetGCPercent(want)
		if got == want {
			return
		}
		debug.SetGCPercent(got)
		runtime.Gosched()
	}
	t.Errorf("the percentage never was %d", want)
}
