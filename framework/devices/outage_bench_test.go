package devices

import (
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
)

// BenchmarkStandstill stops a plugin and prints how long its devices are out
// until another instance serves them: by the limits that a store has.
func BenchmarkStandstill(b *testing.B) {
	benchmarkLoss(b, syscall.SIGSTOP)
}

// BenchmarkKill kills one.
func BenchmarkKill(b *testing.B) { benchmarkLoss(b, syscall.SIGKILL) }

func benchmarkLoss(b *testing.B, sig syscall.Signal) {
	r := startWith(b, newJournal(), Options{Leases: b.TempDir()}, testSpec(), &supervisor.Limits{CrashLimit: 1 << 30, RestartMost: time.Nanosecond}, gateDef(""))
	if err := r.Opened(b.Context()); err != nil {
		b.Fatal(err)
	}
	var worst time.Duration
	for b.Loop() {
		epoch, pid := r.Status()[0].Epoch, r.sup.Status()[0].PID
		began := time.Now()
		if err := syscall.Kill(pid, sig); err != nil {
			b.Fatal(err)
		}
		for v := r.Status()[0]; v.State != event.StateReady || v.Epoch == epoch; v = r.Status()[0] {
			time.Sleep(time.Millisecond)
		}
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(worst.Milliseconds()), "ms-worst")
}

// BenchmarkUpgrade replaces a plugin and prints for how long a gate of it was
// out.
func BenchmarkUpgrade(b *testing.B) {
	r := startWith(b, newJournal(), Options{Leases: b.TempDir()}, testSpec(), nil, gateDef(""))
	if err := r.Opened(b.Context()); err != nil {
		b.Fatal(err)
	}
	var worst time.Duration
	for b.Loop() {
		if err := r.upgrade(b.Context(), "good", nil); err != nil {
			b.Fatal(err)
		}
		h := r.Status()[0].History // closing, claiming, ready
		worst = max(worst, h[len(h)-1].At.Sub(h[len(h)-3].At))
	}
	b.ReportMetric(float64(worst.Milliseconds()), "ms-out-worst")
}
