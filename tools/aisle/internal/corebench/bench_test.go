package corebench

import (
	"testing"

	"github.com/openaisle/aisle/tools/aisle/internal/madeup"
)

// A row has both sides of the comparison.
func TestCompare(t *testing.T) {
	d, err := madeup.Day(4, 12)
	if err != nil {
		t.Fatal(err)
	}
	r := compare("small", d)
	if r.Value <= 0 || r.Limit <= 0 || r.Ratio <= 0 || r.Unit != perUnit {
		t.Errorf("%+v", r)
	}
}

func BenchmarkStep(b *testing.B) {
	d, err := madeup.Day(12, visits)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		day(d).step()
	}
}
