package turn

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDue compares the list with one that is sorted anew each time.
func TestDue(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0).UTC() }
	rapid.Check(t, func(rt *rapid.T) {
		var d Due
		plain := map[string]time.Time{}
		for range rapid.IntRange(1, 400).Draw(rt, "steps") {
			name := fmt.Sprint("n", rapid.IntRange(0, 12).Draw(rt, "name"))
			if rapid.IntRange(0, 4).Draw(rt, "off") == 0 {
				d.Set(name, time.Time{})
				delete(plain, name)
			} else {
				when := at(rapid.IntRange(1, 30).Draw(rt, "at"))
				d.Set(name, when)
				plain[name] = when
			}
			var want []string
			now, most := at(rapid.IntRange(0, 31).Draw(rt, "now")), rapid.IntRange(0, 14).Draw(rt, "most")
			for n, when := range plain {
				if !when.After(now) {
					want = append(want, n)
				}
			}
			slices.SortFunc(want, func(a, b string) int { return cmp.Or(plain[a].Compare(plain[b]), cmp.Compare(a, b)) })
			want = want[:min(len(want), most)]
			for range 2 { // what is asked for stays
				if got := d.By(now, most); !slices.Equal(got, want) {
					rt.Fatalf("due by %s: %v, want %v", now, got, want)
				}
			}
			if d.Len() != len(plain) {
				rt.Fatalf("%d names, want %d", d.Len(), len(plain))
			}
			first, ok := d.Next()
			if ok != (len(plain) > 0) {
				rt.Fatalf("something is due: %v, of %d", ok, len(plain))
			}
			for _, when := range plain {
				if when.Before(first) {
					rt.Fatalf("next is %s, and something is due at %s", first, when)
				}
			}
		}
		if len(d.list) > 2*len(plain)+64 {
			rt.Fatalf("%d entries are kept for %d names", len(d.list), len(plain))
		}
	})
}
