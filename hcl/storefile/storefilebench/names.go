package storefilebench

import (
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// The kinds of names in which somebody may slip.
const (
	kindArgument  = "arguments"
	kindBlock     = "block types"
	kindReference = "references"
	kindAttribute = "object attributes"
	kindFunction  = "functions"
	kindConfig    = "config arguments"
	kindDriver    = "drivers"
	kindUnit      = "units"
)

func kindsOfNames() []string {
	return []string{kindArgument, kindBlock, kindReference, kindAttribute, kindFunction, kindConfig, kindDriver, kindUnit}
}

// name is a word of a file that means something already: what is declared there
// may be spelt as anybody likes.
type name struct {
	kind, word string
	start      int
}

// namesOf finds the names in a file of a store.
func namesOf(file string, src []byte) ([]name, error) {
	f, diags := hclsyntax.ParseConfig(src, file, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	n := &namer{src: src}
	if body, ok := f.Body.(*hclsyntax.Body); ok {
		n.body(body, "", false)
	}
	slices.SortFunc(n.out, func(a, b name) int { return a.start - b.start })
	return slices.CompactFunc(n.out, func(a, b name) bool { return a.start == b.start }), nil
}

type namer struct {
	src []byte
	out []name
}

// least is how short a name may be to be slipped in; units may be of one letter.
const least = 2

func (n *namer) add(kind string, start, end int) {
	if end-start >= least || kind == kindUnit && end > start {
		n.out = append(n.out, name{kind, string(n.src[start:end]), start})
	}
}

func (n *namer) body(body *hclsyntax.Body, in string, config bool) {
	for _, a := range body.Attributes {
		switch {
		case config:
			n.add(kindConfig, a.NameRange.Start.Byte, a.NameRange.End.Byte)
		case in != "locals": // there they are declared
			n.add(kindArgument, a.NameRange.Start.Byte, a.NameRange.End.Byte)
		}
		n.argument(a, in)
	}
	for _, b := range body.Blocks {
		kind := kindBlock
		if config {
			kind = kindConfig
		}
		n.add(kind, b.TypeRange.Start.Byte, b.TypeRange.End.Byte)
		n.body(b.Body, b.Type, config || b.Type == "config")
	}
}

// quantity is text that is a number with its unit.
var quantity = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)? ?([A-Za-z]+)$`)

func (n *namer) argument(a *hclsyntax.Attribute, in string) {
	if object, ok := a.Expr.(*hclsyntax.ObjectConsExpr); ok && (a.Name == "values" || a.Name == "columns") {
		for _, item := range object.Items {
			n.add(kindArgument, item.KeyExpr.Range().Start.Byte, item.KeyExpr.Range().End.Byte)
		}
	}
	_ = hclsyntax.VisitAll(a.Expr, func(node hclsyntax.Node) hcl.Diagnostics {
		switch e := node.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			n.traversal(e.Traversal, a.Name == "driver")
		case *hclsyntax.RelativeTraversalExpr:
			n.traversal(e.Traversal, false)
		case *hclsyntax.FunctionCallExpr:
			n.add(kindFunction, e.NameRange.Start.Byte, e.NameRange.End.Byte)
		case *hclsyntax.LiteralValueExpr:
			if free := in == "variable" || in == "locals" || a.Name == "name" || a.Name == "description"; !free && e.Val.Type() == cty.String {
				if at := quantity.FindSubmatchIndex(e.SrcRange.SliceBytes(n.src)); at != nil {
					n.add(kindUnit, e.SrcRange.Start.Byte+at[2], e.SrcRange.Start.Byte+at[3])
				}
			}
		}
		return nil
	})
}

// traversal finds the steps of a reference. What follows the name of a value is
// an attribute of it.
func (n *namer) traversal(t hcl.Traversal, driver bool) {
	for i, step := range t {
		kind := kindReference
		switch {
		case driver:
			kind = kindDriver
		case i > 1, t.IsRelative(), i == 1 && t.RootName() == "each":
			kind = kindAttribute
		}
		switch s := step.(type) {
		case hcl.TraverseRoot:
			n.add(kind, s.SrcRange.Start.Byte, s.SrcRange.End.Byte)
		case hcl.TraverseAttr: // its range has the dot
			n.add(kind, s.SrcRange.End.Byte-len(s.Name), s.SrcRange.End.Byte)
		}
	}
}
