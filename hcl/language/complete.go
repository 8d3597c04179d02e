package language

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl-lang/decoder"
	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/reference"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Kind says what a candidate is.
type Kind int

// The kinds of candidates.
const (
	KindText Kind = iota
	KindBlock
	KindArgument
	KindReference
	KindFunction
	KindValue
)

// Candidate is something that may be written at a place.
type Candidate struct {
	Label, Detail, Doc string
	Kind               Kind
	// Edit is what is written, and Snippet the same with places to fill in, as
	// the language server protocol writes them; empty where there are none.
	Edit    Edit
	Snippet string
}

// MaxCandidates is the most that Complete gives.
const MaxCandidates = 500

// maxAddresses is how many resolved addresses are offered.
const maxAddresses = 5000

// one is the only path of a decoder.
type one struct{ ctx *decoder.PathContext }

func (o one) Paths(context.Context) []lang.Path                   { return []lang.Path{{}} }
func (o one) PathContext(lang.Path) (*decoder.PathContext, error) { return o.ctx, nil }

func (f *Folder) decoder(of *file, offset int) (*decoder.PathDecoder, error) {
	files := map[string]*hcl.File{}
	for name, x := range f.files {
		files[name] = x.hcl
	}
	ctx := &decoder.PathContext{
		Schema: f.schemaOf(of.name), Files: files, ReferenceTargets: append(f.targets(), f.eachTargets(of, offset)...), Functions: signatures(),
	}
	return decoder.NewDecoder(one{ctx}).Path(lang.Path{})
}

// Complete gives what may be written at an offset, and whether that is all.
func (f *Folder) Complete(ctx context.Context, name string, offset int) (found []Candidate, complete bool, err error) {
	of := f.files[name]
	if of == nil {
		return nil, true, nil
	}
	defer recovered(&err)
	d, err := f.decoder(of, offset)
	if err != nil {
		return nil, true, err
	}
	d.PrefillRequiredFields = true
	all, err := d.CompletionAtPos(ctx, name, of.position(offset))
	if err != nil {
		return nil, true, nil //nolint:nilerr // there is nothing to be written there, or it is not known
	}
	for _, c := range all.List {
		if len(found) == MaxCandidates {
			return found, false, nil
		}
		out := Candidate{
			Label: c.Label, Detail: c.Detail, Doc: c.Description.Value, Kind: kindOf(c.Kind),
			Edit: Edit{place(c.TextEdit.Range), c.TextEdit.NewText}, Snippet: c.TextEdit.Snippet,
		}
		if !slices.ContainsFunc(found, func(x Candidate) bool { return x.Label == out.Label && x.Edit == out.Edit }) {
			found = append(found, out)
		}
	}
	return found, all.IsComplete, nil
}

// recovered turns a panic of the library into an error: an editor goes on.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("language: %v", r)
	}
}

func kindOf(k lang.CandidateKind) Kind {
	switch k {
	case lang.BlockCandidateKind:
		return KindBlock
	case lang.AttributeCandidateKind:
		return KindArgument
	case lang.ReferenceCandidateKind:
		return KindReference
	case lang.FunctionCandidateKind:
		return KindFunction
	case lang.NilCandidateKind, lang.LabelCandidateKind:
		return KindText
	}
	return KindValue
}

// targets are what references may name.
func (f *Folder) targets() reference.Targets {
	var out reference.Targets
	add := func(address, scope, detail string) {
		if a, ok := parseAddress(address); ok {
			out = append(out, reference.Target{Addr: a, ScopeId: lang.ScopeId(scope), Name: detail})
		}
	}
	value := func(address, detail string) {
		if a, ok := parseAddress(address); ok {
			out = append(out, reference.Target{Addr: a, Type: cty.DynamicPseudoType, Name: detail})
		}
	}
	kinds := kindsReferred()
	repeated := map[string]bool{}
	for _, s := range f.symbols {
		switch {
		case s.kind == kindVariable:
			value("var."+s.name, "variable")
		case s.kind == kindLocal:
			value("local."+s.name, "local")
		case s.kind == "peer":
			value("peer."+s.name+".address", "address of the peer")
		case s.kind == "module":
			value("module."+s.name, "module")
		case s.block != nil && s.block.Body.Attributes["for_each"] != nil:
			repeated[s.kind+"."+s.name] = true
		case slices.Contains(kinds, s.kind):
			add(s.kind+"."+s.name, s.kind, s.kind)
		}
	}
	value("path.store", "the store's folder")
	value("path.module", "the folder of this file's module")
	for _, a := range f.options.Addresses[:min(len(f.options.Addresses), maxAddresses)] {
		kind, _, _ := strings.Cut(a, ".")
		switch {
		case strings.Contains(a, ".bay["):
			add(a, "bay", "bay")
		case strings.HasSuffix(a, "]") && slices.Contains(kinds, kind):
			add(a, kind, kind)
		}
	}
	return append(append(out, f.outputTargets()...), f.driverTargets()...)
}

// driverTargets are the drivers of the plugins, each of its class.
func (f *Folder) driverTargets() reference.Targets {
	var out reference.Targets
	if f.options.Schemas == nil {
		return nil
	}
	for _, plugin := range f.plugins() {
		names, _ := f.options.Schemas.Drivers(plugin)
		for _, driver := range names {
			if _, contract, ok := f.options.Schemas.Driver(plugin, driver); ok {
				t := reference.Target{
					Addr: lang.Address{lang.RootStep{Name: plugin}, lang.AttrStep{Name: driver}}, ScopeId: driverScope(contract), Name: contract + " driver",
				}
				if docs, ok := f.options.Schemas.(storefile.DriverDocs); ok {
					t.Description = lang.PlainText(docs.DriverDoc(plugin, driver))
				}
				out = append(out, t)
			}
		}
	}
	return out
}

// parseAddress reads an address as it is written.
func parseAddress(address string) (lang.Address, bool) {
	t, diags := parseTraversal(address)
	if diags.HasErrors() {
		return nil, false
	}
	a, err := lang.TraversalToAddress(t)
	return a, err == nil
}

func signature(d storefile.FunctionDoc) schema.FunctionSignature {
	out := schema.FunctionSignature{Description: d.Doc, ReturnType: cty.DynamicPseudoType}
	for _, p := range d.Parameters {
		out.Params = append(out.Params, parameter(p))
	}
	if d.Variadic != "" {
		p := parameter(d.Variadic)
		out.VarParam = &p
	}
	return out
}

func parameter(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.DynamicPseudoType}
}
