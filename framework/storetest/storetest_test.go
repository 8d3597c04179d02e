package storetest

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/hcl/storefile"
)

func runAll(t *testing.T, dir string) *Report {
	t.Helper()
	tests, problems := storefile.LoadTests(dir, nil)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	report, err := Run(context.Background(), tests, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestShop runs what a test can say.
func TestShop(t *testing.T) {
	report := runAll(t, "testdata/shop")
	if len(report.Results) < 15 {
		t.Fatalf("%d runs", len(report.Results))
	}
	for i := range report.Results {
		x := &report.Results[i]
		if x.Status == StatusPass {
			continue
		}
		var text strings.Builder
		_ = storefile.Print(&text, x.Problems, false)
		for _, l := range x.Story {
			text.WriteString(l.String() + "\n")
		}
		t.Errorf("%s: %s\n%s", x.Name, x.Status, text.String())
	}
}

// announced is a problem that a line says it has.
type announced struct {
	line                   int
	code, text, suggestion string
}

var mark = regexp.MustCompile(`# ERROR ([a-z_]+):([^#]*)$`)

func announcedIn(src string) (all []announced) {
	for i, line := range strings.Split(src, "\n") {
		if m := mark.FindStringSubmatch(line); m != nil {
			text, suggestion, _ := strings.Cut(m[2], "=>")
			all = append(all, announced{i + 1, m[1], strings.TrimSpace(text), strings.TrimSpace(suggestion)})
		}
	}
	return all
}

// TestWrong holds what is said of wrong runs, and where, against what the file
// announces.
func TestWrong(t *testing.T) {
	src, err := os.ReadFile("testdata/wrong/steps.storetest.hcl")
	if err != nil {
		t.Fatal(err)
	}
	want := announcedIn(string(src))
	if len(want) < 25 {
		t.Fatalf("%d problems are announced", len(want))
	}
	report := runAll(t, "testdata/wrong")
	for i := range report.Results {
		x := &report.Results[i]
		if x.Status == StatusPass {
			if x.Name != "refused_otherwise" {
				t.Errorf("%s passes", x.Name)
			}
			continue
		}
		for _, p := range x.Problems {
			at := slices.IndexFunc(want, func(a announced) bool {
				return a.line == p.Line && a.code == p.Code && a.suggestion == p.Suggestion && strings.Contains(p.Summary+"\n"+p.Detail, a.text)
			})
			if at >= 0 {
				want = slices.Delete(want, at, at+1)
			} else if x.Name != "refused_otherwise" || p.Code != "no_exit" { // what it is refused with is shown too
				t.Errorf("%s, found and not announced: %s => %q at %d\n%s", x.Name, p.Code, p.Suggestion, p.Line, p.String())
			}
			if p.Snippet == "" && p.Code != "no_exit" {
				t.Errorf("%s shows no line: %s", x.Name, p)
			}
		}
	}
	for _, a := range want {
		t.Errorf("announced and not found: %+v", a)
	}
}

// The values of what a failing condition refers to are shown, the receipt's among
// them.
func TestValuesShown(t *testing.T) {
	report := runAll(t, "testdata/wrong")
	i := slices.IndexFunc(report.Results, func(x Result) bool { return x.Name == "fails" })
	want := []storefile.ScopeValue{
		{Traversal: "receipt.total", Statement: `is "1.80 EUR"`},
		{Traversal: "receipt", Statement: "is 1 cola for 1.80 EUR; total 1.80 EUR, captured"},
	}
	if d := cmp.Diff(want, report.Results[i].Problems[0].Values); d != "" {
		t.Error(d)
	}
}

// A run goes the same way each time, whatever else is run beside it.
func TestRepeatable(t *testing.T) {
	first, second := runAll(t, "testdata/shop"), runAll(t, "testdata/shop")
	for i := range first.Results {
		if d := cmp.Diff(first.Results[i].Story, second.Results[i].Story); d != "" {
			t.Errorf("%s goes another way:\n%s", first.Results[i].Name, d)
		}
	}
}

func TestPicked(t *testing.T) {
	tests, problems := storefile.LoadTests("testdata/shop", nil)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	report, err := Run(context.Background(), tests, &Options{Files: []string{"tests/visits.storetest.hcl"}, Run: regexp.MustCompile("^age_"), Parallel: 1})
	if err != nil || len(report.Results) != 2 || report.Passed != 2 || report.Skipped != len(tests.Runs)-2 || !report.OK() {
		t.Errorf("%+v %v", report, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, tests, nil); err == nil {
		t.Error("ran though nobody waits")
	}
}

// TestReports reads the report back as machines do.
func TestReports(t *testing.T) {
	report := runAll(t, "testdata/wrong")
	b, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var object struct {
		Status string `json:"status"`
		Failed int    `json:"failed"`
		Runs   []struct {
			Name     string `json:"name"`
			Problems struct {
				Diagnostics []struct {
					Code string `json:"code"`
				} `json:"diagnostics"`
			} `json:"problems"`
		} `json:"runs"`
	}
	if err := json.Unmarshal(b, &object); err != nil || object.Status != "error" || object.Failed != report.Failed || len(object.Runs) != len(report.Results) {
		t.Errorf("%v: %s", err, b)
	}
	if got := object.Runs[0].Problems.Diagnostics; len(got) == 0 || got[0].Code != "unknown_block" {
		t.Errorf("the problems of the first run are %v", got)
	}

	var text strings.Builder
	if err := report.JUnit(&text, func(r *Result) string { return "a \x1b[1mbold\x00 text of " + r.Name }); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal([]byte(text.String()), &back); err != nil {
		t.Fatal(err)
	}
	if back.Tests != len(report.Results) || back.Failures != report.Failed || back.Errors != report.Errors || len(back.Suites) != 1 || len(back.Suites[0].Cases) != back.Tests {
		t.Errorf("%d tests, %d failures, %d errors in %d suites", back.Tests, back.Failures, back.Errors, len(back.Suites))
	}
	i := slices.IndexFunc(back.Suites[0].Cases, func(c junitCase) bool { return c.Name == "fails" })
	if c := back.Suites[0].Cases[i]; c.Failure == nil || c.Failure.Type != "assert" || !strings.Contains(c.Out, "took 1 × Cola") || c.Line == 0 || c.ClassName != "steps" {
		t.Errorf("%+v", c)
	}
}
