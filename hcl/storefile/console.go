package storefile

import (
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// MaxExpression is the most bytes of one expression that Eval takes.
const MaxExpression = 64 << 10

// consoleFile is what an expression's problems call it.
const consoleFile = "(expression)"

// Value is what an expression gives.
type Value struct {
	// Text is as it would be written in a store file; a reference is the address
	// that it leads to.
	Text string
	// JSON is the value; null where it is a secret or not known yet.
	JSON json.RawMessage
	// Type is the type's name.
	Type string
}

// Eval evaluates an expression as the arguments of the store's own blocks are.
// Secrets are not shown. It must not be called by two at a time.
func (d *Definition) Eval(expression string) (Value, Problems) {
	l := d.loader
	if l == nil || l.scope.ctx == nil {
		return Value{}, Problems{{Severity: Error, Code: "no_store", Summary: "There is no store to evaluate in"}}
	}
	src := []byte(expression)
	before := l.problems
	defer func() { l.problems = before }()
	l.problems, l.work, l.toldWork, l.looked = nil, 0, false, 0 // each expression has its own measure
	l.sources[consoleFile] = &source{name: consoleFile, src: src, body: &hclsyntax.Body{}}
	if len(src) > MaxExpression || !Parseable(consoleFile, src) {
		l.fail(nil, hcl.Range{Filename: consoleFile}, "too_large", "Too large an expression", "It has more than 64 KiB, nests more than 200 deep, or holds a number that is too large.")
		return Value{}, l.problems
	}
	parsed, diags := hclsyntax.ParseExpression(src, consoleFile, hcl.InitialPos)
	if diags.HasErrors() {
		l.diagnostics(nil, diags, "syntax")
		return Value{}, l.problems.sorted()
	}
	v, ok := l.eval(nil, parsed, l.scope)
	if !ok {
		return Value{}, l.problems.sorted()
	}
	return shown(v), nil
}

// shown gives a value for people and programs.
func shown(v cty.Value) Value {
	out := Value{JSON: json.RawMessage("null"), Type: v.Type().FriendlyName()}
	switch {
	case v.ContainsMarked():
		out.Text = "(secret)"
		return out
	case !v.IsWhollyKnown():
		out.Text = "(known only when the store runs)"
		return out
	case isReference(v):
		out.Text, out.Type = v.GetAttr("address").AsString(), "reference to a "+v.GetAttr("kind").AsString()
	default:
		out.Text = string(hclwrite.Format(hclwrite.TokensForValue(v).Bytes()))
	}
	if b, err := ctyjson.Marshal(v, v.Type()); err == nil {
		out.JSON = b
	}
	return out
}
