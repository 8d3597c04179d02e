package main

import (
	"path/filepath"
	"testing"
)

func TestSelf(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	const built = "/var/tmp/go-build42/b001/exe/aisle"
	for _, c := range []struct{ arg0, at, want string }{
		{"aisle", root, "aisle"},
		{"./bin/my aisle", root, "'./bin/my aisle'"},
		{"it's", root, `'it'\''s'`},
		{built, root, "go run ./tools/aisle"},
		{built, filepath.Join(root, "tools"), "go run ./aisle"},
		{built, filepath.Join(root, "examples"), "go run ../tools/aisle"},
		{built, filepath.Dir(root), "go run github.com/openaisle/aisle/tools/aisle"},
	} {
		if got := selfOf(c.arg0, c.at); got != c.want {
			t.Errorf("%s in %s: %s, not %s", c.arg0, c.at, got, c.want)
		}
	}
}
