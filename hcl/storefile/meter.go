package storefile

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/openaisle/aisle/hcl/configspec"
)

// What the files of one store may do: a for within a for multiplies, and so does
// a module with for_each, or a large text in many arguments.
const (
	// maxWork is the most of it. A unit is about two bytes that are allocated, or
	// two nanoseconds.
	maxWork = 128 << 20
	// stepWork is what a turn of a for or a for_each counts as, elementWork an
	// element of a list that a function is given, soughtWork one where it only
	// looks for something, and textWork a byte of text.
	stepWork    = 512
	elementWork = 512
	soughtWork  = 64
	textWork    = 2
	// callWork is what each call and each part of a text counts as.
	callWork = 128
)

// metering is the name of the function that counts, and keyed of the one that
// looks at the keys of objects. No file can call them.
const (
	metering = "(metering)"
	keyed    = "(keyed)"
)

var errWork = errors.New("the store's files do too much")

// spend counts work, and says whether there may be as much.
func (l *loader) spend(n int) bool {
	l.work += n
	return l.work <= maxWork
}

// overworked reports what is too much, once a store.
func (l *loader) overworked(b *block, rng hcl.Range) {
	if l.toldWork {
		return
	}
	l.toldWork = true
	l.fail(b, rng, "too_large", "The store's files do too much",
		"Up to here their for expressions, for_each, modules and functions went through more than %d elements, or %d MiB of text. "+
			"A for within a for multiplies; a large catalogue or planogram is read from a CSV file by its block.", maxWork/stepWork, maxWork/textWork>>20)
}

// meterFunc gives what it is given, and counts it: one turn an element of what
// a for goes through, and the length of what is put together or handed to a
// function.
//
// It is handed the expression and not its value, so that nothing is evaluated
// any more once there was too much: a for goes on to the end of its list.
func (l *loader) meterFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: customdecode.ExpressionClosureType}, {Name: "each", Type: cty.Number}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !l.spend(callWork) {
				return cty.NilVal, errWork
			}
			v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
			if len(diags) > 0 {
				return cty.NilVal, diags
			}
			each, _ := args[1].AsBigFloat().Int64()
			if !l.spend(lengthOf(v, int(each))) {
				return cty.NilVal, errWork
			}
			return v, nil
		},
	})
}

var errSecretKey = errors.New("a secret is no key")

// keyFunc gives the key that it is handed, unless that is a secret: keys are
// names, which errors repeat, and an object loses whether its key was one.
func (l *loader) keyFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "key", Type: customdecode.ExpressionClosureType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
			switch {
			case len(diags) > 0:
				return cty.NilVal, diags
			case configspec.IsSecret(v):
				return cty.NilVal, errSecretKey
			}
			return v, nil
		},
	})
}

// unmetered gives what was found in an expression that is counted.
func unmetered(diags hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	for _, d := range diags {
		extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
		var inner hcl.Diagnostics
		if ok && (extra.CalledFunctionName() == metering || extra.CalledFunctionName() == keyed) && errors.As(extra.FunctionCallError(), &inner) {
			out = append(out, unmetered(inner)...)
			continue
		}
		out = append(out, d)
	}
	return out
}

// lengthOf gives what a text counts as, or so many an element.
func lengthOf(v cty.Value, each int) int {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
		return 0
	case v.Type() == cty.String:
		return textWork * len(v.AsString())
	case v.CanIterateElements():
		return each * v.LengthInt()
	}
	return 0
}

// metered puts the counting into the expressions of a block's body, where work
// can multiply. The types of variables look like calls and are none.
func metered(kind string, body *hclsyntax.Body) {
	for name, a := range body.Attributes {
		if kind != blockVariable || name != "type" {
			_ = hclsyntax.VisitAll(a.Expr, meterNode)
		}
	}
	for _, b := range body.Blocks {
		metered(b.Type, b.Body)
	}
}

func meterNode(n hclsyntax.Node) hcl.Diagnostics {
	switch e := n.(type) {
	case *hclsyntax.ForExpr:
		e.CollExpr = meterExpr(e.CollExpr, stepWork)
		e.KeyExpr = keyExpr(e.KeyExpr)
	case *hclsyntax.ObjectConsKeyExpr:
		if e.ForceNonLiteral || hcl.ExprAsKeyword(e.Wrapped) == "" {
			e.Wrapped = keyExpr(e.Wrapped)
		}
	case *hclsyntax.SplatExpr:
		e.Source = meterExpr(e.Source, 3*stepWork)
	case *hclsyntax.FunctionCallExpr:
		if e.Name == metering || e.Name == keyed || isTry(e) { // try and can evaluate by themselves
			return nil
		}
		each := int64(elementWork)
		switch e.Name {
		case "length", "element", "lookup":
			each = 0
		case "contains", "index":
			each = soughtWork
		}
		for i, a := range e.Args {
			e.Args[i] = meterExpr(a, each)
		}
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 1 {
			return nil
		}
		for i, p := range e.Parts {
			e.Parts[i] = meterExpr(p, elementWork)
		}
	}
	return nil
}

func meterExpr(e hclsyntax.Expression, each int64) hclsyntax.Expression {
	switch e.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.AnonSymbolExpr:
		return e
	}
	if _, ok := literal(e); ok {
		return e
	}
	rng, start := e.Range(), e.StartRange()
	return &hclsyntax.FunctionCallExpr{
		Name: metering, Args: []hclsyntax.Expression{e, &hclsyntax.LiteralValueExpr{Val: cty.NumberIntVal(each), SrcRange: rng}},
		NameRange: start, OpenParenRange: start, CloseParenRange: rng,
	}
}

// keyExpr is the key of an object, which may not be a secret.
func keyExpr(e hclsyntax.Expression) hclsyntax.Expression {
	if e == nil {
		return nil
	}
	if _, ok := literal(e); ok {
		return e
	}
	rng, start := e.Range(), e.StartRange()
	return &hclsyntax.FunctionCallExpr{Name: keyed, Args: []hclsyntax.Expression{e}, NameRange: start, OpenParenRange: start, CloseParenRange: rng}
}

// whole gives the place of all of an expression that HCL refuses at its start.
func whole(d *hcl.Diagnostic, start hcl.Range) hcl.Range {
	if d.Context != nil && d.Context.Start == start.Start {
		return *d.Context
	}
	return start
}

// secretKey says whether what HCL found is that a secret is a key.
func secretKey(d *hcl.Diagnostic) bool {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	return ok && errors.Is(extra.FunctionCallError(), errSecretKey)
}

// overworks says whether what HCL found is that there is too much work.
func overworks(d *hcl.Diagnostic) bool {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	return ok && errors.Is(extra.FunctionCallError(), errWork)
}
