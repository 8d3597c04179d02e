package language

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/storefile"
)

// mention is a reference that a file holds: to what, and where.
type mention struct {
	kind, name string
	// whole is all that is written, name1 the part that is the name alone.
	whole, label Place
	// moved says that it stands in a moved block, whose addresses are history.
	moved *hclsyntax.Block
	// argument is that of the outermost block, such as "to".
	argument string
}

// references gives all references of a file, in no order.
func (f *Folder) references(of *file) []mention {
	var out []mention
	var walk func(body *hclsyntax.Body, outer *hclsyntax.Block)
	walk = func(body *hclsyntax.Body, outer *hclsyntax.Block) {
		for _, a := range body.Attributes {
			for _, t := range a.Expr.Variables() {
				r, ok := f.resolve(of, t, outer != nil && body == outer.Body && a.Name == "driver")
				if !ok {
					continue
				}
				r.argument = a.Name
				if outer != nil && outer.Type == "moved" {
					r.moved = outer
				}
				out = append(out, r)
			}
		}
		for _, b := range body.Blocks {
			if outer == nil {
				walk(b.Body, b)
			} else {
				walk(b.Body, outer)
			}
		}
	}
	walk(of.body, nil)
	if isValues(of.name) { // its names are those of variables
		for _, a := range of.body.Attributes {
			out = append(out, mention{kind: kindVariable, name: a.Name, whole: place(a.NameRange), label: place(a.NameRange)})
		}
	}
	return out
}

// resolve gives what a traversal names.
func (f *Folder) resolve(of *file, t hcl.Traversal, driver bool) (mention, bool) {
	if len(t) < 2 {
		return mention{}, false
	}
	root := t.RootName()
	r := mention{kind: root, whole: place(t.SourceRange())}
	if driver {
		r.kind, r.name, r.label = kindPlugin, root, place(t[0].SourceRange())
		return r, true
	}
	switch root {
	case "var":
		r.kind = kindVariable
	case "each", "path":
		return mention{}, false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		r.name, r.label = step.Name, place(step.SrcRange)
		r.label.From = max(r.label.From, r.label.To-len(step.Name)) // without the dot
	case hcl.TraverseIndex:
		if step.Key.IsNull() || !step.Key.IsKnown() || step.Key.Type() != cty.String {
			return mention{}, false
		}
		r.name = step.Key.AsString()
		r.label = place(step.SrcRange)
		text := string(slice(of, r.label))
		if len(text) != len(r.name)+4 { // ["name"] and nothing else
			return mention{}, false
		}
		r.label.From, r.label.To = r.label.From+2, r.label.To-2
	default:
		return mention{}, false
	}
	return r, true
}

func slice(f *file, p Place) []byte {
	from, to := min(max(p.From, 0), len(f.src)), min(max(p.To, 0), len(f.src))
	return f.src[from:max(from, to)]
}

// at gives what the thing at an offset is called, whether it is declared or
// referred to there, and the place of its name.
func (f *Folder) at(name string, offset int) (kind, called string, label Place, ok bool) {
	of := f.files[name]
	if of == nil {
		return "", "", Place{}, false
	}
	for _, s := range f.symbols {
		if s.label.holds(name, offset) {
			return s.kind, s.name, s.label, true
		}
	}
	for _, r := range f.references(of) {
		if r.whole.holds(name, offset) {
			return r.kind, r.name, r.label, true
		}
	}
	return "", "", Place{}, false
}

func (f *Folder) declared(kind, name string) []symbol {
	var out []symbol
	for _, s := range f.symbols {
		if s.kind == kind && s.name == name {
			out = append(out, s)
		}
	}
	return out
}

// Definition gives where what stands at an offset is declared: the names of the
// blocks, or none.
func (f *Folder) Definition(name string, offset int) []Place {
	kind, called, _, ok := f.at(name, offset)
	if !ok {
		return nil
	}
	var out []Place
	for _, s := range f.declared(kind, called) {
		out = append(out, s.label)
	}
	return out
}

// References gives where what stands at an offset is referred to, its
// declaration included, in the order of files and places.
func (f *Folder) References(name string, offset int) []Place {
	kind, called, _, ok := f.at(name, offset)
	if !ok {
		return nil
	}
	out := f.Definition(name, offset)
	for _, of := range f.files {
		for _, r := range f.references(of) {
			if r.kind == kind && r.name == called {
				out = append(out, r.label)
			}
		}
	}
	return sorted(out)
}

func sorted(places []Place) []Place {
	slices.SortFunc(places, func(a, b Place) int {
		if a.File != b.File {
			if a.File < b.File {
				return -1
			}
			return 1
		}
		return a.From - b.From
	})
	return slices.Compact(places)
}

// describe finds the description of a type of block.
func describe(kind string) (storefile.BlockDoc, bool) {
	all := storefile.Language()
	i := slices.IndexFunc(all, func(b storefile.BlockDoc) bool { return b.Name == kind })
	if i < 0 {
		return storefile.BlockDoc{}, false
	}
	return all[i], true
}
