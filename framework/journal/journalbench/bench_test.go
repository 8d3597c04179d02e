package journalbench

import (
	"os"
	"testing"
)

// BenchmarkAppend prints one row a group size. Run it with -benchtime=1x: it does its own rounds.
func BenchmarkAppend(b *testing.B) {
	for b.Loop() {
		if err := Run(b.TempDir(), func(r Result) {
			b.Logf("%-32s %12.0f %s, limit %12.0f, ratio %.2f", r.Name, r.Value, r.Unit, r.Limit, r.Ratio)
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// Run measures every group size and leaves nothing behind.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures for some seconds")
	}
	dir := t.TempDir()
	rows := 0
	if err := Run(dir, func(r Result) {
		rows++
		if r.Name == "" || r.Unit == "" || r.Value <= 0 || r.Limit <= 0 || r.Ratio <= 0 {
			t.Errorf("%+v", r)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if rows != len(groups) {
		t.Errorf("%d rows", rows)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v left, %v", left, err)
	}
}

func TestMedian(t *testing.T) {
	if m := median([]float64{9, 1, 5}); m != 5 {
		t.Errorf("median is %v", m)
	}
}
