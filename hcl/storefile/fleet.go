package storefile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// FleetExtension is that of fleet files. A folder with one is a fleet.
const FleetExtension = ".fleet" + Extension

// LimitFleet is the most stores of a fleet.
const LimitFleet = 10_000

// Fleet is many stores: each a folder of store files with values of its own.
type Fleet struct {
	// Dir is the fleet's folder, absolute.
	Dir string
	// Stores are sorted by ID.
	Stores []FleetStore

	cache *parseCache
	// variables are those of the fleet itself.
	variables []string
}

// FleetStore is one store of a fleet.
type FleetStore struct {
	// ID is the store's name in the fleet: the key of the for_each, or the name
	// of a block without one.
	ID string
	// Dir is the folder of its store files, absolute.
	Dir string
	// Place is the block that it comes from.
	Place Place

	fleet  *Fleet
	values map[string]given
}

// IsFleet says whether a folder holds a fleet file.
func IsFleet(dir string) bool {
	names, err := filepath.Glob(filepath.Join(dir, "*"+FleetExtension))
	return err == nil && len(names) > 0
}

// Store gives a store by its ID, and the nearest ID where there is none.
func (f *Fleet) Store(id string) (s FleetStore, near string, ok bool) {
	i, ok := slices.BinarySearchFunc(f.Stores, id, func(s FleetStore, id string) int { return strings.Compare(s.ID, id) })
	if ok {
		return f.Stores[i], "", true
	}
	ids := make([]string, len(f.Stores))
	for i, s := range f.Stores {
		ids[i] = s.ID
	}
	return FleetStore{}, nearest.To(id, ids), false
}

// Options gives the options to Load the store with: those given, and the
// fleet's values for its variables. Its files may read in the fleet's folder.
func (s FleetStore) Options(o *Options) *Options {
	out := Options{}
	if o != nil {
		out = *o
	}
	out.values, out.cache, out.within, out.Store = s.values, s.fleet.cache, s.fleet.Dir, ""
	out.Vars = maps.Clone(out.Vars)
	for _, name := range s.fleet.variables {
		delete(out.Vars, name)
	}
	return &out
}

// loadOf loads one store of a fleet.
func loadOf(dir string, opts *Options) (*Definition, Problems) {
	l := newLoader(opts)
	f, problems := LoadFleet(dir, opts)
	if problems.HasErrors() {
		return &Definition{Dir: f.Dir, loader: l}, problems
	}
	s, near, ok := f.Store(opts.Store)
	if !ok {
		p := Problem{Severity: Error, Code: "no_store", Summary: fmt.Sprintf("The fleet has no store %q", opts.Store), Detail: "It has " + f.some() + ".", Suggestion: near}
		if opts.Store == "" {
			p.Summary, p.Detail = "That is a fleet of stores", "Say which of them is meant, such as --store "+f.first()+". It has "+f.some()+"."
		}
		return &Definition{Dir: f.Dir, loader: l}, Problems{p}
	}
	options := s.Options(opts)
	options.Store = ""
	return Load(s.Dir, options)
}

// first gives the ID of a store, for an example.
func (f *Fleet) first() string {
	if len(f.Stores) == 0 {
		return "NAME"
	}
	return f.Stores[0].ID
}

// some names the stores, or as many as fit on a line.
func (f *Fleet) some() string {
	const most = 12
	var ids []string
	for _, s := range f.Stores[:min(most, len(f.Stores))] {
		ids = append(ids, s.ID)
	}
	text := strings.Join(ids, ", ")
	if n := len(f.Stores) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	if text == "" {
		return "none"
	}
	return text
}

// parseCache keeps what was parsed, for files that many stores share.
type parseCache struct {
	mu      sync.Mutex
	folders map[string][]*source
}

// folder gives the parsed files of a folder, which are not changed by loading.
func (c *parseCache) folder(dir, prefix string, over overlay) ([]*source, error) {
	if c == nil {
		return parseFolder(dir, prefix, over)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := prefix + "\x00" + dir
	if have, ok := c.folders[key]; ok {
		return have, nil
	}
	sources, err := parseFolder(dir, prefix, over)
	if err == nil {
		c.folders[key] = sources
	}
	return sources, err
}

// fleetType gives the block types of a fleet file.
func fleetType(name string) (blockType, bool) {
	switch name {
	case blockStore:
		return blockType{label: "name", arguments: []argument{{"source", true, `source = "./shop"`}, {argForEach, false, ""}, {"values", false, ""}}}, true
	case blockVariable:
		return typeOf(name)
	}
	return blockType{}, false
}

// LoadFleet reads the fleet in a folder: which stores there are. It doesn't
// read the stores; see FleetStore.Options.
func LoadFleet(dir string, opts *Options) (*Fleet, Problems) {
	if opts == nil {
		opts = &Options{}
	}
	l := newLoader(opts)
	l.fleet = true
	f := &Fleet{cache: &parseCache{folders: map[string][]*source{}}}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		_, ps := l.nothing(dir, err)
		return f, ps
	}
	f.Dir, l.dir = absolute, absolute
	if folder, err := openFolder(absolute); err == nil {
		l.folders = append(l.folders, folder)
	}
	paths, _ := filepath.Glob(filepath.Join(absolute, "*"+FleetExtension)) // the only error is of the pattern
	if len(paths) == 0 {
		_, ps := l.nothing(dir, fmt.Errorf("it holds no %s file", FleetExtension))
		return f, ps
	}
	for _, p := range paths {
		src, err := overlay(opts.Overlay).read(p)
		if err != nil {
			_, ps := l.nothing(dir, err)
			return f, ps
		}
		l.collectFleet(parse(filepath.Base(p), src))
	}
	s := l.baseScope(scope{
		ctx:   &hcl.EvalContext{Functions: l.allFunctions()},
		lacks: "A fleet file knows var, local and path; what belongs to a store is in its own files.",
	})
	f.variables = slices.Sorted(maps.Keys(l.names[blockVariable]))
	for _, b := range l.blocks[blockStore] {
		l.fleetStores(f, b, s)
	}
	slices.SortFunc(f.Stores, func(a, b FleetStore) int { return strings.Compare(a.ID, b.ID) })
	return f, l.problems.sorted()
}

func (l *loader) collectFleet(s *source) {
	l.sources[s.name] = s
	l.diagnostics(nil, s.diags, "syntax")
	for _, name := range slices.Sorted(maps.Keys(s.body.Attributes)) {
		l.fail(nil, s.body.Attributes[name].NameRange, "unknown_argument", fmt.Sprintf("%q stands outside any block", name), "A fleet file holds store, variable and locals blocks.")
	}
	for _, syntax := range s.body.Blocks {
		b := &block{syntax: syntax, kind: syntax.Type, context: syntax.Type}
		if len(syntax.Labels) > 0 {
			b.name = syntax.Labels[0]
			b.context = fmt.Sprintf("%s %q", b.kind, b.name)
		}
		if b.kind == blockLocals {
			l.blocks[b.kind] = append(l.blocks[b.kind], b)
			continue
		}
		t, ok := fleetType(b.kind)
		if !ok {
			p := l.fail(nil, syntax.TypeRange, "unknown_block", fmt.Sprintf("There are no %q blocks here", syntax.Type), "A fleet file has these: store, variable, locals. Blocks of a store are in its own folder.")
			p.Suggestion = nearest.To(syntax.Type, []string{blockStore, blockVariable, blockLocals})
			continue
		}
		if !l.checkLabel(b, t) {
			continue
		}
		l.checkShape(b, t)
		if l.names[b.kind] == nil {
			l.names[b.kind] = map[string]*block{}
		}
		if first := l.names[b.kind][b.name]; first != nil {
			l.fail(b, b.header(), "duplicate", fmt.Sprintf("There is a second %s", b.context), "The first is at %s. Remove or rename one of them.", l.place(first.header(), ""))
			continue
		}
		l.names[b.kind][b.name] = b
		l.blocks[b.kind] = append(l.blocks[b.kind], b)
	}
}

// itemRange gives the place of an item of an object that is written out, or of
// all of it.
func itemRange(e hclsyntax.Expression, key string) hcl.Range {
	if object, ok := e.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			if hcl.ExprAsKeyword(item.KeyExpr) == key {
				return hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range())
			}
		}
	}
	return e.Range()
}

// fleetStores adds the stores that a block makes.
func (l *loader) fleetStores(f *Fleet, b *block, s scope) {
	text, ok := l.text(b, "source", s)
	if !ok {
		return
	}
	dir := filepath.Join(l.dir, filepath.FromSlash(text))
	if rel, err := filepath.Rel(l.dir, dir); err != nil || !filepath.IsLocal(rel) {
		l.fail(b, b.at("source"), "data", "The store's folder is elsewhere", "%s is outside the fleet's folder, and fleet files read nothing there. Move it in.", text)
		return
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		l.fail(b, b.at("source"), "data", "The store's folder can't be read", "%s is no folder.", text)
		return
	}
	for _, i := range l.instances(b, s, false) {
		one := FleetStore{ID: b.name, Dir: dir, Place: l.place(b.header(), b.context), fleet: f, values: map[string]given{}}
		if i.repeated {
			one.ID = i.key
		}
		if !nameForm.MatchString(one.ID) {
			l.fail(b, b.at(argForEach), "label", fmt.Sprintf("%q can't be the name of a store", one.ID), "A name is a letter and then letters, digits, underscores and hyphens, at most 64 in all.")
			continue
		}
		if slices.ContainsFunc(f.Stores, func(o FleetStore) bool { return o.ID == one.ID }) {
			l.fail(b, b.header(), "duplicate", fmt.Sprintf("There are two stores %q", one.ID), "A store's name is its own in the whole fleet.")
			continue
		}
		if len(f.Stores) >= LimitFleet {
			l.fail(b, b.header(), "out_of_bounds", "There are too many stores", "A fleet has at most %d.", LimitFleet)
			return
		}
		if a := b.attribute("values"); a != nil {
			v, ok := l.eval(b, a.Expr, i.scope(s))
			if !ok {
				continue
			}
			if v.IsNull() || !v.IsKnown() || v.IsMarked() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
				l.fail(b, a.Expr.Range(), "wrong_type", `"values" needs an object`, "Write the variables of the store and their values: { city = each.value.city }.")
				continue
			}
			for it := v.ElementIterator(); it.Next(); {
				k, value := it.Element()
				at := l.place(itemRange(a.Expr, k.AsString()), b.context)
				one.values[k.AsString()] = given{value: value, place: &at, from: fmt.Sprintf("by the fleet, to store %q", one.ID)}
			}
		}
		one.values["store_id"] = given{value: cty.StringVal(one.ID), from: fmt.Sprintf("by the fleet, to store %q", one.ID), optional: true}
		f.Stores = append(f.Stores, one)
	}
}
