package storefile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// testedStore is a store that runs with the same variables share.
type testedStore struct {
	once     sync.Once
	def      *Definition
	problems Problems
	// mu is held while anything is evaluated in its scope: functions keep what
	// they read.
	mu sync.Mutex
}

// TestScript is a run that was read: the store it is about and what happens.
type TestScript struct {
	Definition *Definition
	// Refused are the problems of the store's files.
	Refused Problems
	// Expected are the codes that expect_problems lists; nil where the store must
	// be a good one.
	Expected []string
	// Start is when the run begins; zero where it doesn't say.
	Start time.Time
	Steps []TestStep

	run    *TestRun
	store  *testedStore
	expect *block
}

func runType() blockType {
	return blockType{label: "name", arguments: []argument{
		{"description", false, ""}, {"source", false, ""}, {"store", false, ""}, {"start", false, ""}, {"expect_problems", false, ""},
	}, blocks: append([]string{blockVariables, blockAssert}, stepTypes()...)}
}

// Load reads the store that a run is about and the steps of the run. Problems
// are those of the run itself: with errors among them it can't be run.
func (r *TestRun) Load() (*TestScript, Problems) {
	l := r.tests.loader(r.source)
	functions := l.functionScope()
	l.checkShape(r.block, runType())
	values := map[string]given{}
	if r.variables != nil {
		l.testVariables(r.variables, functions, values)
	}
	seen := false
	for _, syntax := range r.block.syntax.Body.Blocks {
		if syntax.Type != blockVariables {
			continue
		}
		b := r.block.child(syntax)
		if seen {
			l.fail(b, b.header(), "duplicate", "There is a second variables block", "Put both into one.")
		}
		seen = true
		l.testVariables(b, functions, values)
	}
	script := &TestScript{run: r}
	l.runHead(r.block, functions, script)
	dir, store := l.tested(r, functions)
	if l.problems.HasErrors() {
		return script, l.problems.sorted()
	}
	script.store = r.tests.store(dir, store, values)
	script.Definition, script.Refused = script.store.def, script.store.problems
	problems := l.problems
	if script.Expected != nil {
		problems = append(problems, r.nothingElse(l)...)
	} else if !script.Refused.HasErrors() {
		problems = append(problems, script.decode()...)
	}
	return script, problems.sorted()
}

// nothingElse reports steps of a run whose store must be refused.
func (r *TestRun) nothingElse(l *loader) Problems {
	l.problems = nil
	for _, syntax := range r.block.syntax.Body.Blocks {
		if syntax.Type != blockVariables && runHas(syntax.Type) {
			b := r.block.child(syntax)
			l.fail(b, b.header(), "step", "Nothing happens in a store that is refused", "This run has expect_problems, so that its store never opens. Move the steps into another run.")
		}
	}
	return l.problems
}

func runHas(kind string) bool { return slices.Contains(runType().blocks, kind) }

// runHead reads the arguments of a run.
func (l *loader) runHead(b *block, s scope, script *TestScript) {
	l.text(b, "description", s)
	if b.attribute("start") != nil {
		if text, ok := l.text(b, "start", s); ok {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				l.fail(b, b.at("start"), "instant", "That is no point in time", `Write it with its zone, such as "2026-11-27T08:00:00+01:00".`)
			}
			script.Start = at
		}
	}
	if b.attribute("expect_problems") == nil {
		return
	}
	script.expect = b
	script.Expected = []string{}
	var codes []string
	for _, e := range Explanations() {
		codes = append(codes, e.Code)
	}
	for _, i := range l.texts(b, "expect_problems", s, false) {
		if l.word(b, i.rng, "code of a problem", i.value.AsString(), codes) {
			script.Expected = append(script.Expected, i.value.AsString())
		}
	}
	if len(script.Expected) == 0 && !l.problems.HasErrors() {
		l.fail(b, b.at("expect_problems"), "step", "No problem is named", `Write the codes that the store's files must be refused with, such as ["unknown_reference"]; aisle explain lists them.`)
	}
}

// tested gives the folder of the store files that a run is about, and which store
// of a fleet.
func (l *loader) tested(r *TestRun, s scope) (dir, store string) {
	dir, store = r.tests.Dir, r.tests.opts.Store
	if text, ok := l.text(r.block, "source", s); ok {
		dir = filepath.Join(filepath.Dir(filepath.Join(r.tests.Dir, filepath.FromSlash(r.File))), filepath.FromSlash(text))
		rel, err := filepath.Rel(r.tests.Dir, dir)
		if info, statErr := os.Stat(dir); err != nil || !filepath.IsLocal(rel) || statErr != nil || !info.IsDir() {
			l.fail(r.block, r.block.at("source"), "data", "The tested store's folder can't be read", "%s is no folder within the store's. It is relative to the test file.", text)
		}
	}
	if text, ok := l.text(r.block, "store", s); ok {
		store = text
	}
	return dir, store
}

// store loads a store once for all runs that give it the same values.
func (t *Tests) store(dir, store string, values map[string]given) *testedStore {
	key := []string{dir, store}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key = append(key, name, fmt.Sprintf("%#v", values[name].value))
	}
	id := strconv.Quote(strings.Join(key, "\x00"))
	t.mu.Lock()
	s := t.stores[id]
	if s == nil {
		s = &testedStore{}
		t.stores[id] = s
	}
	t.mu.Unlock()
	s.once.Do(func() { s.def, s.problems = t.load(dir, store, values) })
	return s
}

func (t *Tests) load(dir, store string, values map[string]given) (*Definition, Problems) {
	o := &Options{VarFiles: t.opts.VarFiles, WorkDir: t.opts.WorkDir, Vars: maps.Clone(t.opts.Vars), Overlay: t.opts.Overlay, cache: t.cache, values: map[string]given{}}
	if IsFleet(dir) {
		f, problems := LoadFleet(dir, o)
		if problems.HasErrors() {
			return &Definition{Dir: dir, loader: newLoader(o)}, problems
		}
		one, near, ok := f.Store(store)
		if !ok {
			p := Problem{Severity: Error, Code: "no_store", Summary: fmt.Sprintf("The fleet has no store %q", store), Detail: "Say which is tested: store = \"" + f.first() + "\" in the run. It has " + f.some() + ".", Suggestion: near}
			return &Definition{Dir: dir, loader: newLoader(o)}, Problems{p}
		}
		o, dir = one.Options(o), one.Dir
		o.values = maps.Clone(o.values)
	}
	for name, g := range values {
		g.name.Filename, g.rng.Filename = "", "" // a problem with it is shown at the store's own block
		o.values[name] = g
		delete(o.Vars, name)
	}
	if t.opts.Schemas != nil {
		o.Schemas = t.opts.Schemas(dir)
	}
	return Load(dir, o)
}

// Unmet gives what is wrong where the store's files are not refused as a run
// with Expected says: problems that were not expected, and codes that did not
// occur.
func (t *TestScript) Unmet() Problems {
	if t.Expected == nil {
		return t.Refused
	}
	var out Problems
	missing := slices.Clone(t.Expected)
	var found []string
	for _, p := range t.Refused {
		if p.Severity != Error {
			continue
		}
		found = append(found, p.Code)
		missing = slices.DeleteFunc(missing, func(code string) bool { return code == p.Code })
		if !slices.Contains(t.Expected, p.Code) {
			out = append(out, p)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	l := t.run.tests.loader(t.run.source)
	for _, code := range missing {
		said := "The store's files are good."
		if len(found) > 0 {
			said = "They are refused with: " + strings.Join(found, ", ") + "."
		}
		p := l.fail(t.run.block, t.run.block.at("expect_problems"), "expected_problem", fmt.Sprintf("There is no problem %q", code), "The run expects the store's files to be refused with it. %s", said)
		p.Suggestion = nearest.To(code, found)
	}
	return append(out, l.problems...).sorted()
}
