package madeup

import "testing"

// Day checks by itself that every visit ends; here that it isn't empty.
func TestDay(t *testing.T) {
	for _, n := range []int{1, 12} {
		records, err := Day(n, 24)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) < 24*15 {
			t.Errorf("%d at once: only %d records", n, len(records))
		}
	}
}
