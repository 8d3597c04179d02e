package storefile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

func isReference(v cty.Value) bool {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() {
		return false
	}
	for _, name := range []string{"address", "kind"} {
		if !v.Type().HasAttribute(name) || v.Type().AttributeType(name) != cty.String {
			return false
		}
		if a := v.GetAttr(name); a.IsMarked() || !a.IsKnown() || a.IsNull() {
			return false
		}
	}
	return true
}

// refer gives the address of the one block that an argument refers to.
func (l *loader) refer(b *block, name string, s scope, kind string) (string, bool) {
	if a := b.attribute(name); a != nil && l.withoutKind(b, a.Expr, s, kind) {
		return "", false
	}
	v, ok := l.known(b, name, s)
	if !ok {
		return "", false
	}
	return l.address(b, name, item{v, b.at(name)}, kind)
}

// refers gives the addresses of the blocks that an argument refers to, one or a
// list.
func (l *loader) refers(b *block, name string, s scope, kind string) []string {
	var out []string
	if a := b.attribute(name); a != nil {
		bare := l.withoutKind(b, a.Expr, s, kind)
		if tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok {
			for _, e := range tuple.Exprs {
				bare = l.withoutKind(b, e, s, kind) || bare
			}
		}
		if bare {
			return nil
		}
	}
	for _, i := range l.items(b, name, s, true) {
		address, ok := l.address(b, name, i, kind)
		switch {
		case !ok:
		case slices.Contains(out, address):
			l.fail(b, i.rng, "duplicate", fmt.Sprintf("%q names %s twice", name, address), "Remove one of them.")
		default:
			out = append(out, address)
		}
	}
	return out
}

// address gives what a value refers to, which must be of a kind.
func (l *loader) address(b *block, name string, i item, kind string) (string, bool) {
	article := "a " + kind
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "e") {
		article = "an " + kind
	}
	if kind == blockProduct && !i.value.IsNull() && i.value.Type() == cty.String {
		if g, err := gs1.ParseGTIN(i.value.AsString()); err == nil {
			return l.productByCode(b, name, i.rng, g)
		}
	}
	if !isReference(i.value) {
		p := l.fail(b, i.rng, "wrong_type", fmt.Sprintf("%q needs a reference to %s", name, article),
			"This is %s. Write %s.NAME without quotes.", describe(i.value), kind)
		if !i.value.IsNull() && i.value.Type() == cty.String {
			p.Suggestion = l.asReference(i.value.AsString(), kind)
		}
		return "", false
	}
	got, address := i.value.GetAttr("kind").AsString(), i.value.GetAttr("address").AsString()
	if got == kind {
		return address, true
	}
	p := l.fail(b, i.rng, "wrong_reference", fmt.Sprintf("%q needs %s, not %s", name, article, address), "%s is a %s.", address, got)
	if kind == kindBay && got == "weight_shelf" {
		p.Detail = "A facing is on one bay of a shelf."
		p.Suggestion = address + ".bay[1]"
	}
	return "", false
}

// productByCode reports a product that is named by its GTIN, where a reference
// belongs or where a table has one that no product has.
func (l *loader) productByCode(b *block, name string, rng hcl.Range, g gs1.GTIN) (string, bool) {
	address, ok := l.byGTIN[g]
	if !ok {
		l.fail(b, rng, "unknown_reference", fmt.Sprintf("No product has the GTIN %s", g), "Declare it in a product or catalogue block, or correct it.")
		return "", false
	}
	l.fail(b, rng, "wrong_type", fmt.Sprintf("%q needs a reference to a product", name), "This is a GTIN. Write the product that has it.").Suggestion = address
	return "", false
}

// withoutKind reports a reference of which the kind isn't written.
func (l *loader) withoutKind(b *block, expr hclsyntax.Expression, s scope, kind string) bool {
	word, ok := bareWord(expr, s)
	if !ok {
		return false
	}
	near := l.asReference(word, kind)
	if near == "" && nearest.To(word, s.roots()) != "" {
		return false // a mistyped root
	}
	p := l.fail(b, expr.Range(), "unknown_reference", fmt.Sprintf("There is no %q to refer to here", word),
		"A reference says what kind of block it is to: write %s.NAME.", kind)
	p.Suggestion = near
	return true
}

// asReference gives the reference that a string was meant to be.
func (l *loader) asReference(text, kind string) string {
	if shelf, bay, ok := strings.Cut(text, "."+kindBay+"["); ok && kind == kindBay && strings.Trim(bay, "0123456789") == "]" {
		if near := l.asReference(shelf, string(storedef.ClassWeightShelf)); near != "" {
			return near + "." + kindBay + "[" + bay
		}
	}
	text = strings.TrimPrefix(text, kind+".")
	names := slices.Sorted(maps.Keys(l.names[kind]))
	if slices.Contains(names, text) {
		return kind + "." + text
	}
	if near := nearest.To(text, names); near != "" {
		return kind + "." + near
	}
	return ""
}

// header of a block by address, for problems found after all are decoded.
func (l *loader) rangeOf(address, argument string) (b *block, rng hcl.Range) {
	if b = l.decoded[address]; b == nil {
		return nil, hcl.Range{}
	}
	return b, b.at(argument)
}
