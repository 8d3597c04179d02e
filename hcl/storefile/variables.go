package storefile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/openaisle/aisle/hcl/configspec"
	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// typePath is a type of variables beside HCL's own. A path is text; it is made
// absolute, and file may read in it where it comes from the command line.
const typePath = "path"

func variableTypes() []string {
	return []string{"string", "number", "bool", "any", "list", "set", "map", "object", "tuple", typePath}
}

// baseScope gives the scope of var, local, path and peer.
func (l *loader) baseScope(s scope) scope {
	s = s.child(map[string]cty.Value{"path": cty.ObjectVal(map[string]cty.Value{
		"store": cty.StringVal(l.root().dir), "module": cty.StringVal(l.dir),
	})})
	given := l.given()
	vars := map[string]cty.Value{}
	for _, b := range l.blocks[blockVariable] {
		vars[b.name] = l.variable(b, given[b.name], s)
	}
	declared := slices.Sorted(maps.Keys(vars))
	if l.call != nil {
		l.unusedInputs(declared)
	} else if !l.fleet { // what a fleet doesn't declare is for its stores
		l.undeclared(given, declared)
	}
	names := map[string]cty.Value{"var": cty.ObjectVal(vars)}
	if l.call == nil {
		names["peer"] = l.peers()
	}
	s = s.child(names)
	l.validations(s)
	return l.locals(s)
}

func (l *loader) peers() cty.Value {
	peers := map[string]cty.Value{}
	for _, b := range l.blocks[blockPeer] {
		address, ok := l.opts.Peers[b.name]
		v := cty.UnknownVal(cty.String)
		if ok {
			v = cty.StringVal(address)
		}
		peers[b.name] = cty.ObjectVal(map[string]cty.Value{"address": v})
	}
	return cty.ObjectVal(peers)
}

// undeclared reports values of variables that there are not.
func (l *loader) undeclared(given map[string]given, declared []string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(declared, name) || l.isBroken("var", name) || given[name].optional {
			continue
		}
		g := given[name]
		p := l.fail(nil, g.name, "unknown_variable", fmt.Sprintf("There is no variable %q", name),
			"It was given %s, but no variable block declares it.", g.from)
		p.in(g.place)
		p.Suggestion = nearest.To(name, declared)
	}
}

// variable gives a variable's value. Where there is none it is unknown, and the
// reason reported.
func (l *loader) variable(b *block, g given, s scope) cty.Value {
	key := "var." + b.name
	ty, defaults, path := l.variableType(b)
	unknown := cty.UnknownVal(ty)
	l.text(b, "description", s)
	if l.failed[key] && g.from == "" && b.attribute("default") == nil {
		return unknown
	}
	l.failed[key] = true
	value, rng, ok := l.valueOf(b, g, ty, s)
	if !ok {
		return unknown
	}
	if ty != cty.DynamicPseudoType {
		if defaults != nil && !value.IsNull() && value.IsKnown() && !value.IsMarked() {
			value = defaults.Apply(value)
		}
		got, err := convert.Convert(value, ty)
		if err != nil {
			where := "The default is not one: %s."
			if g.from != "" {
				where = "What was given " + g.from + " is not one: %s."
			}
			l.fail(b, rng, "wrong_type", fmt.Sprintf("The variable %q is %s", b.name, typeName(ty)), where, uncapital(convertMessage(err))).in(g.place)
			return unknown
		}
		value = got
	}
	l.failed[key] = false
	if path && !value.IsNull() && value.IsKnown() && !value.IsMarked() {
		return cty.StringVal(l.pathVariable(b, rng, value.AsString(), g.outside))
	}
	if l.boolean(b, "sensitive", s) {
		if g.from == "" && !configspec.IsSecret(value) && !value.IsNull() {
			l.fail(b, rng, "secret", "The default of a sensitive variable", "A secret is not written into a store's files. Give it by reference, such as secret(\"env:NAME\"), or leave the default out.")
			l.failed[key] = true
		}
		if l.call == nil {
			l.sensitive = append(l.sensitive, b.name)
			l.secretTexts = append(l.secretTexts, textsIn(value)...)
		}
		value = configspec.MarkSecret(value)
	}
	return value
}

// textsIn gives the texts in a value that are known.
func textsIn(v cty.Value) (out []string) {
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) { // the function gives no error
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			out = append(out, v.AsString())
		}
		return true, nil
	})
	return out
}

// valueOf gives what was given to a variable, or its default.
func (l *loader) valueOf(b *block, g given, ty cty.Type, s scope) (cty.Value, hcl.Range, bool) {
	if g.from != "" {
		v, ok := g.value, !g.failed
		if ok && g.text && !ty.IsPrimitiveType() && ty != cty.DynamicPseudoType {
			v, ok = l.parseValue(b, g)
		}
		rng := g.rng
		if rng.Filename == "" || b.attribute("sensitive") != nil { // a problem shows the line
			rng = b.header()
		}
		return v, rng, ok
	}
	a := b.attribute("default")
	if a == nil {
		if l.call != nil && l.call.meant(b.name, append(slices.Sorted(maps.Keys(l.names[blockVariable])), "source", argForEach)) {
			return cty.NilVal, hcl.Range{}, false // as it is mistyped, it is told of
		}
		if l.call != nil {
			l.fail(l.call, l.call.header(), "missing_argument", fmt.Sprintf("The argument %q is missing", b.name),
				"The module's variable %q has no default. Write %s = ... into this block.", b.name, b.name)
		} else if !b.mistyped("default") {
			l.fail(b, b.header(), "no_value", fmt.Sprintf("The variable %q has no value", b.name),
				"It has no default. Give one on the command line: --var %s=VALUE, or in a %s file.", b.name, VarsExtension)
		}
		return cty.NilVal, hcl.Range{}, false
	}
	v, ok := l.eval(b, a.Expr, s)
	if ok && !v.IsWhollyKnown() && !configspec.IsSecret(v) {
		v, ok = l.known(b, "default", s)
	}
	return v, a.Expr.Range(), ok
}

// parseValue reads the value of a list or object that was given as text.
func (l *loader) parseValue(b *block, g given) (cty.Value, bool) {
	expr, diags := hclsyntax.ParseExpression([]byte(g.value.AsString()), "value", hcl.InitialPos)
	if !diags.HasErrors() {
		if v, more := expr.Value(nil); !more.HasErrors() {
			return v, true
		}
	}
	l.fail(b, b.header(), "wrong_type", fmt.Sprintf("The value of variable %q can't be read", b.name),
		"%s was given %s. Write it as in a store file, such as [\"a\", \"b\"] or { a = 1 }.", cut(g.value.AsString(), maxContext), g.from)
	return cty.NilVal, false
}

func convertMessage(err error) string { return strings.TrimSuffix(err.Error(), ".") }

// typeName names a type for a person.
func typeName(ty cty.Type) string {
	name := ty.FriendlyNameForConstraint()
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// variableType gives the type that is stated, or that of the default.
func (l *loader) variableType(b *block) (ty cty.Type, defaults *typeexpr.Defaults, path bool) {
	a := b.attribute("type")
	if a == nil {
		if d := b.attribute("default"); d != nil {
			if v, ok := literal(d.Expr); ok && v.Type().IsPrimitiveType() && !v.IsNull() {
				return v.Type(), nil, false
			}
			return cty.DynamicPseudoType, nil, false
		}
		if l.call != nil {
			return cty.DynamicPseudoType, nil, false // whatever is handed in
		}
		return cty.String, nil, false
	}
	word := hcl.ExprAsKeyword(a.Expr)
	if word == typePath {
		return cty.String, nil, true
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	if !diags.HasErrors() {
		return ty, defaults, false
	}
	if word == "" {
		if v, ok := literal(a.Expr); ok && v.Type() == cty.String {
			word = v.AsString()
		}
	}
	if call, ok := a.Expr.(*hclsyntax.FunctionCallExpr); ok {
		word = call.Name
	}
	l.failed["var."+b.name] = true
	p := l.fail(b, a.Expr.Range(), "unknown_word", "That is no type of a variable",
		"Write one of %s, without quotes; the middle ones say of what: list(string), object({ id = string }). %s", strings.Join(variableTypes(), ", "), diags[0].Detail)
	switch {
	case slices.Contains(variableTypes(), word) && (hcl.ExprAsKeyword(a.Expr) == "" && !isCall(a.Expr)):
		p.Suggestion = word
	case !slices.Contains(variableTypes(), word):
		p.Suggestion = nearest.To(word, variableTypes())
	case diags[0].Subject != nil && l.sources[a.Expr.Range().Filename] != nil: // the mistake is within
		src, all := l.sources[a.Expr.Range().Filename].src, a.Expr.Range()
		part := string(diags[0].Subject.SliceBytes(src))
		if near := nearest.To(part, variableTypes()); near != "" && all.ContainsPos(diags[0].Subject.Start) {
			p.Suggestion = string(src[all.Start.Byte:diags[0].Subject.Start.Byte]) + near + string(src[diags[0].Subject.End.Byte:all.End.Byte])
		}
	}
	return cty.DynamicPseudoType, nil, false
}

func isCall(e hclsyntax.Expression) bool {
	_, ok := e.(*hclsyntax.FunctionCallExpr)
	return ok
}

// validations checks variables by their own rules, once all have values.
func (l *loader) validations(s scope) {
	for _, b := range l.blocks[blockVariable] {
		for _, syntax := range b.syntax.Body.Blocks {
			if syntax.Type != "validation" {
				continue
			}
			c := b.child(syntax)
			l.checkShape(c, blockType{arguments: []argument{
				{"condition", true, "condition = var." + b.name + " > 0"}, {"error_message", true, `error_message = "It must be more than 0."`},
			}})
			l.validation(b, c, s)
		}
	}
}

func (l *loader) validation(b, c *block, s scope) {
	condition := c.attribute("condition")
	if l.full() || condition == nil || c.attribute("error_message") == nil || l.failed["var."+b.name] {
		return
	}
	message, ok := l.text(c, "error_message", s)
	if !ok {
		return
	}
	if strings.TrimSpace(message) == "" {
		l.fail(c, c.at("error_message"), "out_of_bounds", "The message is empty", "It is what is shown where the condition is false: say what the value must be.")
		return
	}
	v, ok := l.eval(c, condition.Expr, s)
	if !ok || !v.IsKnown() {
		return
	}
	v, _ = v.UnmarkDeep()
	if v.IsNull() || v.Type() != cty.Bool {
		l.wrongType(c, "condition", "true or false", v)
		return
	}
	if v.True() {
		return
	}
	l.failed["var."+b.name] = true
	at, rng, where := b, b.header(), " It is the default that fails."
	var place *Place
	if g, ok := l.given()[b.name]; ok {
		where, place = " It was given "+g.from+".", g.place
		if g.rng.Filename != "" {
			rng = g.rng
		}
		if l.call != nil {
			at = l.call
		}
	} else if d := b.attribute("default"); d != nil {
		rng = d.Expr.Range()
	}
	l.fail(at, rng, "invalid_value", fmt.Sprintf("The value of %q is not allowed", b.name), "%s%s The rule is at %s.", message, where, l.place(condition.Expr.Range(), "")).in(place)
}

// pathVariable makes a path absolute: one that was given is relative to where
// the command runs, a default to the store's folder.
func (l *loader) pathVariable(b *block, rng hcl.Range, path string, given bool) string {
	if path == "" {
		return path
	}
	if !filepath.IsAbs(path) {
		from := l.dir
		if given {
			from = l.opts.WorkDir
		}
		absolute, err := filepath.Abs(filepath.Join(from, path))
		if err != nil {
			l.fail(b, rng, "no_value", fmt.Sprintf("The path %q has no absolute form", b.name), "%s", err)
			return path
		}
		path = absolute
	}
	if !given {
		return path
	}
	f, err := openFolder(path)
	if err != nil {
		l.fail(b, rng, "no_value", fmt.Sprintf("The path of variable %q can't be read", b.name), "%s was given on the command line: %s.", path, cause(err))
		return path
	}
	if info, err := os.Stat(f.path); err == nil && info.IsDir() {
		l.folders = append(l.folders, f)
	}
	return path
}

func cause(err error) string {
	if os.IsNotExist(err) {
		return "it does not exist"
	}
	return "it can't be opened"
}
