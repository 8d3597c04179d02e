package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const log = `=== RUN   TestJS
=== ATTR  TestJS peer npm reader 1.0
=== RUN   TestJS/a
--- PASS: TestJS (0.10s)
    --- PASS: TestJS/a (0.00s)
        --- PASS: TestJS/a/x (0.00s)
        --- PASS: TestJS/a/y (0.00s)
    --- PASS: TestJS/b (0.00s)
    --- SKIP: TestJS/c (0.00s)
=== ATTR  TestVectors vectors the standard's examples
=== ATTR  TestVectors cases 1018
--- PASS: TestVectors (0.01s)
=== ATTR  TestAway peer a tool
    main_test.go:1: it is missing
--- SKIP: TestAway (0.00s)
PASS
ok  	github.com/openaisle/aisle/plugins/llrp	1.2s
=== ATTR  TestMore vectors the standard's examples
--- PASS: TestMore (0.01s)
--- PASS: TestLaneConforms (0.01s)
    --- PASS: TestLaneConforms/one (0.01s)
    --- PASS: TestLaneConforms/two (0.01s)
ok  	github.com/openaisle/aisle/plugins/llrp/internal/codec	1.2s
--- PASS: TestConforms (0.01s)
ok  	github.com/openaisle/aisle/sdk/rfid	1.2s
`

func page(rows string) string {
	return "# plugins\n\n" + beginLine + "\n" + head + rows + endLine + "\n\nmore\n"
}

const want = `| llrp | a tool | peer | 7 |
| llrp | npm reader 1.0 | peer | 3 |
| llrp | the standard's examples | vectors | 1,019 |
| llrp | the class's conformance suite, over the wire | suite | 2 |
| scale | its own | vectors | 9 |
`

// Counts are of the run; what was skipped and what did not run stay, and what no test says goes.
func TestRenew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte(page("| llrp | a tool | peer | 7 |\n| llrp | gone | peer | 4 |\n| scale | its own | vectors | 9 |\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-check", "-file", file}, strings.NewReader(log), os.Stderr); err == nil || !strings.Contains(err.Error(), "llrp, gone: 4, and 0 passed") {
		t.Errorf("the check of an old table: %v", err)
	}
	if err := run([]string{"-write", "-file", file}, strings.NewReader(log), os.Stderr); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil || string(b) != page(want) {
		t.Errorf("%v\n%s", err, b)
	}
	if err := run([]string{"-check", "-file", file}, strings.NewReader(log), os.Stderr); err != nil {
		t.Error(err)
	}
	if err := run([]string{"-check", "-file", file}, strings.NewReader(strings.Replace(log, "cases 1018", "cases 1017", 1)), os.Stderr); err == nil {
		t.Error("a vector less is not found")
	}
	if err := run([]string{"-check", "-file", file}, strings.NewReader(strings.Replace(log, "cases 1018", "cases 1020", 1)), os.Stderr); err != nil {
		t.Errorf("more than the table says: %v", err)
	}
}

func TestNoPlace(t *testing.T) {
	if _, err := renew([]byte("# plugins\n"), &told{}); err == nil {
		t.Error("a page without a place for the table")
	}
}
