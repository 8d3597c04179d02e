package storefilebench

import (
	"testing"

	"github.com/openaisle/aisle/hcl/storefile"
)

func TestRun(t *testing.T) {
	n := 0
	if err := run(func(r Result) {
		n++
		t.Logf("%+v", r)
		if r.Value <= 0 || r.Limit <= 0 || r.Ratio != r.Value/r.Limit && r.Ratio <= 0 {
			t.Errorf("%+v", r)
		}
	}, 20, 200, 2); err != nil || n != 3 {
		t.Fatal(n, err)
	}
}

// The other figures, of small stores.
func TestSizes(t *testing.T) {
	n := 0
	count := func(Result) { n++ }
	if err := grown(count, 5, 10, 1); err != nil {
		t.Error(err)
	}
	if err := fleet(count, 3); err != nil || n != 2 {
		t.Error(n, err)
	}
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	if err := Generate(dir, 10, 100); err != nil {
		t.Fatal(err)
	}
	d, ps := storefile.Load(dir, &storefile.Options{Schemas: vendor{}})
	if len(ps) > 0 || len(d.Store.Devices) != 10 || len(d.Store.Products) != 100 || len(d.Store.Facings) != 100 {
		t.Errorf("%d devices, %d products, %d facings, %v", len(d.Store.Devices), len(d.Store.Products), len(d.Store.Facings), ps)
	}
	if err := Generate(dir, 3, 1); err == nil {
		t.Error("a store without shelves was generated")
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	if err := Generate(dir, Devices, Products); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := loadOnce(dir, Devices, Products); err != nil {
			b.Fatal(err)
		}
	}
}
