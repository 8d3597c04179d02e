package turn

import "testing"

// A key stands for its parts and for nothing else: no two lists of parts share
// one, however their words would run together, and it never changes.
func TestKey(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"ab"}, {"a", "b"}, {"ab", ""}, {"1:a"}, {"1", "a"}, {"1:a1:b"},
		{"movement", "corner", "s1", "capture", "1"}, {"movement", "corner", "s1", "capture", "11"},
		{"movement", "corner", "s11", "capture", "1"}, {"movement", "corner", "s1", "capture:2", "1"},
	} {
		k := Key(parts...)
		if before, again := seen[k]; again {
			t.Errorf("%q and %q have one key", before, parts)
		}
		if seen[k] = parts; k != Key(parts...) || len(k) != 32 {
			t.Errorf("the key of %q is %q", parts, k)
		}
	}
	if k := Key("movement", "corner", "s1", "capture", "1"); k != "98727f410db4959e4af15eda0492b42a" {
		t.Errorf("a key that is in journals and at processors became another: %s", k)
	}
}
