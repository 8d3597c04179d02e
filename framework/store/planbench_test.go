package store

import "testing"

// The plans of a small fleet and a small store find what changed.
func TestBenchPlan(t *testing.T) {
	n := 0
	if err := benchPlan(func(r BenchResult) {
		if n++; r.Value <= 0 || r.Limit <= 0 {
			t.Errorf("%+v", r)
		}
	}, 3, 5, 10); err != nil || n != 3 {
		t.Error(n, err)
	}
}
