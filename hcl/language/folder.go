package language

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Options are what the files of a folder don't say themselves. Nil is the
// default.
type Options struct {
	// Schemas says what drivers want in their config blocks; nil where nothing is
	// known.
	Schemas storefile.Schemas
	// Plugins are those of the store, where the folder is a module's and they
	// are declared elsewhere.
	Plugins []string
	// Addresses are the resolved addresses of devices, bays and goods: what a
	// for_each or a table made among them.
	Addresses []string
	// Modules are the folders that module blocks call, by source as written.
	Modules map[string]Module
	// Data are files of other kinds which may hold addresses, for Rename.
	Data map[string][]byte
}

// Place is a part of a file, from one byte up to another.
type Place struct {
	File     string
	From, To int
}

// Folder is what the store files of one folder say.
type Folder struct {
	files   map[string]*file
	options Options
	symbols []symbol
}

type file struct {
	name string
	src  []byte
	hcl  *hcl.File
	body *hclsyntax.Body
}

// symbol is something declared that has a name: a block, or one of locals.
type symbol struct {
	kind, name string
	// label is the place of its name, header of the whole declaration's first
	// line, whole of all of it.
	label, header, whole Place
	block                *hclsyntax.Block
	expr                 hclsyntax.Expression
}

// The kinds of symbols of which references begin with another word than their
// block's type.
const (
	kindVariable = "variable"
	kindLocal    = "local"
	kindPlugin   = "plugin"
)

// Open reads the files of a folder by name. A file that doesn't parse gives what
// could be understood of it.
func Open(files map[string][]byte, options *Options) *Folder {
	f := &Folder{files: map[string]*file{}}
	if options != nil {
		f.options = *options
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f.files[name] = parse(name, files[name])
		// What is about a store is no part of it: a test refers, a lock does neither.
		if !isValues(name) && !strings.HasSuffix(name, storefile.TestExtension) && !strings.HasSuffix(name, storefile.LockExtension) {
			f.declare(f.files[name])
		}
	}
	return f
}

func parse(name string, src []byte) *file {
	empty := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	out := &file{name: name, src: src, body: empty, hcl: &hcl.File{Body: empty, Bytes: src}}
	if !storefile.Parseable(name, src) {
		return out
	}
	parsed, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos) // what is wrong is storefile's to say
	if parsed == nil {
		return out
	}
	if body, ok := parsed.Body.(*hclsyntax.Body); ok {
		out.hcl, out.body = parsed, body
	}
	return out
}

func (f *Folder) declare(of *file) {
	for _, b := range of.body.Blocks {
		if b.Type == "locals" {
			for _, name := range slices.Sorted(maps.Keys(b.Body.Attributes)) {
				a := b.Body.Attributes[name]
				f.symbols = append(f.symbols, symbol{
					kind: kindLocal, name: name, label: place(a.NameRange), header: place(a.SrcRange), whole: place(a.SrcRange), expr: a.Expr,
				})
			}
			continue
		}
		if len(b.Labels) == 0 {
			continue
		}
		f.symbols = append(f.symbols, symbol{
			kind: b.Type, name: b.Labels[0], label: inQuotes(of, b.LabelRanges[0]), header: place(b.DefRange()), whole: place(b.Range()), block: b,
		})
	}
}

func place(r hcl.Range) Place { return Place{File: r.Filename, From: r.Start.Byte, To: r.End.Byte} }

// inQuotes is the place of a label without its quotation marks.
func inQuotes(f *file, r hcl.Range) Place {
	p := place(r)
	if p.To-p.From >= 2 && p.To <= len(f.src) && f.src[p.From] == '"' && f.src[p.To-1] == '"' {
		p.From, p.To = p.From+1, p.To-1
	}
	return p
}

func (p Place) holds(name string, offset int) bool {
	return p.File == name && p.From <= offset && offset <= p.To
}

// position is an offset as HCL counts it.
func (f *file) position(offset int) hcl.Pos {
	offset = min(max(offset, 0), len(f.src))
	before := f.src[:offset]
	line := strings.Count(string(before), "\n")
	begin := strings.LastIndexByte(string(before), '\n') + 1
	return hcl.Pos{Line: line + 1, Column: offset - begin + 1, Byte: offset}
}

// Symbol is a declaration, for an outline.
type Symbol struct {
	// Kind is the block's type or "local", Name its label.
	Kind, Name string
	// Whole is all of it, Label its name.
	Whole, Label Place
}

// Symbols lists what a file declares, in its order.
func (f *Folder) Symbols(name string) []Symbol {
	var out []Symbol
	for _, s := range f.symbols {
		if s.label.File == name {
			out = append(out, Symbol{Kind: s.kind, Name: s.name, Whole: s.whole, Label: s.label})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Whole.From < out[j].Whole.From })
	return out
}
