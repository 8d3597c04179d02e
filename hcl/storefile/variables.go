package storefile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// The types that a variable may state. A path is text; it is made absolute, and
// file may read in it where it comes from the command line.
const (
	typeString = "string"
	typeNumber = "number"
	typeBool   = "bool"
	typePath   = "path"
)

func variableTypes() []string { return []string{typeString, typeNumber, typeBool, typePath} }

// baseScope gives the scope of var, local, path and peer.
func (l *loader) baseScope(s scope) scope {
	s = s.child(map[string]cty.Value{"path": cty.ObjectVal(map[string]cty.Value{"store": cty.StringVal(l.dir)})})
	vars := map[string]cty.Value{}
	for _, b := range l.blocks[blockVariable] {
		vars[b.name] = l.variable(b, s)
	}
	for _, name := range slices.Sorted(maps.Keys(l.opts.Vars)) {
		if _, ok := vars[name]; !ok && !l.isBroken("var", name) {
			p := l.fail(nil, hcl.Range{}, "unknown_variable", fmt.Sprintf("There is no variable %q", name),
				"It was given on the command line, but no variable block declares it.")
			p.Suggestion = nearest.To(name, slices.Sorted(maps.Keys(vars)))
		}
	}
	peers := map[string]cty.Value{}
	for _, b := range l.blocks[blockPeer] {
		address, ok := l.opts.Peers[b.name]
		v := cty.UnknownVal(cty.String)
		if ok {
			v = cty.StringVal(address)
		}
		peers[b.name] = cty.ObjectVal(map[string]cty.Value{"address": v})
	}
	s = s.child(map[string]cty.Value{"var": cty.ObjectVal(vars), "peer": cty.ObjectVal(peers)})
	return l.locals(s)
}

// variable gives a variable's value. Where there is none it is unknown, and the
// reason reported.
func (l *loader) variable(b *block, s scope) cty.Value {
	ty, path := l.variableType(b)
	unknown := cty.UnknownVal(ty)
	l.failed["var."+b.name] = true
	given, isGiven := l.opts.Vars[b.name]
	value, rng := cty.StringVal(given), b.header()
	if !isGiven {
		a := b.attribute("default")
		if a == nil {
			l.fail(b, b.header(), "no_value", fmt.Sprintf("The variable %q has no value", b.name),
				"It has no default. Give one on the command line: --var %s=VALUE.", b.name)
			return unknown
		}
		v, ok := l.known(b, "default", s)
		if !ok {
			return unknown
		}
		value, rng = v, a.Expr.Range()
	}
	if ty == cty.DynamicPseudoType {
		l.failed["var."+b.name] = false
		return value
	}
	got, err := convert.Convert(value, ty)
	if err != nil {
		where := "The default is not one."
		if isGiven {
			where = fmt.Sprintf("%q was given on the command line.", given)
		}
		l.fail(b, rng, "wrong_type", fmt.Sprintf("The variable %q is a %s", b.name, ty.FriendlyName()), "%s", where)
		return unknown
	}
	l.failed["var."+b.name] = false
	if path {
		return cty.StringVal(l.pathVariable(b, rng, got.AsString(), isGiven))
	}
	return got
}

// variableType gives the type that is stated, or that of the default.
func (l *loader) variableType(b *block) (ty cty.Type, path bool) {
	a := b.attribute("type")
	if a == nil {
		if d := b.attribute("default"); d != nil {
			if v, ok := literal(d.Expr); ok && v.Type().IsPrimitiveType() && !v.IsNull() {
				return v.Type(), false
			}
			return cty.DynamicPseudoType, false
		}
		return cty.String, false
	}
	word := hcl.ExprAsKeyword(a.Expr)
	switch word {
	case typeString:
		return cty.String, false
	case typeNumber:
		return cty.Number, false
	case typeBool:
		return cty.Bool, false
	case typePath:
		return cty.String, true
	}
	p := l.fail(b, a.Expr.Range(), "unknown_word", "That is no type of a variable",
		"Write one of %s, without quotes.", strings.Join(variableTypes(), ", "))
	if v, ok := literal(a.Expr); ok && v.Type() == cty.String {
		word = v.AsString()
		if slices.Contains(variableTypes(), word) {
			p.Suggestion = word
		}
	}
	if p.Suggestion == "" {
		p.Suggestion = nearest.To(word, variableTypes())
	}
	return cty.DynamicPseudoType, false
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
		scope := s.child(map[string]cty.Value{"local": cty.ObjectVal(values)})
		v, ok := l.eval(this.b, this.a.Expr, scope)
		values[name] = v
		l.failed["local."+name] = !ok
		state[name] = done
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		visit(name)
	}
	return s.child(map[string]cty.Value{"local": cty.ObjectVal(values)})
}

// localName gives the name of the local that a reference is to.
func localName(t hcl.Traversal) string {
	if t.RootName() != "local" || len(t) < 2 {
		return ""
	}
	name, _ := stepKey(t[1])
	return name
}
