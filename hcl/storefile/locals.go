package storefile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// locals evaluates the locals in the order of what they refer to.
func (l *loader) locals(s scope) scope {
	type local struct {
		b *block
		a *hclsyntax.Attribute
	}
	all := map[string]local{}
	for _, b := range l.blocks[blockLocals] {
		for _, syntax := range b.syntax.Body.Blocks {
			l.unknownBlock(b, syntax, nil)
		}
		if len(b.syntax.Labels) > 0 {
			l.fail(b, b.syntax.LabelRanges[0], "label", "A locals block has no name", "Remove it.")
		}
		for _, name := range slices.Sorted(maps.Keys(b.syntax.Body.Attributes)) {
			a := b.syntax.Body.Attributes[name]
			if first, ok := all[name]; ok {
				l.fail(b, a.NameRange, "duplicate", fmt.Sprintf("There is a second local %q", name),
					"The first is at %s.", l.place(first.a.NameRange, ""))
				continue
			}
			all[name] = local{b, a}
		}
	}
	values := map[string]cty.Value{}
	for name := range all {
		values[name] = cty.DynamicVal // so that a reference to a local is known to exist
	}
	const waiting, done = 1, 2
	state := map[string]int{}
	var unknown cty.Value // all of them, once it is needed
	var visit func(name string)
	visit = func(name string) {
		if state[name] == done {
			return
		}
		state[name] = waiting
		this := all[name]
		for _, t := range this.a.Expr.Variables() {
			needs := localName(t)
			if _, ok := all[needs]; !ok {
				continue
			}
			if state[needs] == waiting {
				l.fail(this.b, t.SourceRange(), "cycle", fmt.Sprintf("The local %q refers to itself", needs),
					"It does so by way of %q. Break the circle.", name)
				continue
			}
			visit(needs)
		}
		scope := s.child(map[string]cty.Value{"local": l.named(values, &unknown, this.a.Expr)})
		v, ok := l.eval(this.b, this.a.Expr, scope)
		if ok && !l.weigh(this.b, "local."+name, this.a.Expr, v) {
			v, ok = cty.DynamicVal, false
		}
		values[name] = v
		l.failed["local."+name] = !ok
		state[name] = done
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		visit(name)
	}
	return s.child(map[string]cty.Value{"local": cty.ObjectVal(values)})
}

// named gives the locals that an expression names: each of many would else cost
// as much as all. Where it names one that there isn't, all are given without
// their values, for a suggestion.
func (l *loader) named(values map[string]cty.Value, unknown *cty.Value, expr hclsyntax.Expression) cty.Value {
	out := map[string]cty.Value{}
	for _, t := range expr.Variables() {
		if t.RootName() != "local" {
			continue
		}
		name := localName(t)
		v, ok := values[name]
		if !ok {
			if *unknown == cty.NilVal {
				all := map[string]cty.Value{}
				for name := range values {
					all[name] = cty.DynamicVal
				}
				*unknown = cty.ObjectVal(all)
			}
			return *unknown
		}
		out[name] = v
	}
	return cty.ObjectVal(out)
}

// localName gives the name of the local that a reference is to.
func localName(t hcl.Traversal) string {
	if t.RootName() != "local" || len(t) < 2 {
		return ""
	}
	name, _ := stepKey(t[1])
	return name
}
