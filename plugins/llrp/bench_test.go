package main

import (
	"testing"

	"github.com/openaisle/aisle/plugins/llrp/llrpbench"
)

// Every read of a flood is in evidence, once. How fast is BenchmarkReads.
func TestFlood(t *testing.T) {
	t.Parallel()
	r, err := llrpbench.Run(t.Context(), started(t), llrpbench.Options{Reads: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d reads in %d pieces of evidence: %.0f a second", r.Reads, r.Evidence, r.PerSecond())
}

// BenchmarkReads is reads from a reader's socket, through the plugin's process, into the host.
func BenchmarkReads(b *testing.B) {
	for b.Loop() {
		r, err := llrpbench.Run(b.Context(), started(b), llrpbench.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(r.PerSecond(), "reads/s")
	}
}
