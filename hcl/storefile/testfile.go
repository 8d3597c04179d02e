package storefile

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

const (
	// TestFolder is the folder beside the store files that may hold their tests.
	TestFolder = "tests"
	// LimitRuns is the most runs of one store's tests.
	LimitRuns = 10_000
	// LimitSteps is the most blocks of one run.
	LimitSteps = 10_000
)

// The block types of a test file, steps excepted.
const (
	blockRun       = "run"
	blockVariables = "variables"
	blockAssert    = "assert"
)

// TestOptions are what a test file can't say itself. Nil is the default.
type TestOptions struct {
	// Vars, VarFiles and WorkDir are as in Options. What a test file says of a
	// variable goes before them.
	Vars     map[string]string
	VarFiles []string
	WorkDir  string
	// Store is which store of a fleet is tested where a run doesn't say.
	Store string
	// Overlay are files as an editor holds them, as in Options.
	Overlay map[string][]byte
	// Schemas gives those for the store files of a folder; nil for none.
	Schemas func(dir string) Schemas
}

// Tests are the test files of one store.
type Tests struct {
	// Dir is the store's folder, absolute.
	Dir string
	// Files are the names of the test files, relative to it, sorted.
	Files []string
	// Runs are in the order of files and lines.
	Runs []*TestRun

	opts   TestOptions
	cache  *parseCache
	mu     sync.Mutex
	stores map[string]*testedStore
}

// TestRun is one run block.
type TestRun struct {
	// Name is the block's label, File the test file's name and Place the block.
	Name  string
	File  string
	Place Place

	tests     *Tests
	source    *source
	block     *block
	variables *block // of the whole file; nil for none
}

// LoadTests reads the test files of a store's folder: TestExtension files in it
// and in its TestFolder. It reads no store; see TestRun.Load. Problems are those
// of the files themselves; runs of files with problems are left out.
func LoadTests(dir string, opts *TestOptions) (*Tests, Problems) {
	if opts == nil {
		opts = &TestOptions{}
	}
	t := &Tests{opts: *opts, cache: &parseCache{folders: map[string][]*source{}}, stores: map[string]*testedStore{}}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return t, Problems{{Severity: Error, Code: "no_store", Summary: "There is no store to test", Detail: err.Error()}}
	}
	t.Dir = absolute
	var problems Problems
	for _, name := range testFiles(absolute, t.opts.Overlay) {
		t.Files = append(t.Files, name)
		src, err := overlay(t.opts.Overlay).read(filepath.Join(absolute, filepath.FromSlash(name)))
		if err != nil {
			problems = append(problems, fileProblem(err))
			continue
		}
		runs, ps := t.file(parse(name, src))
		problems = append(problems, ps...)
		if !ps.HasErrors() {
			t.Runs = append(t.Runs, runs...)
		}
	}
	if len(t.Runs) > LimitRuns {
		problems = append(problems, Problem{Severity: Error, Code: "out_of_bounds", Summary: "There are too many runs",
			Detail: fmt.Sprintf("A store's tests have at most %d; these have %d.", LimitRuns, len(t.Runs))})
		t.Runs = nil
	}
	return t, problems.sorted()
}

// testFiles lists the test files of a folder, by their names relative to it,
// those of an overlay among them.
func testFiles(dir string, over overlay) []string {
	var names []string
	for path := range over {
		if at, err := filepath.Rel(dir, path); err == nil && strings.HasSuffix(path, TestExtension) && (filepath.Dir(at) == "." || filepath.Dir(at) == TestFolder) {
			names = append(names, filepath.ToSlash(at))
		}
	}
	for _, prefix := range []string{"", TestFolder + "/"} {
		paths, _ := filepath.Glob(filepath.Join(escapeGlob(dir), filepath.FromSlash(prefix)+"*"+TestExtension)) // the only error is of the pattern
		for _, p := range paths {
			if base := filepath.Base(p); !strings.HasPrefix(base, ".") {
				names = append(names, prefix+base)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// escapeGlob has the letters of a path stand for themselves.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// file reads the blocks of a test file.
func (t *Tests) file(s *source) ([]*TestRun, Problems) {
	l := t.loader(s)
	l.diagnostics(nil, s.diags, "syntax")
	for _, name := range slices.Sorted(maps.Keys(s.body.Attributes)) {
		l.fail(nil, s.body.Attributes[name].NameRange, "unknown_argument", fmt.Sprintf("%q stands outside any block", name), "A test file holds run blocks, and one variables block for all of them.")
	}
	var runs []*TestRun
	var variables *block
	for _, syntax := range s.body.Blocks {
		b := &block{syntax: syntax, kind: syntax.Type, context: syntax.Type}
		if len(syntax.Labels) > 0 {
			b.name = syntax.Labels[0]
			b.context = fmt.Sprintf("%s %q", b.kind, b.name)
		}
		switch b.kind {
		case blockVariables:
			if variables != nil {
				l.fail(b, b.header(), "duplicate", "There is a second variables block", "The first is at %s. Put both into one.", l.place(variables.header(), ""))
				continue
			}
			if l.checkLabel(b, blockType{}) {
				variables = b
			}
		case blockRun:
			if !l.checkLabel(b, blockType{label: "name"}) {
				continue
			}
			if i := slices.IndexFunc(runs, func(r *TestRun) bool { return r.Name == b.name }); i >= 0 {
				l.fail(b, b.header(), "duplicate", fmt.Sprintf("There is a second run %q", b.name), "The first is at %s. Rename one of them.", l.place(runs[i].block.header(), ""))
				continue
			}
			runs = append(runs, &TestRun{Name: b.name, File: s.name, Place: l.place(b.header(), b.context), tests: t, source: s, block: b})
		default:
			p := l.fail(nil, syntax.TypeRange, "unknown_block", fmt.Sprintf("There are no %q blocks here", syntax.Type), "A test file has these: %s, %s. Steps and asserts are within a run.", blockRun, blockVariables)
			p.Suggestion = nearest.To(syntax.Type, []string{blockRun, blockVariables})
		}
	}
	for _, r := range runs {
		r.variables = variables
	}
	return runs, l.problems.sorted()
}

// loader gives one that knows a test file and functions alone.
func (t *Tests) loader(s *source) *loader {
	l := newLoader(&Options{})
	l.dir = t.Dir
	if f, err := openFolder(t.Dir); err == nil {
		l.folders = append(l.folders, f)
	}
	l.sources[s.name] = s
	return l
}

// given evaluates a variables block: values that refer to nothing but functions.
func (l *loader) testVariables(b *block, s scope, into map[string]given) {
	for _, syntax := range b.syntax.Body.Blocks {
		l.unknownBlock(b, syntax, nil)
	}
	for _, name := range slices.Sorted(maps.Keys(b.syntax.Body.Attributes)) {
		a := b.syntax.Body.Attributes[name]
		v, ok := l.eval(b, a.Expr, s)
		into[name] = given{value: v, failed: !ok, name: a.NameRange, rng: a.Expr.Range(), from: "in " + l.place(a.NameRange, "").String()}
	}
}

func (l *loader) functionScope() scope {
	return scope{ctx: &hcl.EvalContext{Functions: l.allFunctions()}, lacks: "Variables of a run are given before the store's files are read: write the value out."}
}
