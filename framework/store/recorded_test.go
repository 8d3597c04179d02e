package store

import (
	"github.com/openaisle/aisle/framework/simulate/audit"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The five picks of the open minute of the AIM3S recording are found, and none
// is invented; what was charged is what was captured.
func TestRecordedShelf(t *testing.T) {
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recording of five shelves is not here")
	}
	data := t.TempDir()
	vars := map[string]string{"recording": filepath.Join(root, "data", "aim3s-shelf-recording")}
	sum, err := runCorner(t, data, vars, func(o *Options) { o.Dir = "../../examples/recorded-shelf" })
	if err != nil {
		t.Fatal(err)
	}
	// Shelf, end in ms and grams: the labels of the recording (events.json).
	labels := []struct {
		shelf int
		end   int64
		grams float64
	}{{5, 11_934, -393.9}, {4, 29_374, -466.6}, {2, 37_974, -324.8}, {2, 44_134, -410.3}, {1, 52_414, -700.9}}
	if len(sum.Changes) != len(labels) {
		t.Fatalf("changes %+v", sum.Changes)
	}
	for i, l := range labels {
		c := sum.Changes[i]
		if c.Shelf != l.shelf || c.TMS < l.end-1000 || c.TMS > l.end+1000 || math.Abs(c.Grams-l.grams) > max(10, 0.03*-l.grams) {
			t.Errorf("change %+v, label %+v", c, l)
		}
		if (c.Decision == "taken") != (c.GTIN != "") || (c.Decision != "taken" && c.Decision != "doubted") {
			t.Errorf("change %+v", c)
		}
	}
	if d := sum.Changes[1].Decision; d != "doubted" {
		t.Errorf("shelf 4 has two products that weigh the same, and it was %s", d)
	}
	books, err := audit.Read(data)
	if err != nil || len(books.Receipts) != 1 {
		t.Fatalf("receipts %+v, %v", books.Receipts, err)
	}
	total, moved := books.Receipts[0].TotalMinor, map[string]int64{}
	for _, m := range books.Ledger {
		moved[m.Op] += m.AmountMinor
	}
	if sum.Receipts != 1 || total == 0 || moved["capture"] != total || len(moved) != 2 {
		t.Errorf("summary %+v, receipt %d, ledger %v", sum, total, moved)
	}
}
