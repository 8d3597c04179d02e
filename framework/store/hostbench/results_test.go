package hostbench

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestRow(t *testing.T) {
	for _, tt := range []struct {
		name  string
		row   Row
		ratio float64
		pass  bool
	}{
		{"at the limit", Row{Value: 100, Limit: 100}, 1, true},
		{"over it", Row{Value: 101, Limit: 100}, 1.01, false},
		{"none allowed, none there", Row{}, 0, true},
		{"none allowed, one there", Row{Value: 1}, 1, false},
		{"at least", Row{Value: 4, Limit: 8, More: true}, 2, false},
		{"at least, reached", Row{Value: 8, Limit: 8, More: true}, 1, true},
		{"only told", Row{Value: 7, Printed: true}, 0, true},
	} {
		if got := tt.row.Ratio(); got != tt.ratio || tt.row.Pass() != tt.pass {
			t.Errorf("%s: ratio %v, pass %v", tt.name, got, tt.row.Pass())
		}
	}
}

// Parts add up in a file, and none counts twice.
func TestResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	for n, from := range []int{0, 10} {
		r, err := openResults(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.part("stop", from, 10); err != nil {
			t.Fatal(err)
		}
		r.add("stop", float64(n+1))
		r.count("late", 2)
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := openResults(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := (&bench{kept: r}).turns("stop"); got != 20 || r.Sums["late"] != 4 || r.quantile("stop", 1) != 2 || r.quantile("none", 1) != 0 {
		t.Errorf("%d turns, %v", got, r)
	}
	if err := r.part("stop", 19, 1); err == nil || !strings.Contains(err.Error(), "--from 20") {
		t.Errorf("a part that overlaps: %v", err)
	}
	if err := r.part("kill", 19, 1); err != nil {
		t.Errorf("another loop: %v", err)
	}
}

func TestKeys(t *testing.T) {
	err := Run(t.Context(), Options{Only: "nothing"}, func(Row) {})
	if err == nil || !strings.Contains(err.Error(), "kill, freeze, stop") {
		t.Errorf("got %v", err)
	}
}
