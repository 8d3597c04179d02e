package store

import "testing"

// The benchmark runs and says what it measured; it judges nothing.
func BenchmarkEvidence(b *testing.B) {
	for b.Loop() {
		err := BenchEvidence(b.Context(), b.TempDir(), func(r BenchResult) {
			b.ReportMetric(r.Value, "reports/s")
			b.ReportMetric(r.Limit, "limit/s")
			b.ReportMetric(r.Ratio, "ratio")
			if r.Value <= 0 || r.Limit <= 0 || r.Ratio <= 0 {
				b.Errorf("%+v", r)
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
