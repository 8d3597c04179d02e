package main

import (
	"path/filepath"
	"strings"
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

// What was killed is named with the line that goes on with it, as it was run.
func TestStartAgain(t *testing.T) {
	ran, never := t.TempDir(), t.TempDir()
	h := hosting{dir: "/srv/corner", data: ran, http: "127.0.0.1:80", vars: map[string]string{"a": "b"}, log: logging{to: "-", level: "debug"}}
	if err := h.remember(); err != nil {
		t.Fatal(err)
	}
	want := "; what was killed goes on with:\n  " + self() + " run /srv/corner --data " + ran + " --http 127.0.0.1:80 --log - --log-level debug\n  " +
		self() + " run DIR --data " + never
	if got := startAgain([]string{ran, never}); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := startAgain(nil); !strings.Contains(got, "--data") {
		t.Errorf("nothing was killed: %s", got)
	}
}
