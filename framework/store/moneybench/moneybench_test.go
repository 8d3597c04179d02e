package moneybench

import (
	"context"
	"testing"
)

func BenchmarkSettle(b *testing.B) {
	r, err := newRig(b.TempDir(), AtOnce)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	if err := r.open(ctx); err != nil {
		b.Fatal(err)
	}
	if err := r.visits(ctx, 200, 0); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	was := processorTime()
	if err := r.visits(ctx, b.N, 0); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime()-was).Microseconds())/float64(b.N), "cpu-us/visit")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "visits/s")
	if err := r.close(); err != nil {
		b.Fatal(err)
	}
}
