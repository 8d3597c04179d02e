package main

import "testing"

// The name that was meant is suggested for nearly every slip in a name of the
// examples.
func TestTypos(t *testing.T) {
	kinds, err := typos("../../examples", 4, func(missed string) { t.Log(missed) })
	if err != nil {
		t.Fatal(err)
	}
	tried, right := 0, 0
	for _, k := range kinds {
		if k.Tried == 0 || k.Tried-k.Right > 1 {
			t.Errorf("%d of %d slips in %s", k.Right, k.Tried, k.Kind)
		}
		tried, right = tried+k.Tried, right+k.Right
	}
	if right*100 < tried*limitTypos || tried < 80 {
		t.Errorf("%d of %d: %+v", right, tried, kinds)
	}
}
