package storefile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/configspec"
	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// config checks a device's config block against its driver's schema.
func (l *loader) config(b *block, s scope, d *storedef.Device) {
	body := l.undynamic(b, l.configBody(b), s)
	schema, ok := l.schema(b, d)
	if !ok {
		l.unchecked = append(l.unchecked, d.Address)
		l.checkExpressions(b, body, s)
		return
	}
	// References first: HCL has no suggestions for them.
	if !l.checkReferences(b, body, s) {
		return
	}
	r, err := configspec.Decode(body, schema, s.ctx)
	if err != nil {
		l.fail(b, b.at("driver"), "bad_schema", fmt.Sprintf("The schema of %s.%s can't be used", d.Plugin, d.Driver),
			"%s. That is a fault of the plugin: tell its vendor.", capital(err.Error()))
		return
	}
	l.secretTexts = append(l.secretTexts, r.Secrets...)
	c := l.configBlock(b)
	for _, u := range r.Unexpected {
		l.unexpected(c, d, u)
	}
	l.diagnostics(c, r.Diagnostics, "config")
	for _, p := range r.Problems {
		if p.Missing != nil {
			if !p.Missing.Mistyped {
				l.lacking(c, d, p)
			}
			continue
		}
		at := l.fail(c, p.Range, "config", fmt.Sprintf("%s can't be taken", p.Path), "%s: %s.", p.Path, strings.TrimSuffix(p.Message, "."))
		at.Suggestion = p.Suggestion
	}
	d.Config = r.JSON
	l.twice(c, schema, d)
	if len(r.Unknown) > 0 {
		l.later = append(l.later, d.Address)
	}
}

// unexpected reports what is in the config block and its driver doesn't know.
func (l *loader) unexpected(c *block, d *storedef.Device, u configspec.Unexpected) {
	what := fmt.Sprintf("The config of driver %s.%s", d.Plugin, d.Driver)
	if u.In != "" {
		what = fmt.Sprintf("%s, in the config of driver %s.%s,", u.In, d.Plugin, d.Driver)
	}
	code, summary, kind, names := "unknown_argument", fmt.Sprintf("There is no argument %q here", u.Name), "arguments", u.Arguments
	if u.Block {
		code, summary, kind, names = "unknown_block", fmt.Sprintf("There are no %q blocks here", u.Name), "blocks", u.Blocks
	}
	detail, suggestion := "", nearest.To(u.Name, names)
	switch {
	case u.Block && slices.Contains(u.Arguments, u.Name):
		detail = fmt.Sprintf("It is an argument: write %s = ... with an equals sign.", u.Name)
	case !u.Block && slices.Contains(u.Blocks, u.Name):
		detail, suggestion = fmt.Sprintf("It is a block: write %s { ... } without the equals sign.", u.Name), u.Name
	case len(names) == 0:
		detail = fmt.Sprintf("%s has no %s.", what, kind)
	default:
		detail = fmt.Sprintf("%s has these %s: %s.", what, kind, strings.Join(names, ", "))
	}
	l.fail(c, u.Range, code, summary, "%s", detail).Suggestion = suggestion
}

// lacking reports what a driver needs and the config block hasn't.
func (l *loader) lacking(c *block, d *storedef.Device, p configspec.Problem) {
	m := p.Missing
	kind, place, what := "argument", "the config block", fmt.Sprintf("config of driver %s.%s", d.Plugin, d.Driver)
	if m.Block {
		kind = "block"
	}
	why := "The " + what + " needs it."
	if m.In != "" {
		place = "that block"
		why = fmt.Sprintf("Each such block needs it: %s, in the %s.", m.In, what)
	} else if c.syntax.Type != "config" {
		place = "a config block here"
	}
	if m.Doc != "" {
		why = strings.TrimSuffix(why, ".") + ": " + strings.TrimSuffix(uncapital(m.Doc), ".") + "."
	}
	l.fail(c, p.Range, "missing_"+kind, fmt.Sprintf("Missing %s %q", kind, m.Name), "%s Write it into %s, such as: %s", why, place, m.Example)
}

// configBody gives the config block's body; an empty one where it isn't written.
func (l *loader) configBody(b *block) *hclsyntax.Body {
	var found *hclsyntax.Block
	for _, syntax := range b.syntax.Body.Blocks {
		if syntax.Type != "config" {
			continue
		}
		if len(syntax.Labels) > 0 {
			l.fail(b, syntax.LabelRanges[0], "label", "A config block has no name", "Remove it.")
		}
		if found != nil {
			l.fail(b, syntax.DefRange(), "duplicate", "There is a second config block", "A device has one. Put all into it.")
			continue
		}
		found = syntax
	}
	if found != nil {
		return found.Body
	}
	rng := b.header()
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: rng, EndRange: rng}
}

// configBlock is the config block for problems in it, or the device's own.
func (l *loader) configBlock(b *block) *block {
	for _, syntax := range b.syntax.Body.Blocks {
		if syntax.Type == "config" {
			return b.child(syntax)
		}
	}
	return b
}

// schema gives the schema of a device's driver, where it can be known.
func (l *loader) schema(b *block, d *storedef.Device) (config.Schema, bool) {
	if l.opts.Schemas == nil || d.Driver == "" {
		return config.Schema{}, false
	}
	names, known := l.opts.Schemas.Drivers(d.Plugin)
	if !known {
		return config.Schema{}, false
	}
	schema, class, ok := l.opts.Schemas.Driver(d.Plugin, d.Driver)
	rng := b.at("driver")
	if !ok {
		names = slices.Sorted(slices.Values(names))
		p := l.fail(b, rng, "unknown_driver", fmt.Sprintf("Plugin %q has no driver %q", d.Plugin, d.Driver),
			"It has: %s.", strings.Join(names, ", "))
		if near := nearest.To(d.Driver, names); near != "" {
			p.Suggestion = d.Plugin + "." + near
		} else {
			p.Suggestion = l.driverOf(d, names)
		}
		return config.Schema{}, false
	}
	if class != d.Class.Contract() {
		p := l.fail(b, rng, "wrong_class", fmt.Sprintf("%s.%s is no driver of a %s", d.Plugin, d.Driver, d.Class),
			"It drives devices of class %s. Use it in such a block, or write a driver of class %s.", class, d.Class.Contract())
		p.Suggestion = l.driverOf(d, names)
		return config.Schema{}, false
	}
	return schema, true
}

// driverOf gives the first driver of a plugin that is of the device's class.
func (l *loader) driverOf(d *storedef.Device, names []string) string {
	for _, n := range names {
		if _, class, ok := l.opts.Schemas.Driver(d.Plugin, n); ok && class == d.Class.Contract() {
			return d.Plugin + "." + n
		}
	}
	return ""
}

// checkReferences looks at the references of all expressions in a body.
func (l *loader) checkReferences(b *block, body *hclsyntax.Body, s scope) bool {
	ok := true
	l.expressions(body, func(e hclsyntax.Expression) {
		if !l.references(b, e, s) {
			ok = false
		}
	})
	return ok
}

// checkExpressions is all that can be said of a config block without a schema.
func (l *loader) checkExpressions(b *block, body *hclsyntax.Body, s scope) {
	l.expressions(body, func(e hclsyntax.Expression) { l.eval(b, e, s) })
}

func (l *loader) expressions(body *hclsyntax.Body, visit func(hclsyntax.Expression)) {
	for _, a := range body.Attributes {
		visit(a.Expr)
	}
	for _, nested := range body.Blocks {
		l.expressions(nested.Body, visit)
	}
}
