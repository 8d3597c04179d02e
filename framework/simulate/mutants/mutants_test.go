package mutants

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// atLeast is how many mistakes are planted.
const atLeast = 100

// Every mutant fits the source as it is now, once and no more, and what comes of
// it is Go. Whoever changes a line that a mutant breaks writes the mutant anew.
func TestTableFits(t *testing.T) {
	all, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < atLeast {
		t.Errorf("%d mutants, want at least %d", len(all), atLeast)
	}
	mistakes := map[string]string{}
	for i := range all {
		m := &all[i]
		files, err := m.Apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		for path, text := range files {
			if strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s: a mistake in %s is one of the tests", m.Name, path)
			}
			if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		if before := mistakes[m.Mistake]; before != "" {
			t.Errorf("%s and %s are the same mistake", before, m.Name)
		}
		mistakes[m.Mistake] = m.Name
	}
}

// Every check names tests that there are.
func TestChecksAreThere(t *testing.T) {
	all, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	tests := map[string][]string{}
	for i := range all {
		for _, c := range all[i].Checks {
			if tests[c.Package] == nil {
				files, err := filepath.Glob(filepath.Join(root, c.Package, "*_test.go"))
				if err != nil {
					t.Fatal(err)
				}
				for _, file := range files {
					b, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					for _, found := range declared.FindAllSubmatch(b, -1) {
						tests[c.Package] = append(tests[c.Package], string(found[1]))
					}
				}
			}
			whole, _, _ := strings.Cut(c.Tests, "/") // what follows names parts of tests
			pattern, err := regexp.Compile(whole)
			if err != nil {
				t.Errorf("%s: %v", all[i].Name, err)
				continue
			}
			if !slices.ContainsFunc(tests[c.Package], pattern.MatchString) {
				t.Errorf("%s: %s has no test like %s", all[i].Name, c.Package, c.Tests)
			}
		}
	}
}

// The README says what became of every mutant, and of nothing else.
func TestReadme(t *testing.T) {
	all, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(b), generated)
	if !found {
		t.Fatal("README.md has no place for the table")
	}
	var want, got []string
	for i := range all {
		want = append(want, all[i].Name)
	}
	for _, parts := range row.FindAllStringSubmatch(table, -1) {
		if got = append(got, parts[1]); parts[3] == nothing {
			t.Errorf("%s is found by nothing", parts[1])
		}
	}
	for _, list := range []struct {
		what      string
		these, of []string
	}{{"not in README.md", want, got}, {"in README.md, and not in the folder", got, want}} {
		for _, name := range list.these {
			if !slices.Contains(list.of, name) {
				t.Errorf("%s is %s: run aisle sim mutants --readme --only %s", name, list.what, name)
			}
		}
	}
}

// The README keeps the rows of those that were not planted this time, but not of
// those that are no more.
func TestWriteReadme(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, filepath.Dir(filepath.FromSlash(Table)), "README.md")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("head\n"+generated), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(all []Mutant, of ...Outcome) string {
		if err := WriteReadme(dir, all, &Result{Mutants: of}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	a, b := Outcome{Name: "a", Kind: "z", Mistake: "m", CaughtBy: "./p TestA/b", BuildSeconds: 2, RunSeconds: 1.25}, Outcome{Name: "b", Kind: "y", Mistake: "n", RunSeconds: 3}
	got := write([]Mutant{{Name: "a"}, {Name: "b"}}, a, b)
	if !strings.HasPrefix(got, "head\n"+generated) || !strings.Contains(got, "\n2 planted, 1 caught, the slowest in 3.0 s") ||
		!strings.HasSuffix(got, "| `b` | y | n | **nothing** | 0.0 s | 3.0 s |\n| `a` | z | m | `TestA/b` in `p` | 2.0 s | 1.2 s |\n") {
		t.Error(got)
	}
	b.CaughtBy, b.RunSeconds = "./p TestB", 0.5
	if got = write([]Mutant{{Name: "a"}, {Name: "b"}, {Name: "c"}}, b); !strings.Contains(got, "\n2 planted, 2 caught, the slowest in 1.2 s") {
		t.Error(got)
	}
	if got = write([]Mutant{{Name: "b"}}); !strings.Contains(got, "\n1 planted, 1 caught") || strings.Contains(got, "`a`") {
		t.Error(got)
	}
}

// What does not fit is an error that says what to do, and nothing is built.
func TestDrift(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n\nvar x, y = 1, 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, old, instead string
		fits               bool
	}{
		{"once", "x, y", "y, x", true}, {"twice", "1", "2", false}, {"never", "z", "x", false}, {"nothing new", "x, y", "x, y", false}, {"empty", "", "x", false},
	} {
		m := Mutant{Name: c.name, Edits: []Edit{{File: "a.go", Old: c.old, New: c.instead}}}
		switch files, err := m.Apply(dir); {
		case c.fits && (err != nil || files["a.go"] != "package a\n\nvar y, x = 1, 1\n"):
			t.Errorf("%s: %v, %q", c.name, err, files["a.go"])
		case !c.fits && err == nil:
			t.Errorf("%s: it was applied", c.name)
		}
	}
}

// What is written wrongly is refused.
func TestParse(t *testing.T) {
	good := "kind: k\nmistake: m\nfound by: ./a TestA X=1\n-- a.go --\nold\n-- instead --\nnew\n"
	m, err := parse("n", []byte(good))
	if err != nil || m.Kind != "k" || m.Edits[0] != (Edit{"a.go", "old\n", "new\n"}) || m.Checks[0].String() != "X=1 go test ./a -run 'TestA'" {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{
		"", strings.Replace(good, "kind: k\n", "", 1), strings.Replace(good, "mistake: m", "mistake:", 1), strings.Replace(good, "kind", "sort", 1),
		strings.Replace(good, "./a TestA X=1", "./a", 1), strings.Replace(good, "./a", "a", 1), strings.Replace(good, "-- instead --", "-- b.go --", 1),
		strings.Replace(good, "-- instead --\nnew\n", "", 1),
	} {
		if _, err := parse("n", []byte(bad)); err == nil {
			t.Errorf("taken for a mutant:\n%s", bad)
		}
	}
}

// Which test failed first is read off what the test program says.
func TestFirstFailed(t *testing.T) {
	for want, out := range map[string]string{
		"TestA":            "=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\n",
		"TestA/b":          "=== RUN   TestA\n=== RUN   TestA/b\n--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\n",
		"TestA/c":          "=== RUN   TestA/c\n    --- FAIL: TestA/c (0.00s)\n--- FAIL: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n",
		"TestP":            "=== RUN   TestO\n--- PASS: TestO (0.00s)\n=== RUN   TestP\npanic: no [recovered]\n",
		"TestQ/x":          "=== RUN   TestQ\n=== RUN   TestQ/x\n--- FAIL: TestQ (0.00s)\n    --- FAIL: TestQ/x (0.00s)\npanic: no\n",
		"the test program": "fatal error: all goroutines are asleep - deadlock!\n",
	} {
		if got := firstFailed(out); got != want {
			t.Errorf("%q failed first, want %q:\n%s", got, want, out)
		}
	}
}

// A mistake is found by the test that must find it, tests that pass find nothing,
// and tests that fail without any mistake are an error.
func TestPlant(t *testing.T) {
	if os.Getenv("AISLE_LONG") == "" {
		t.Skip("AISLE_LONG is not set: it builds programs")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.org/m\n\ngo 1.26\n", "p/p.go": "package p\n\nfunc Two() int { return 2 }\n",
		"p/p_test.go": "package p\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestTwo(t *testing.T) {\n\tif Two() != 2 {\n\t\tt.Fatal(Two())\n\t}\n}\n\n" +
			"func TestEven(t *testing.T) {\n\tif Two()%2 != 0 || os.Getenv(\"RED\") != \"\" {\n\t\tt.Fatal(Two())\n\t}\n}\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mutant := func(name, instead string, checks ...Check) Mutant {
		return Mutant{Name: name, Kind: "k", Mistake: name, Edits: []Edit{{"p/p.go", "return 2", instead}}, Checks: checks}
	}
	even, two := Check{Package: "./p", Tests: "^TestEven$"}, Check{Package: "./p", Tests: "^TestTwo$"}
	var told []string
	r, err := Run(t.Context(), Options{Root: dir, Workers: 2, Told: func(o Outcome) { told = append(told, o.Name) },
		Mutants: []Mutant{mutant("three", "return 3", even), mutant("four", "return 4", even, two), mutant("six", "return 6", even)}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Planted != 3 || r.Caught != 2 || !slices.Equal(r.Missed, []string{"six"}) || !slices.Equal(told, []string{"three", "four", "six"}) {
		t.Errorf("%+v, told %v", r, told)
	}
	if by := []string{r.Mutants[0].CaughtBy, r.Mutants[1].CaughtBy, r.Mutants[2].CaughtBy}; !slices.Equal(by, []string{"./p TestEven", "./p TestTwo", ""}) {
		t.Errorf("caught by %q", by)
	}
	even.Env = []string{"RED=1"}
	if _, err := Run(t.Context(), Options{Root: dir, Mutants: []Mutant{mutant("three", "return 3", even)}}); err == nil || !strings.Contains(err.Error(), "without any mistake") {
		t.Errorf("tests that fail anyhow: %v", err)
	}
	r, err = Run(t.Context(), Options{Root: dir, Mutants: []Mutant{mutant("no Go", "return \"\"", two)}})
	if err != nil || r.Caught != 0 || !strings.Contains(r.Mutants[0].Said, "cannot use") {
		t.Errorf("a mutant that does not build: %+v, %v", r, err)
	}
}
