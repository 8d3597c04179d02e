package language

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/reference"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Input is a variable of a module, as an argument of the block that calls it.
type Input struct {
	Name, Doc string
	Required  bool
}

// Module is what a module's folder takes and gives back.
type Module struct {
	Inputs  []Input
	Outputs []string
}

// Interface gives what the folder takes and gives back as a module.
func (f *Folder) Interface() Module {
	var m Module
	for _, s := range f.symbols {
		switch {
		case s.block == nil:
		case s.kind == kindVariable:
			m.Inputs = append(m.Inputs, f.input(s))
		case s.kind == "output":
			m.Outputs = append(m.Outputs, s.name)
		}
	}
	return m
}

func (f *Folder) input(s symbol) Input {
	a := s.block.Body.Attributes
	return Input{Name: s.name, Doc: text(a["description"]), Required: a["default"] == nil}
}

// text gives what an argument says, written out; empty where it isn't.
func text(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return ""
	}
	return v.AsString()
}

// Sources gives the sources of the modules that the folder's files call, written
// out.
func (f *Folder) Sources() []string {
	var out []string
	for _, s := range f.symbols {
		if s.kind == "module" && s.block != nil {
			if source := text(s.block.Body.Attributes["source"]); source != "" {
				out = append(out, source)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inputSchema makes arguments of inputs.
func inputSchema(inputs []Input) map[string]*schema.AttributeSchema {
	out := map[string]*schema.AttributeSchema{}
	for _, in := range inputs {
		out[in.Name] = &schema.AttributeSchema{
			IsRequired: in.Required, IsOptional: !in.Required, Description: lang.Markdown(in.Doc), Constraint: schema.AnyExpression{OfType: cty.DynamicPseudoType},
		}
	}
	return out
}

// moduleBodies are the bodies of module blocks by the source that is written.
func (f *Folder) moduleBodies() map[schema.SchemaKey]*schema.BodySchema {
	out := map[schema.SchemaKey]*schema.BodySchema{}
	for source, m := range f.options.Modules {
		key := schema.NewSchemaKey(schema.DependencyKeys{Attributes: []schema.AttributeDependent{{Name: "source", Expr: schema.ExpressionValue{Static: cty.StringVal(source)}}}})
		out[key] = &schema.BodySchema{Attributes: inputSchema(m.Inputs)}
	}
	return out
}

// valuesSchema is of a file of values: the store's variables are its arguments,
// and none must be there, for others may give it.
func (f *Folder) valuesSchema() *schema.BodySchema {
	inputs := f.Interface().Inputs
	for i := range inputs {
		inputs[i].Required = false
	}
	return &schema.BodySchema{Attributes: inputSchema(inputs), Blocks: map[string]*schema.BlockSchema{}}
}

// outputTargets are what modules give back.
func (f *Folder) outputTargets() reference.Targets {
	var out reference.Targets
	for _, s := range f.symbols {
		if s.kind != "module" || s.block == nil || s.block.Body.Attributes["for_each"] != nil {
			continue
		}
		for _, name := range f.options.Modules[text(s.block.Body.Attributes["source"])].Outputs {
			if a, ok := parseAddress("module." + s.name + "." + name); ok {
				out = append(out, reference.Target{Addr: a, Type: cty.DynamicPseudoType, Name: "output"})
			}
		}
	}
	return out
}

// eachTargets are what each holds in the block around an offset, where that is
// made for each of something: its key and value, and of values that are written
// out as objects what is in them.
func (f *Folder) eachTargets(of *file, offset int) reference.Targets {
	var out reference.Targets
	add := func(address string, t cty.Type, detail string) {
		if a, ok := parseAddress(address); ok {
			out = append(out, reference.Target{Addr: a, Type: t, Name: detail})
		}
	}
	for _, b := range of.body.Blocks {
		if !place(b.Range()).holds(of.name, offset) || b.Body.Attributes["for_each"] == nil {
			continue
		}
		add("each.key", cty.String, "key of this one")
		add("each.value", cty.DynamicPseudoType, "value of this one")
		for _, name := range f.valueAttributes(b.Body.Attributes["for_each"].Expr, 0) {
			add("each.value."+name, cty.DynamicPseudoType, "of the value")
		}
	}
	return out
}

// maxLocals is how many locals lead to what is written out.
const maxLocals = 8

// valueAttributes gives the names in the objects that are the values of a
// for_each: of an object of objects, or a for over one that has them as they
// are; a local or a variable's default leads to it.
func (f *Folder) valueAttributes(e hclsyntax.Expression, depth int) []string {
	if depth > maxLocals {
		return nil
	}
	names := map[string]bool{}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return f.valueAttributes(e.Expression, depth+1)
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			value, ok := item.ValueExpr.(*hclsyntax.ObjectConsExpr)
			if !ok {
				continue
			}
			for _, inner := range value.Items {
				if k, diags := inner.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.IsKnown() && !k.IsNull() {
					names[k.AsString()] = true
				}
			}
		}
	case *hclsyntax.ScopeTraversalExpr:
		return f.valuesOf(e, depth)
	}
	return slices.Sorted(maps.Keys(names))
}

// valuesOf is valueAttributes of what a reference to a local or a variable names.
func (f *Folder) valuesOf(e *hclsyntax.ScopeTraversalExpr, depth int) []string {
	r, ok := f.resolve(&file{}, e.Traversal, false)
	if !ok || len(e.Traversal) != 2 {
		return nil
	}
	for _, s := range f.declared(r.kind, r.name) {
		switch {
		case s.kind == kindLocal && s.expr != nil:
			return f.valueAttributes(s.expr, depth+1)
		case s.kind == kindVariable && s.block != nil && s.block.Body.Attributes["default"] != nil:
			return f.valueAttributes(s.block.Body.Attributes["default"].Expr, depth+1)
		}
	}
	return nil
}

// isValues says whether a file holds values of variables.
func isValues(name string) bool { return strings.HasSuffix(name, storefile.VarsExtension) }
