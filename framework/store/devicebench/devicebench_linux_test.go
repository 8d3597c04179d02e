package devicebench

import (
	"math/bits"
	"strconv"
	"strings"
	"testing"
)

// Badges differ, and have the parity of 26 bits: even before, odd after.
func TestCard(t *testing.T) {
	seen := map[string]bool{}
	for n := range 500 {
		c := card(n)
		v, err := strconv.ParseUint(c, 16, 32)
		if err != nil || seen[c] || len(c) != 8 || v&63 != 0 {
			t.Fatalf("card %d is %q: %v", n, c, err)
		}
		seen[c] = true
		if v >>= 6; bits.OnesCount64(v>>13)%2 != 0 || bits.OnesCount64(v&(1<<13-1))%2 != 1 {
			t.Errorf("card %d, %s, has the wrong parity", n, c)
		}
	}
}

// What needs no other process is measured, and what does not exist is refused.
func TestRun(t *testing.T) {
	var rows []Row
	if err := Run(t.Context(), Options{Only: "samples", Seconds: 1}, func(r Row) { rows = append(rows, r) }); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || rows[0].Of != plates*hertz || !(rows[0].Value > 0) || rows[1].Limit != coreMost || !(rows[2].Value > 0) {
		t.Errorf("rows %+v", rows)
	}
	if err := Run(t.Context(), Options{Only: "none"}, nil); err == nil || !strings.Contains(err.Error(), "samples") {
		t.Errorf("a measurement that is not there: %v", err)
	}
}
