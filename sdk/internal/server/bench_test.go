package server_test

import (
	"context"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
)

// BenchmarkEvidence is a report's way from a device's Run to the host's sink,
// acknowledged, over an in-memory connection without TLS.
func BenchmarkEvidence(b *testing.B) {
	r := start(b, server.Options{})
	s, _ := r.open(b, 1, 1)
	ctx, cancel := context.WithCancel(b.Context())
	arrived := make(chan uint64, 1024)
	var observing sync.WaitGroup
	observing.Go(func() {
		_ = r.plugin.Observe(ctx, host.Sink{Batch: func(batch *host.Batch) {
			last := batch.Head(batch.Len() - 1)
			r.plugin.Ack(last.Handle, last.Epoch, last.Seq)
			arrived <- last.Seq
		}})
	})
	const ahead = 4096 // reports under way at most, far below the spool
	w := weight(1)
	var sent, got uint64
	b.ReportAllocs()
	for b.Loop() {
		s.direct(w)
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

// BenchmarkCommands is many callers on one command stream, over an in-memory
// connection without TLS.
func BenchmarkCommands(b *testing.B) {
	plugins, _ := gates(b, &lane{admit: func(context.Context, gate.Admission) error { return nil }}, 1)
	const callers = 64
	for n := range uint32(callers) {
		if _, err := plugins[0].Open(b.Context(), host.OpenRequest{Handle: n, Epoch: 5, Driver: "lane"}); err != nil {
			b.Fatal(err)
		}
	}
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for n := range uint32(callers) {
		lane := plugins[0].Gate(n, 5)
		all.Go(func() {
			for range b.N / callers {
				if err := lane.Admit(b.Context(), party); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
