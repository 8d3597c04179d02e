package storefile

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// observed are what an assert may refer to besides what the store's files know.
var observed = []string{"alerts", "asks", "cart", "closed", "devices", "receipt", "visit"}

func isObserved(root string) bool { return slices.Contains(observed, root) }

// Observed is a store in the middle of a run, as asserts see it.
type Observed struct {
	// State marshals to an object that holds what asserts may refer to: visit,
	// asks, alerts, closed, devices, and cart and receipt of the only shopper.
	State any
	// Says are sentences of what is large, such as a receipt, by how it is
	// referred to: they are shown where an assert that refers to it fails.
	Says []ScopeValue
}

// Check evaluates an assert. It gives nil where it holds, and otherwise what is
// wrong, at its line, with the values that it refers to.
func (t *TestScript) Check(a AssertStep, o Observed) Problems {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	d, done := t.borrow()
	defer done()
	state, err := observedValues(o.State)
	if err != nil {
		d.fail(a.block, a.block.header(), "assert", "The store can't be looked at", "%v.", err)
		return d.problems
	}
	d.s.plain, d.s.lacks = true, "An assert sees what the store's files know and: "+strings.Join(observed, ", ")+". With several shoppers write whose cart or receipt it is: visit.NAME.receipt."
	s := d.s.child(state)
	condition := a.block.attribute("condition").Expr
	v, ok := d.eval(a.block, condition, s)
	if !ok {
		d.complete(condition, s, o)
		return d.problems.sorted()
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.Bool {
		what := "known only when the store runs"
		if v.IsKnown() && !v.IsNull() {
			what = describe(v)
		}
		d.fail(a.block, condition.Range(), "wrong_type", `"condition" needs true or false`, "This is %s.", what)
		return d.problems
	}
	if v.True() {
		return nil
	}
	message := d.message(a.block, s)
	if d.problems.HasErrors() {
		return d.problems
	}
	_, _ = d.eval(a.block, condition, s) // noted last, so that its values are shown
	d.fail(a.block, condition.Range(), "assert", "An assert does not hold", "%s", message)
	d.complete(condition, s, o)
	return d.problems
}

func (d *stepper) message(b *block, s scope) string {
	v, ok := d.eval(b, b.attribute("error_message").Expr, s)
	if !ok {
		return ""
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		d.wrongType(b, "error_message", "text in quotes", v)
		return ""
	}
	return v.AsString()
}

// complete adds sentences of what the condition refers to.
func (d *stepper) complete(condition hclsyntax.Expression, s scope, o Observed) {
	if len(d.problems) == 0 {
		return
	}
	p := &d.problems[len(d.problems)-1]
	for i, v := range p.Values {
		if !strings.HasPrefix(v.Statement, "is a list") && !strings.HasPrefix(v.Statement, "is an object") {
			continue
		}
		for _, t := range condition.Variables() {
			if name, _ := d.state(s, t); name != v.Traversal {
				continue
			}
			if text, ok := written(t, s); ok {
				p.Values[i].Statement = "is " + text
			}
		}
	}
	for _, says := range o.Says {
		for _, t := range condition.Variables() {
			name := t.RootName()
			for _, step := range t[1:] {
				key, ok := stepKey(step)
				if !ok {
					break
				}
				name += "." + key
			}
			if name == says.Traversal || strings.HasPrefix(name, says.Traversal+".") {
				p.Values = append(p.Values, says)
				break
			}
		}
	}
}

// written gives the value of a list or an object written out, as far as it is worth
// showing.
func written(t hcl.Traversal, s scope) (string, bool) {
	const longest = 240
	v, diags := t.TraverseAbs(s.ctx)
	if diags.HasErrors() || !v.IsWhollyKnown() || v.ContainsMarked() {
		return "", false
	}
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return "", false
	}
	return cut(string(b), longest), true
}

// observedValues gives the parts of a state by name.
func observedValues(state any) (map[string]cty.Value, error) {
	b, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	ty, err := ctyjson.ImpliedType(b)
	if err != nil {
		return nil, err
	}
	v, err := ctyjson.Unmarshal(b, ty)
	if err != nil {
		return nil, err
	}
	return v.AsValueMap(), nil
}
