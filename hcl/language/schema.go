package language

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
)

// driverScope is what drivers of a class are called among targets.
func driverScope(contract string) lang.ScopeId { return lang.ScopeId("driver." + contract) }

// schemaOf makes what hcl-lang wants to know of a file, by its kind.
func (f *Folder) schemaOf(name string) *schema.BodySchema {
	switch {
	case isValues(name):
		return f.valuesSchema()
	case strings.HasSuffix(name, storefile.FleetExtension):
		return f.bodySchema(storefile.FleetLanguage())
	case strings.HasSuffix(name, storefile.TestExtension):
		return f.bodySchema(storefile.TestLanguage())
	}
	return f.bodySchema(storefile.Language())
}

func (f *Folder) bodySchema(blocks []storefile.BlockDoc) *schema.BodySchema {
	root := schema.NewBodySchema()
	for _, b := range blocks {
		s := f.blockSchema(b)
		if c := storedef.ClassOf(b.Name + ".x"); c != "" {
			s.DependentBody = f.configs(c)
		}
		if b.Name == "module" {
			s.DependentBody = f.moduleBodies()
		}
		root.Blocks[b.Name] = s
	}
	return root
}

func (f *Folder) blockSchema(b storefile.BlockDoc) *schema.BlockSchema {
	body := schema.NewBodySchema()
	for _, a := range b.Arguments {
		body.Attributes[a.Name] = f.attributeSchema(b, a)
	}
	if b.Name == "variables" {
		body.Attributes = f.valuesSchema().Attributes
	} else if b.Open && len(b.Arguments) == 0 {
		body.AnyAttribute = &schema.AttributeSchema{IsOptional: true, Constraint: schema.AnyExpression{OfType: cty.DynamicPseudoType}}
	}
	for _, inner := range b.Blocks {
		body.Blocks[inner.Name] = f.blockSchema(inner)
	}
	s := &schema.BlockSchema{Body: body, Description: lang.Markdown(b.Doc + "\n\n```hcl\n" + b.Example + "\n```")}
	if b.Label != "" {
		s.Labels = []*schema.LabelSchema{{Name: b.Label}}
	}
	if b.Once || b.Name == "config" || b.Name == "processing" {
		s.MaxItems = 1
	}
	return s
}

func (f *Folder) attributeSchema(b storefile.BlockDoc, a storefile.ArgumentDoc) *schema.AttributeSchema {
	return &schema.AttributeSchema{
		IsRequired: a.Required, IsOptional: !a.Required, IsDepKey: a.Refers == "driver" || b.Name == "module" && a.Name == "source",
		Description: lang.Markdown(argumentText(a)), Constraint: constraintOf(b, a),
	}
}

// argumentText says what an argument is, for a hover.
func argumentText(a storefile.ArgumentDoc) string {
	var b strings.Builder
	b.WriteString(a.Doc)
	if a.Form != "" {
		fmt.Fprintf(&b, "\n\nIt is %s.", a.Form)
	}
	if len(a.Words) > 0 {
		fmt.Fprintf(&b, " One of: `%s`.", strings.Join(a.Words, "`, `"))
	}
	if a.Default != "" {
		fmt.Fprintf(&b, "\n\nIf left out: %s.", a.Default)
	}
	if a.Example != "" {
		fmt.Fprintf(&b, "\n\n`%s`", a.Example)
	}
	return b.String()
}

func constraintOf(b storefile.BlockDoc, a storefile.ArgumentDoc) schema.Constraint {
	anything := schema.AnyExpression{OfType: cty.DynamicPseudoType, SkipLiteralComplexTypes: true}
	switch {
	case a.Refers == "driver":
		return schema.Reference{OfScopeId: driverScope(storedef.Class(b.Name).Contract()), Name: "driver"}
	case a.Refers != "":
		one := schema.Reference{OfScopeId: lang.ScopeId(a.Refers), Name: a.Refers}
		if a.Many {
			return schema.OneOf{schema.List{Elem: one}, one, anything}
		}
		return schema.OneOf{one, anything}
	case len(a.Words) > 0:
		words := schema.OneOf{}
		for _, w := range a.Words {
			words = append(words, schema.LiteralValue{Value: cty.StringVal(w)})
		}
		if a.Many {
			return schema.OneOf{schema.List{Elem: words}, anything}
		}
		return append(words, anything)
	case a.Form == "true or false":
		return schema.AnyExpression{OfType: cty.Bool}
	case a.Form == "a whole number":
		return schema.AnyExpression{OfType: cty.Number}
	}
	return anything
}

// configs are the bodies of the config block by the driver that is written.
func (f *Folder) configs(c storedef.Class) map[schema.SchemaKey]*schema.BodySchema {
	out := map[schema.SchemaKey]*schema.BodySchema{}
	if f.options.Schemas == nil {
		return out
	}
	for _, plugin := range f.plugins() {
		names, _ := f.options.Schemas.Drivers(plugin)
		for _, driver := range names {
			s, contract, ok := f.options.Schemas.Driver(plugin, driver)
			if !ok || contract != c.Contract() {
				continue
			}
			key := schema.NewSchemaKey(schema.DependencyKeys{Attributes: []schema.AttributeDependent{{
				Name: "driver", Expr: schema.ExpressionValue{Address: lang.Address{lang.RootStep{Name: plugin}, lang.AttrStep{Name: driver}}},
			}}})
			block := &schema.BlockSchema{Body: configBody(s, 0), MaxItems: 1, Description: lang.Markdown(fmt.Sprintf("What driver %s of plugin %s wants.", driver, plugin))}
			out[key] = &schema.BodySchema{Attributes: map[string]*schema.AttributeSchema{}, Blocks: map[string]*schema.BlockSchema{"config": block}}
		}
	}
	return out
}

// plugins are those of the store by name.
func (f *Folder) plugins() []string {
	all := slices.Clone(f.options.Plugins)
	for _, s := range f.symbols {
		if s.kind == kindPlugin {
			all = append(all, s.name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// configBody makes a body of what a vendor's schema says. Schemas have been
// checked; depth is bounded all the same.
func configBody(s config.Schema, depth int) *schema.BodySchema {
	body := schema.NewBodySchema()
	for _, a := range s.Attributes {
		body.Attributes[a.Name] = &schema.AttributeSchema{
			IsRequired: a.Required, IsOptional: !a.Required, IsSensitive: a.Sensitive, Description: lang.Markdown(vendorText(a)), Constraint: vendorConstraint(a),
		}
	}
	if depth > config.MaxDepth {
		return body
	}
	for _, b := range s.Blocks {
		body.Blocks[b.Name] = &schema.BlockSchema{
			Body: configBody(b.Schema, depth+1), MinItems: uint64(max(b.Least, 0)), MaxItems: uint64(max(b.Most, 0)), Description: lang.Markdown(b.Doc),
		}
	}
	return body
}

func vendorText(a config.Attribute) string {
	var b strings.Builder
	b.WriteString(a.Doc)
	fmt.Fprintf(&b, "\n\nIt is a %s", a.Type)
	switch {
	case a.Min != nil && a.Max != nil:
		fmt.Fprintf(&b, ", %d to %d", *a.Min, *a.Max)
	case a.Min != nil:
		fmt.Fprintf(&b, ", at least %d", *a.Min)
	case a.Max != nil:
		fmt.Fprintf(&b, ", at most %d", *a.Max)
	}
	b.WriteString(".")
	if len(a.OneOf) > 0 {
		fmt.Fprintf(&b, " One of: `%s`.", strings.Join(a.OneOf, "`, `"))
	}
	if a.Default != nil {
		fmt.Fprintf(&b, "\n\nIf left out: `%s`.", a.Default)
	}
	if a.Sensitive {
		b.WriteString("\n\nA secret, given by reference alone: `secret(\"env:NAME\")`.")
	}
	return strings.TrimSpace(b.String())
}

func vendorConstraint(a config.Attribute) schema.Constraint {
	switch a.Type {
	case config.TypeBool:
		return schema.AnyExpression{OfType: cty.Bool}
	case config.TypeInteger, config.TypeNumber:
		return schema.AnyExpression{OfType: cty.Number}
	case config.TypeStringList:
		return schema.AnyExpression{OfType: cty.List(cty.String)}
	case config.TypeIntegerList:
		return schema.AnyExpression{OfType: cty.List(cty.Number)}
	case config.TypeStringMap:
		return schema.AnyExpression{OfType: cty.Map(cty.String)}
	case config.TypeUnknown, config.TypeString, config.TypeDuration, config.TypeMass:
	}
	words := schema.OneOf{}
	for _, w := range a.OneOf {
		words = append(words, schema.LiteralValue{Value: cty.StringVal(w)})
	}
	return append(words, schema.AnyExpression{OfType: cty.DynamicPseudoType, SkipLiteralComplexTypes: true})
}

// signatures are the functions as hcl-lang wants them.
func signatures() map[string]schema.FunctionSignature {
	out := map[string]schema.FunctionSignature{}
	for _, d := range storefile.FunctionDocs() {
		out[d.Name] = signature(d)
	}
	return out
}

// kindsReferred are the kinds of blocks of which a reference may name one.
func kindsReferred() []string {
	kinds := map[string]bool{}
	for _, c := range storedef.Classes() {
		kinds[string(c)] = true
	}
	for _, k := range []string{"zone", "tax", "deposit", "product", "agent"} {
		kinds[k] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}
