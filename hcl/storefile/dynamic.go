package storefile

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// blockDynamic makes blocks within a block of a list, object or map, as in
// Terraform: dynamic "bay" { for_each = ... content { ... } }.
const blockDynamic = "dynamic"

// undynamic gives a body in which every dynamic block is replaced by what it
// makes. What is wrong with them is reported, once a scope.
func (l *loader) undynamic(b *block, body *hclsyntax.Body, s scope) *hclsyntax.Body {
	if !hasDynamic(body) {
		return body
	}
	out := *body
	out.Blocks = nil
	for _, syntax := range body.Blocks {
		if syntax.Type == blockDynamic {
			out.Blocks = append(out.Blocks, l.dynamic(b.child(syntax), s)...)
			continue
		}
		one := *syntax
		one.Body = l.undynamic(b.child(syntax), syntax.Body, s)
		out.Blocks = append(out.Blocks, &one)
	}
	return &out
}

func hasDynamic(body *hclsyntax.Body) bool {
	for _, b := range body.Blocks {
		if b.Type == blockDynamic || hasDynamic(b.Body) {
			return true
		}
	}
	return false
}

// dynamic gives the blocks that a dynamic block makes.
func (l *loader) dynamic(b *block, s scope) hclsyntax.Blocks {
	if len(b.syntax.Labels) != 1 {
		l.fail(b, b.syntax.TypeRange, "label", "A dynamic block is called by what it makes", `Write the type of the blocks as its name, such as dynamic "bay" { ... }.`)
		return nil
	}
	l.checkShape(b, blockType{
		arguments: []argument{{argForEach, true, "for_each = var.bays"}, {"iterator", false, ""}, {"labels", false, ""}},
		blocks:    []string{"content"},
	})
	var content *hclsyntax.Block
	for _, c := range b.syntax.Body.Blocks {
		switch {
		case c.Type != "content":
		case content != nil:
			l.fail(b, c.DefRange(), "duplicate", "There is a second content block", "A dynamic block has one.")
			return nil
		default:
			content = c
		}
	}
	if content == nil {
		l.fail(b, b.header(), "missing_block", "The content block is missing", "It holds what each block has. Write content { ... }.")
		return nil
	}
	iterator := b.syntax.Labels[0]
	if a := b.attribute("iterator"); a != nil {
		if iterator = hcl.ExprAsKeyword(a.Expr); iterator == "" {
			l.fail(b, a.Expr.Range(), "wrong_type", "An iterator is a name", "Write it without quotes: it is what .key and .value are read from in the content.")
			return nil
		}
	}
	var out hclsyntax.Blocks
	for _, i := range l.instances(b, s, true) {
		vars := map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(i.key), "value": i.value})}
		inner := s.child(vars)
		one := &hclsyntax.Block{
			Type: b.syntax.Labels[0], TypeRange: b.syntax.LabelRanges[0], OpenBraceRange: content.OpenBraceRange, CloseBraceRange: content.CloseBraceRange,
		}
		for _, label := range l.dynamicLabels(b, inner) {
			one.Labels, one.LabelRanges = append(one.Labels, label), append(one.LabelRanges, b.at("labels"))
		}
		one.Body = iterate(l.undynamic(b, content.Body, inner), vars)
		out = append(out, one)
	}
	return out
}

func (l *loader) dynamicLabels(b *block, s scope) []string {
	var out []string
	for _, i := range l.texts(b, "labels", s, true) {
		out = append(out, i.value.AsString())
	}
	return out
}

// iterate gives a body of which the expressions see more names.
func iterate(body *hclsyntax.Body, vars map[string]cty.Value) *hclsyntax.Body {
	out := *body
	out.Attributes, out.Blocks = hclsyntax.Attributes{}, nil
	for name, a := range body.Attributes {
		one := *a
		one.Expr = iterated{a.Expr, vars}
		out.Attributes[name] = &one
	}
	for _, b := range body.Blocks {
		one := *b
		one.Body = iterate(b.Body, vars)
		out.Blocks = append(out.Blocks, &one)
	}
	return &out
}

// iterated is an expression in a dynamic block: it sees the iterator.
type iterated struct {
	hclsyntax.Expression
	vars map[string]cty.Value
}

// Value evaluates with the iterator in scope.
func (e iterated) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	inner := ctx.NewChild()
	inner.Variables = e.vars
	return e.Expression.Value(inner)
}

// Variables are those that come from outside.
func (e iterated) Variables() []hcl.Traversal {
	var out []hcl.Traversal
	for _, t := range e.Expression.Variables() {
		if _, own := e.vars[t.RootName()]; !own {
			out = append(out, t)
		}
	}
	return out
}
