package storefile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const untidy = "zone   \"drinks\"   {}\r\n\n# A gate.\ngate \"north\" {\n driver=acme.gate\n   zone      = zone.drinks // here\n}\n\n\n"

const tidy = `zone "drinks" {}

# A gate.
gate "north" {
  driver = acme.gate
  zone   = zone.drinks // here
}
`

func TestFormat(t *testing.T) {
	got, ps := Format("x.hcl", []byte(untidy))
	if len(ps) > 0 || string(got) != tidy {
		t.Errorf("%v\n%s", ps, got)
	}
	again, _ := Format("x.hcl", got)
	if !bytes.Equal(again, got) {
		t.Errorf("not idempotent:\n%s", again)
	}
	got, ps = Format("x.hcl", []byte("gate {"))
	if got != nil || !ps.HasErrors() || ps[0].File != "x.hcl" {
		t.Errorf("%q %v", got, ps)
	}
}

// All that we ship is formatted, and formatting what is here keeps its meaning:
// the bad files still have their problems, which TestBad checks.
func TestFormatShipped(t *testing.T) {
	for _, dir := range []string{"../../examples/corner", "../../examples/prices", "../../examples/recorded-shelf", "testdata", "testdata/good"} {
		changed, ps := FormatDir(dir, &FormatOptions{Check: true})
		for _, f := range changed {
			t.Errorf("%s: not formatted:\n%s", dir, f.Diff())
		}
		if len(ps) > 0 {
			t.Errorf("%s: %v", dir, ps)
		}
	}
}

func TestFormatDir(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.hcl", untidy)
	write(t, dir, "b.hcl", tidy)
	write(t, dir, "c.hcl", "gate {")
	write(t, dir, "d.txt", untidy)
	for _, check := range []bool{true, false} {
		changed, ps := FormatDir(dir, &FormatOptions{Check: check})
		if len(changed) != 1 || changed[0].Name != "a.hcl" || string(changed[0].After) != tidy || len(ps) != 1 || ps[0].File != "c.hcl" {
			t.Fatalf("check %v: %v, %v", check, changed, ps)
		}
		if !strings.Contains(string(changed[0].Diff()), "+  driver = acme.gate") {
			t.Errorf("diff %s", changed[0].Diff())
		}
		want := untidy
		if !check {
			want = tidy
		}
		if got := read(t, filepath.Join(dir, "a.hcl")); got != want {
			t.Errorf("check %v left %q", check, got)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".fmt-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	if _, ps := FormatDir(filepath.Join(dir, "none"), nil); !ps.HasErrors() {
		t.Error("no folder, no problem")
	}
	if err := os.Chmod(filepath.Join(dir, "b.hcl"), 0o640); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.hcl", untidy)
	if _, _ = FormatDir(dir, nil); read(t, filepath.Join(dir, "b.hcl")) != tidy {
		t.Error("not formatted")
	}
	if info, _ := os.Stat(filepath.Join(dir, "b.hcl")); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
}
