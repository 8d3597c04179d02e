package server_test

import (
	"context"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
)

// BenchmarkEvidence is a report's way from a device's Run to the host's sink,
// acknowledged, over an in-memory connection without TLS.
func BenchmarkEvidence(b *testing.B) {
	r := start(b, server.Options{})
	_, report := r.open(b, 1, 1)
	ctx, cancel := context.WithCancel(b.Context())
	arrived := make(chan uint64, 1024)
	var observing sync.WaitGroup
	observing.Go(func() {
		_ = r.plugin.Observe(ctx, host.Sink{Reports: func(reports []host.Report) {
			last := reports[len(reports)-1]
			r.plugin.Ack(last.Handle, last.Epoch, last.Seq)
			arrived <- last.Seq
		}})
	})
	const ahead = 4096 // reports under way at most, far below the spool
	w := weight(1)
	var sent, got uint64
	b.ReportAllocs()
	for b.Loop() {
		report(w)
		for sent++; sent-got > ahead; {
			got = <-arrived
		}
	}
	for got < sent {
		got = <-arrived
	}
	b.StopTimer()
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "events/s")
	cancel()
	observing.Wait()
	if s := r.plugin.Stats(); s != (host.Stats{}) {
		b.Errorf("stats: %+v", s)
	}
}
