package storefile

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not as it was; look, and run go test -rewrite if it should be:\n%s", name, got)
	}
}

func TestPrint(t *testing.T) {
	for _, name := range []string{"zone_unknown", "mass", "config_values", "config_required", "product_without_price_and_tax", "store_missing", "bays", "plugin_unused"} {
		ps := loadBad(t, name)
		var b strings.Builder
		if err := Print(&b, ps, false); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", b.String())
	}
}

func TestPrintJSON(t *testing.T) {
	ps := loadBad(t, "price")
	b, err := json.MarshalIndent(ps, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "price.json", string(b)+"\n")
	none, _ := json.Marshal(Problems(nil))
	if want := `{"format_version":"1.0","valid":true,"error_count":0,"warning_count":0,"diagnostics":[]}`; string(none) != want {
		t.Errorf("no problems: %s", none)
	}
}

// JSON highlights what the caret is under, in bytes of the line.
func TestPrintUnicode(t *testing.T) {
	dir := store(t, map[string]string{"x.hcl": "entry {\n\tstaff = [\"größe🛒\", \"größe🛒\"]\n}\n"})
	_, ps := Load(dir, nil)
	if len(ps) != 1 {
		t.Fatal(ps)
	}
	j := ps[0].json()
	if got := j.Snippet.Code[j.Snippet.HighlightStartOffset:j.Snippet.HighlightEndOffset]; got != `"größe🛒"` {
		t.Errorf("highlights %q", got)
	}
	line, caret := ps[0].excerpt()
	if []rune(line)[strings.Index(caret, "^")] != '"' || strings.Count(caret, "~")+1 != len([]rune(`"größe🛒"`)) {
		t.Errorf("%s\n%s", line, caret)
	}
}

// What is wrong in the same words is written once.
func TestPrintGroups(t *testing.T) {
	place := func(line int) Place { return Place{File: "x.hcl", Line: line, Column: 1, Snippet: "x"} }
	var ps Problems
	for i := range 27 {
		ps = append(ps, Problem{Severity: Error, Summary: `There is no tax "x"`, Place: place(i + 1)})
	}
	ps = append(ps, Problem{Severity: Error, Summary: "Another", Place: place(40)}, Problem{Severity: Error, Summary: "Another", Place: place(41)})
	var b strings.Builder
	if err := Print(&b, ps, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"And 26 more places, the next at x.hcl:2:1.", "And 1 more place: x.hcl:41:1."} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("not once %q in:\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "Error:"); n != 2 {
		t.Errorf("%d written:\n%s", n, b.String())
	}
}

// A file can't write to the terminal.
func TestPrintEscapes(t *testing.T) {
	dir := store(t, map[string]string{"x.hcl": "zone \"\x1b[31m" + strings.Repeat("x", 500) + "\" {}\n"})
	_, ps := Load(dir, nil)
	var b strings.Builder
	_ = Print(&b, ps, false)
	if len(ps) == 0 || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%q", b.String())
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > 200 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	b.Reset()
	_ = Print(&b, ps, true)
	if !strings.Contains(b.String(), "\x1b[31m") {
		t.Error("no colour")
	}
}

func TestPrintMany(t *testing.T) {
	var b strings.Builder
	_ = Print(&b, make(Problems, MaxPrinted+1), false)
	if !strings.HasSuffix(b.String(), "... and 1 more.\n\n") {
		t.Error("the rest is not counted")
	}
}
