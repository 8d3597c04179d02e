package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command has an example, which is of that command.
func TestHelp(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !strings.Contains(c.Example, c.CommandPath()) || c.Short == "" {
			t.Errorf("%s has no example: %q", c.CommandPath(), c.Example)
		}
		for _, inner := range c.Commands() {
			walk(inner)
		}
	}
	walk(newRoot())
}

// with runs a command line on standard input.
func with(t *testing.T, in string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(twoDashes(args))
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(&errs)
	if err := root.ExecuteContext(context.Background()); err != nil {
		return 1, out.String(), errs.String() + err.Error()
	}
	return 0, out.String(), errs.String()
}

const cornerFiles = "../../examples/corner"

func TestConsole(t *testing.T) {
	code, out, errs := with(t, "# a remark\nvar.seed\nzone.drinks\n", "console", cornerFiles)
	if code != 0 || out != "\"1\"\nzone.drinks\n" && out != "1\nzone.drinks\n" {
		t.Error(code, out, errs)
	}
	code, out, _ = with(t, "upper(\"a\")\nzone.drnks\n", "console", "-json", cornerFiles)
	if code != 1 || !strings.Contains(out, `"value":"A"`) || !strings.Contains(out, `"code":"unknown_reference"`) || !strings.Contains(out, `"suggestion":"zone.drinks"`) {
		t.Error(code, out)
	}
}

func TestGraph(t *testing.T) {
	for _, c := range []struct{ flag, want string }{{"--svg", "</svg>"}, {"-svg=false", "digraph \"corner\""}} {
		if code, out, errs := with(t, "", "graph", c.flag, cornerFiles); code != 0 || !strings.Contains(out, c.want) {
			t.Error(code, errs)
		}
	}
}

func TestDocs(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := with(t, "", "docs", "-out", dir, cornerFiles); code != 0 {
		t.Fatal(errs)
	}
	for file, want := range map[string]string{"blocks/gate.md": "| `driver` | a driver of a plugin |", "functions.md": "`join(", "fleets/store.md": "| `values` |", "tests/run.md": "| `product` | a reference to a product |", "plugins/nordgate.md": "## nordgate.gate\n\nA gate of the simulated world: one lane for both directions. A driver of class `gate`."} {
		if b, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v\n%s", file, err, b)
		}
	}
	if code, _, errs := with(t, "", "docs", "--plugin", "acme", cornerFiles); code != 1 || !strings.Contains(errs, `no plugin "acme"`) {
		t.Error(code, errs)
	}
}

// A copy of an example is as good as the example, from wherever it is.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "shop")
	code, out, errs := with(t, "", "init", "-example", "corner", dir)
	if code != 0 || !strings.Contains(out, "validate "+dir) || !strings.Contains(out, "run "+dir) {
		t.Fatal(code, out, errs)
	}
	if code, _, errs := with(t, "", "validate", "--offline", dir); code != 0 {
		t.Error(errs)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "store.hcl")); err != nil || strings.Contains(string(b), `"../../plugins`) || !strings.Contains(string(b), `plugins/simulated"`) {
		t.Errorf("%v\n%s", err, b)
	}
	if code, _, errs := with(t, "", "init", "--example", "corner", dir); code != 1 || !strings.Contains(errs, "not empty") {
		t.Error(code, errs)
	}
	if code, _, errs := with(t, "", "init", "--example", "crner", dir); code != 1 || !strings.Contains(errs, "corner") {
		t.Error(code, errs)
	}
}

func TestFmtRecursive(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.hcl": "zone   \"x\" {}\n", "m/b.hcl": "zone   \"x\" {}\n", "m/v.storevars": "a=1\n", ".aisle/c.hcl": "zone   \"x\" {}\n", "store.lock.hcl": "plugin   \"x\" {}\n"} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, _ := with(t, "", "fmt", "-check", "-recursive", dir); code != 1 || out != "a.hcl\nm/b.hcl\nm/v.storevars\n" {
		t.Error(code, out)
	}
	if code, out, _ := with(t, "", "fmt", "-diff", dir); code != 0 || !strings.Contains(out, "+zone \"x\" {}") || strings.Contains(out, "m/b.hcl") {
		t.Error(code, out)
	}
}
