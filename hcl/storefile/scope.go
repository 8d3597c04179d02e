package storefile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// A reference to a block evaluates to an object with the block's address and
// kind, and for a shelf its bays. Nothing else of a block can be read.
var (
	referenceType = cty.Object(map[string]cty.Type{"address": cty.String, "kind": cty.String})
	shelfType     = cty.Object(map[string]cty.Type{"address": cty.String, "kind": cty.String, "bay": cty.Map(referenceType)})
)

// kindBay is the kind of a reference to a bay.
const kindBay = "bay"

func reference(kind, address string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"address": cty.StringVal(address), "kind": cty.StringVal(kind)})
}

// scope is what expressions may refer to.
type scope struct {
	ctx *hcl.EvalContext
	// lacks says why a name that the language has is not in this scope.
	lacks string
	// plain says that names of blocks are values here, as the receipt of a test.
	plain bool
}

// child gives the scope with more names in it.
func (s scope) child(names map[string]cty.Value) scope {
	c := s.ctx.NewChild()
	c.Variables = names
	return scope{ctx: c, lacks: s.lacks, plain: s.plain}
}

func (s scope) lookup(name string) (cty.Value, bool) {
	for c := s.ctx; c != nil; c = c.Parent() {
		if v, ok := c.Variables[name]; ok {
			return v, true
		}
	}
	return cty.NilVal, false
}

func (s scope) roots() []string {
	var names []string
	for c := s.ctx; c != nil; c = c.Parent() {
		names = append(names, slices.Sorted(maps.Keys(c.Variables))...)
	}
	return names
}

// eval evaluates an expression and reports what is wrong with it. It gives
// false where there is nothing to go on with.
func (l *loader) eval(b *block, expr hclsyntax.Expression, s scope) (cty.Value, bool) {
	if v, ok := literal(expr); ok {
		return v, true
	}
	if !l.affordable(b, expr) {
		return cty.DynamicVal, false
	}
	l.note(b, expr, s)
	if e, ok := expr.(*hclsyntax.ScopeTraversalExpr); ok {
		// The check of a reference has followed it already.
		if v, ok, whole := l.follow(b, e.Traversal, s); !ok || whole {
			return v, ok
		}
	} else if !l.references(b, expr, s) {
		return cty.DynamicVal, false
	}
	v, diags := expr.Value(s.ctx)
	if diags.HasErrors() {
		l.diagnostics(b, diags, "expression")
		return cty.DynamicVal, false
	}
	return v, true
}

// literal gives the value of a plain string or number without evaluating: most
// of a large store's catalogue is that.
func literal(expr hclsyntax.Expression) (cty.Value, bool) {
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.Val, true
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 1 {
			if part, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr); ok && part.Val.Type() == cty.String {
				return part.Val, true
			}
		}
	}
	return cty.NilVal, false
}

// references checks every reference in an expression, before it is evaluated,
// so that each wrong one gets a suggestion.
func (l *loader) references(b *block, expr hclsyntax.Expression, s scope) bool {
	traversals := expr.Variables()
	if len(traversals) == 0 {
		return true
	}
	forgiven := forgiven(expr)
	ok := true
	for _, t := range traversals {
		if !l.traversal(b, t, s, !forgiven[t.SourceRange().Start.Byte]) {
			ok = false
		}
	}
	return ok
}

// forgiven gives where the references within try and can begin: these are for
// attributes that may be missing.
func forgiven(expr hclsyntax.Expression) map[int]bool {
	w := &tryWalker{found: map[int]bool{}}
	_ = hclsyntax.Walk(expr, w)
	return w.found
}

type tryWalker struct {
	depth int
	found map[int]bool
}

func isTry(n hclsyntax.Node) bool {
	f, ok := n.(*hclsyntax.FunctionCallExpr)
	return ok && (f.Name == "try" || f.Name == "can")
}

// Enter notes the references within try and can.
func (w *tryWalker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if isTry(n) {
		w.depth++
	}
	if t, ok := n.(*hclsyntax.ScopeTraversalExpr); ok && w.depth > 0 {
		w.found[t.Range().Start.Byte] = true
	}
	return nil
}

// Exit leaves them.
func (w *tryWalker) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if isTry(n) {
		w.depth--
	}
	return nil
}

func (l *loader) traversal(b *block, t hcl.Traversal, s scope, deep bool) bool {
	if !deep {
		t = t[:1]
	}
	_, ok, _ := l.follow(b, t, s)
	return ok
}

// follow gives what a reference leads to, and false where it leads nowhere,
// which is reported. Where whole is false it went only as far as can be said
// without evaluating, and the rest is for HCL.
func (l *loader) follow(b *block, t hcl.Traversal, s scope) (v cty.Value, ok, whole bool) {
	root := t.RootName()
	v, ok = s.lookup(root)
	if !ok {
		l.unknownRoot(b, t, s)
		return cty.DynamicVal, false, false
	}
	if len(t) > 1 {
		if key, ok := stepKey(t[1]); ok && l.failed[root+"."+key] {
			return cty.DynamicVal, false, false // why is reported where it is declared
		}
	}
	written := root
	for i, step := range t[1:] {
		if v.IsMarked() || !v.IsKnown() || v.IsNull() {
			return v, true, false
		}
		key, ok := stepKey(step)
		if !ok {
			return v, true, false
		}
		next, ok := within(v, key)
		if !ok {
			names, has := l.namesIn(v)
			if !has {
				return v, true, false // for HCL to say
			}
			return cty.DynamicVal, l.unknownStep(b, t, i+1, written, key, names, s.plain), false
		}
		written += "." + key
		v = next
	}
	return v, true, true
}

// stepKey gives the name that a step of a reference looks up.
func stepKey(step hcl.Traverser) (string, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.IsNull() || !s.Key.IsKnown() {
			return "", false
		}
		switch s.Key.Type() {
		case cty.String:
			return s.Key.AsString(), true
		case cty.Number:
			return numberText(s.Key), true
		}
	}
	return "", false
}

// within looks a key up in an object or map.
func within(v cty.Value, key string) (cty.Value, bool) {
	switch ty := v.Type(); {
	case ty.IsObjectType() && ty.HasAttribute(key):
		return v.GetAttr(key), true
	case ty.IsMapType():
		if k := cty.StringVal(key); v.HasIndex(k).True() {
			return v.Index(k), true
		}
	}
	return cty.NilVal, false
}

// maxNames is how many names are looked through in all for what was meant.
const maxNames = 300_000

// namesIn gives the names in an object or map, sorted; none once too many were
// looked through. False means that v is neither.
func (l *loader) namesIn(v cty.Value) ([]string, bool) {
	ty := v.Type()
	if !ty.IsObjectType() && !ty.IsMapType() {
		return nil, false
	}
	if l.looked += v.LengthInt(); l.looked > maxNames {
		return nil, true
	}
	if ty.IsObjectType() {
		return slices.Sorted(maps.Keys(ty.AttributeTypes())), true
	}
	var names []string
	for it := v.ElementIterator(); it.Next(); {
		name, _ := it.Element()
		names = append(names, name.AsString())
	}
	return names, true
}

func (l *loader) unknownRoot(b *block, t hcl.Traversal, s scope) {
	root := t.RootName()
	p := l.fail(b, t[0].SourceRange(), "unknown_reference", fmt.Sprintf("There is no %q to refer to here", root),
		"References here begin with one of: %s.", strings.Join(s.roots(), ", "))
	_, isBlock := typeOf(root)
	switch {
	case root == "each":
		p.Detail = "each.key and each.value are for blocks with for_each."
	case isBlock && s.lacks != "":
		p.Detail = s.lacks
	default:
		if p.Suggestion = nearest.To(root, s.roots()); p.Suggestion == "" && len(t) == 1 {
			p.Detail = fmt.Sprintf("If it is text, write it in quotes: %q. A reference has a dot in it and begins with one of: %s.", root, strings.Join(s.roots(), ", "))
			p.Suggestion = strconv.Quote(root)
		}
	}
}

// isBroken says whether a reference is to a block that is written but couldn't
// be read.
func (l *loader) isBroken(root, key string) bool {
	switch root {
	case "var":
		root = blockVariable
	case "local":
		return len(l.broken[blockLocals]) > 0 // what is in them isn't known
	}
	return slices.Contains(l.broken[root], key)
}

// repeatedBlock gives the block with for_each that a reference begins with.
func (l *loader) repeatedBlock(t hcl.Traversal) *block {
	key, _ := stepKey(t[1])
	if b := l.names[t.RootName()][key]; b != nil && b.keys != nil {
		return b
	}
	return nil
}

// bareWord gives the word that an expression is where it stands without quotes
// and without the kind of a reference before it.
func bareWord(expr hclsyntax.Expression, s scope) (string, bool) {
	word := hcl.ExprAsKeyword(expr)
	if word == "" || word == "each" || word == "null" || word == "true" || word == "false" {
		return "", false
	}
	_, ok := s.lookup(word)
	return word, !ok
}

// unknownStep reports step i of a reference, unless it is to a block that is
// there but broken.
func (l *loader) unknownStep(b *block, t hcl.Traversal, i int, written, key string, names []string, plain bool) bool {
	root := t.RootName()
	if i == 1 && l.isBroken(root, key) {
		return false
	}
	what, detail := fmt.Sprintf("%s has no %q", written, key), ""
	switch {
	case i == 1 && root == "var":
		what = fmt.Sprintf("There is no variable %q", key)
		detail = fmt.Sprintf("No variable block declares it. Add variable %q {}, or write one that is declared.", key)
	case i == 1 && root == "local":
		what = fmt.Sprintf("There is no local %q", key)
		detail = "No locals block sets it."
	case i == 1 && root != "each" && root != "path" && !(plain && isObserved(root)):
		what = fmt.Sprintf("There is no %s %q", root, key)
		detail = fmt.Sprintf("No %s block has that name. Declare it, or write one that is declared.", root)
	case strings.HasSuffix(written, ".bay"):
		what = fmt.Sprintf("%s has no bay %s", strings.TrimSuffix(written, ".bay"), key)
		detail = "Declare it with bays = N or a bay block, or write a bay that the shelf has."
	}
	if len(names) > 0 && len(names) <= 12 {
		detail = strings.TrimSpace(detail + " There is: " + strings.Join(names, ", ") + ".")
	}
	rng := hcl.RangeBetween(t[0].SourceRange(), t[i].SourceRange())
	p := l.fail(b, rng, "unknown_reference", what, "%s", detail)
	if near := nearest.To(key, names); near != "" && !strings.HasSuffix(written, ".bay") {
		p.Suggestion = written + "." + near
		if _, indexed := t[i].(hcl.TraverseIndex); indexed {
			p.Suggestion = fmt.Sprintf("%s[%q]", written, near)
		}
	} else if of := l.repeatedBlock(t); i == 2 && of != nil {
		p.Detail = fmt.Sprintf("for_each makes several of it: write %s[KEY]. The keys are: %s.", written, listOf(of.keys))
	}
	return false
}
