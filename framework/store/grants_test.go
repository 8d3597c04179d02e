package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What can't be granted is said where it stands, before the store runs.
func TestGrantsAreLocated(t *testing.T) {
	dir := cornerWith(t)
	release(t, dir, "asking", asksForShadow)
	more := `plugin "asking" {
  source = "./asking"
}

credential_reader "extra" {
  driver = asking.reader
  serves = gate.north
  config {
    world = "127.0.0.1"
  }
}

credential_reader "other" {
  driver = asking.reader
  serves = gate.north
  config {
    world = "unix:/var/run/docker.sock"
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "more.hcl"), []byte(more), 0o644); err != nil {
		t.Fatal(err)
	}
	_, problems, err := Validate(t.Context(), dir, map[string]string{"shoppers": "5", "speed": "1", "noise": "none"}, &ValidateOptions{limits: patient()})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]string{2: "read /etc/shadow is more of the machine", 9: `"127.0.0.1" is no address`, 17: "docker.sock is not granted to any plugin"}
	for _, p := range problems {
		if says := want[p.Line]; filepath.Base(p.File) != "more.hcl" || says == "" || !strings.Contains(p.Detail, says) {
			t.Errorf("%s", p.String())
		}
		delete(want, p.Line)
	}
	if len(want) != 0 {
		t.Errorf("not said: %v", want)
	}
}

// The host's own folders are among what no plugin of a store is granted.
func TestHostsOwn(t *testing.T) {
	all := strings.Join((&Options{Data: "/d", CA: "/c", Announce: "/a", Cache: "/b"}).protected(), "\n") + "\n"
	for _, p := range []string{"/d\n", "/c\n", "/a\n", "/b\n"} {
		if !strings.Contains(all, p) {
			t.Errorf("%q is not in %q", p, all)
		}
	}
}
