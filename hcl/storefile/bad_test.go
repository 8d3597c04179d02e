package storefile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openaisle/aisle/hcl/storefile/internal/corpus"
)

// acme is a vendor of everything.
type acme = corpus.Vendor

// leastCases is how many broken stores there are at least, and limitAlloc the
// most bytes that the reading of one allocates in all.
const (
	leastCases = 500
	limitAlloc = 256 << 20
)

// A bad file says in comments what is wrong with it:
//
//	zone = zone.drnks # ERROR unknown_reference: There is no zone "drnks" => zone.drinks
//
// is an error on this line of this code, with this text in its summary or
// detail, and this suggestion. "# STORE ERROR" at the top is one without a
// place. What isn't announced must not be found. The cases of an archive say it
// in their want files: see package corpus.
type expected struct {
	severity, code, text, suggestion string
	line                             int
}

var mark = regexp.MustCompile(`# (STORE )?(ERROR|WARNING) ([a-z_]+)(?:: ([^#]*))?`)

func announced(src string) (all []expected) {
	for i, line := range strings.Split(src, "\n") {
		for _, m := range mark.FindAllStringSubmatch(line, -1) {
			text, suggestion, _ := strings.Cut(m[4], "=> ")
			e := expected{strings.ToLower(m[2]), m[3], strings.TrimSpace(text), strings.TrimSpace(suggestion), i + 1}
			if m[1] != "" {
				e.line = 0
			}
			all = append(all, e)
		}
	}
	return all
}

func (e expected) matches(p Problem) bool {
	return string(p.Severity) == e.severity && p.Code == e.code && p.Line == e.line &&
		strings.Contains(p.Summary+"\n"+p.Detail, e.text) && p.Suggestion == e.suggestion
}

func cases(t testing.TB) []corpus.Case {
	t.Helper()
	all, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBad reads every broken store: it is refused with the right code at the
// right place, without a panic and within the memory that there is.
func TestBad(t *testing.T) {
	all := cases(t)
	found := map[string][]string{}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			var before, after runtime.MemStats
			dir := t.TempDir()
			if err := c.Write(dir); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&before)
			ps := loadCase(dir, c)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > limitAlloc {
				t.Errorf("%d MiB were allocated", n>>20)
			}
			for _, p := range ps {
				checkForm(t, p)
			}
			if c.Archive == "" {
				testAnnounced(t, c, ps)
				return
			}
			got := wantLines(c, ps)
			found[c.Name] = got
			if !*rewrite && !slices.Equal(got, c.Want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.Want, "\n"))
			}
			if len(got) == 0 {
				t.Error("nothing is wrong with it")
			}
		})
	}
	if *rewrite {
		rewriteWants(t, found)
	}
	if base := read(t, "testdata/base.hcl"); len(all) < leastCases || base != read(t, "internal/corpus/base.hcl") {
		t.Errorf("%d cases, or base.hcl of the two folders differ", len(all))
	}
}

// loadCase gives all problems of a case: of a fleet, those of its stores too.
func loadCase(dir string, c corpus.Case) Problems {
	opts := &Options{Schemas: acme{}, Vars: c.Vars}
	if !IsFleet(dir) {
		_, ps := Load(dir, opts)
		return ps
	}
	f, ps := LoadFleet(dir, opts)
	for _, s := range f.Stores {
		_, more := Load(s.Dir, s.Options(opts))
		ps = append(ps, more...)
	}
	return ps
}

func wantLines(c corpus.Case, ps Problems) []string {
	var out []string
	for _, p := range ps {
		line := p.Place.String()
		if p.Severity == Warning {
			line += " W"
		}
		line += " " + p.Code
		text := c.Files[p.File]
		if p.File != "" && p.EndByte <= len(text) {
			first, _, _ := strings.Cut(text[p.StartByte:p.EndByte], "\n")
			line += " <" + cut(first, 40) + ">"
		}
		line += " " + p.Summary
		if p.Suggestion != "" {
			line += " => " + p.Suggestion
		}
		out = append(out, line)
	}
	return out
}

// rewriteWants writes what was found, for a person to look through.
func rewriteWants(t *testing.T, found map[string][]string) {
	files, _ := filepath.Glob("internal/corpus/cases/*.txtar")
	for _, file := range files {
		old, out := txtar.Parse([]byte(read(t, file))), &txtar.Archive{}
		out.Comment = old.Comment
		name := ""
		flush := func() {
			if name != "" {
				want := strings.Join(found[strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+name], "\n")
				out.Files = append(out.Files, txtar.File{Name: name + "/want", Data: []byte(want + "\n")})
			}
		}
		for _, f := range old.Files {
			of, rest, _ := strings.Cut(f.Name, "/")
			if rest == "want" {
				continue
			}
			if of != name {
				flush()
				name = of
			}
			out.Files = append(out.Files, f)
		}
		flush()
		if err := os.WriteFile(file, txtar.Format(out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func testAnnounced(t *testing.T, c corpus.Case, ps Problems) {
	file := c.Name + ".hcl"
	want := announced(c.Files[file])
	if len(want) == 0 {
		t.Fatal("the file announces no problem")
	}
	for _, p := range ps {
		found := false
		for i, e := range want {
			if e.matches(p) && (p.File == "" || p.File == file) {
				want, found = append(want[:i], want[i+1:]...), true
				break
			}
		}
		if !found {
			t.Errorf("found but not announced: %s %s %q\n%s => %q", p.Severity, p.Code, p.Place, p.String(), p.Suggestion)
		}
	}
	for _, e := range want {
		t.Errorf("announced but not found: line %d %s %s: %s => %s", e.line, e.severity, e.code, e.text, e.suggestion)
	}
}

// checkForm looks at what every problem must have.
func checkForm(t *testing.T, p Problem) {
	t.Helper()
	if p.Summary == "" || len([]rune(p.Summary)) > maxSummary || strings.HasSuffix(p.Summary, ".") {
		t.Errorf("summary %q", p.Summary)
	}
	if p.Detail == "" || p.Code == "" {
		t.Errorf("%s: detail %q, code %q", p.Summary, p.Detail, p.Code)
	}
	if p.File != "" && (p.Line < 1 || p.Column < 1 || p.Snippet == "" && p.StartByte > 0 || p.EndLine < p.Line) {
		t.Errorf("%s: place %+v", p.Summary, p.Place)
	}
	if strings.Contains(fmt.Sprintf("%+v", p), "planted") && !strings.Contains(p.Snippet, "planted") {
		t.Errorf("%s repeats a secret", p.Summary)
	}
	if _, _, ok := Explain(p.Code); !ok {
		t.Errorf("%s is not explained", p.Code)
	}
}

// loadBad gives the problems of a file of the corpus.
func loadBad(t testing.TB, name string) Problems {
	t.Helper()
	for _, c := range cases(t) {
		if c.Name == name {
			dir := t.TempDir()
			if err := c.Write(dir); err != nil {
				t.Fatal(err)
			}
			return loadCase(dir, c)
		}
	}
	t.Fatalf("there is no case %q", name)
	return nil
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
