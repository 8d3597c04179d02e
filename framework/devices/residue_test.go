package devices

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
)

// children are the processes that this one has started and that are there.
func children(t *testing.T) (pids []string) {
	t.Helper()
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		b, err := os.ReadFile(s)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == fmt.Sprint(os.Getpid()) {
			pids = append(pids, s+" "+f[0])
		}
	}
	return pids
}

func descriptors(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list descriptors")
	}
	for _, e := range entries {
		to, _ := os.Readlink("/proc/self/fd/" + e.Name())
		names = append(names, e.Name()+" "+to)
	}
	return names
}

// Whatever is done to plugins, in whatever order, nothing is left of it, and in
// the end the devices are as they should be.
func TestNothingIsLeft(t *testing.T) {
	steps := 40
	if testing.Short() {
		steps = 16
	}
	if *long {
		steps = 1000
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's choices
	limits := &supervisor.Limits{
		RestartFirst: time.Millisecond, RestartMost: 10 * time.Millisecond, CrashLimit: 1 << 30,
		PingEvery: 20 * time.Millisecond, PingWithin: 2 * time.Second, StopGrace: 500 * time.Millisecond,
	}
	leases := filepath.Join(t.TempDir(), "leases")
	var before []string
	var goroutines int
	var deeds []string
	for run := 0; len(deeds) < steps; run++ {
		if run == 1 { // the first has warmed up what stays: pollers, the test's own
			before, goroutines = descriptors(t), runtime.NumGoroutine()
		}
		t.Run("", func(t *testing.T) {
			r := startWith(t, newJournal(), Options{Leases: leases}, testSpec(), limits, gateDef(`{"serial":"SN1"}`), shelfDef())
			if err := r.Opened(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 8 {
				deeds = append(deeds, deed(t, r, random))
			}
			if random.IntN(2) == 0 {
				return // it is stopped as it is
			}
			r.settles(t, deeds[len(deeds)-8:])
		})
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
	if left, _ := os.ReadDir(leases); len(left) > 0 {
		t.Errorf("leases left: %v", left)
	}
	runtime.GC() // closes what only a finalizer would
	for limit := time.Now().Add(2 * patience); ; time.Sleep(10 * time.Millisecond) {
		after := descriptors(t)
		if len(after) <= len(before) && runtime.NumGoroutine() <= goroutines {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("after %d deeds: %d goroutines, were %d; descriptors\n%s\nwere\n%s", len(deeds), runtime.NumGoroutine(), goroutines,
				strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
	}
}

// deed does something to the plugin.
func deed(t *testing.T, r *rig, random *rand.Rand) string {
	pid := r.sup.Status()[0].PID
	upgrade := func(variant string, after time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		defer cancel()
		_ = r.upgrade(ctx, variant, nil) // whatever comes of it
	}
	switch n := random.IntN(7); {
	case n == 0 && pid > 0:
		_ = syscall.Kill(pid, syscall.SIGKILL)
		return "kill"
	case n == 1 && pid > 0:
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		return "stop"
	case n == 2 && pid > 0:
		_ = syscall.Kill(pid, syscall.SIGTERM)
		return "terminate"
	case n == 3:
		upgrade("crashes", time.Minute)
		return "bad upgrade"
	case n == 4:
		upgrade("good", time.Duration(random.IntN(100))*time.Millisecond)
		return "upgrade cut off"
	case n == 5:
		upgrade("good", time.Minute)
		return "upgrade"
	}
	_ = admit(t, r.Devices, "s1")
	return "admit"
}

// settles waits until both devices serve: what was done last may yet be found
// out.
func (r *rig) settles(t *testing.T, deeds []string) {
	t.Helper()
	for limit := time.Now().Add(2 * patience); ; time.Sleep(5 * time.Millisecond) {
		all, err := r.Status(), admit(t, r.Devices, "s1")
		if err == nil && all[0].State == event.StateReady && all[1].State == event.StateReady {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("never ready after %v: %v, %+v", deeds, err, all)
		}
	}
}

// A device more costs the host little, with all its history and counts.
func TestMemoryOfADevice(t *testing.T) {
	const n, most = 2000, 16 << 10
	defs := make([]storedef.Device, n)
	for i := range defs {
		defs[i] = cardsDef("")
		defs[i].Address = fmt.Sprintf("payment.cards%d", i)
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	p, j, log := unit(t, defs...)
	for i, v := range p.live() {
		for k := range 2 * HistoryLength {
			cause := fmt.Sprintf("attempt %d failed%s", k, strings.Repeat(" for no reason", 20))
			v.to(t.Context(), []event.DeviceState{event.StateClaiming, event.StateFailed}[k%2], uint64(i+k), cause)
		}
		j.inputs = nil
		log.Reset()
	}
	after := heap()
	if each := (after - before) / n; each > most {
		t.Errorf("%d bytes a device, the limit is %d", each, most)
	} else {
		t.Logf("%d bytes a device", each)
	}
	runtime.KeepAlive(p)
}
