package storefile

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// The limits of modules.
const (
	// LimitModules is the most modules in one store, each instance counted.
	LimitModules = 1000
	// LimitModuleDepth is how deep modules may be in modules.
	LimitModuleDepth = 8
)

// input is what a module block hands to a variable, and where.
type input struct {
	value cty.Value
	rng   hcl.Range
	ok    bool
}

// open gives the unit that is being read its scope, and reads the modules in it.
func (l *loader) open(functions, base scope) {
	l.units = append(l.units, l.unit)
	l.expand(base)
	l.catalogues(base)
	l.scope = l.modules(functions, l.storeScope(base))
}

// modules reads the modules in the order of what they take of each other, and
// adds their outputs to the scope.
func (l *loader) modules(functions, s scope) scope {
	if len(l.blocks[blockModule]) == 0 {
		return s
	}
	values := map[string]cty.Value{}
	for _, b := range l.blocks[blockModule] {
		values[b.name] = cty.DynamicVal // so that a reference is known to exist
	}
	order := l.ordered(blockModule, "module", l.blocks[blockModule])
	for _, b := range order {
		inner := s.child(map[string]cty.Value{"module": cty.ObjectVal(values)})
		v, ok := l.module(b, functions, inner)
		values[b.name] = v
		l.failed["module."+b.name] = !ok
	}
	return s.child(map[string]cty.Value{"module": cty.ObjectVal(values)})
}

// ordered gives blocks so that each comes after those it refers to by a root,
// and reports the circles.
func (l *loader) ordered(kind, root string, blocks []*block) []*block {
	const waiting, done = 1, 2
	state := map[*block]int{}
	var out []*block
	var visit func(b *block)
	visit = func(b *block) {
		state[b] = waiting
		for _, name := range slices.Sorted(maps.Keys(b.syntax.Body.Attributes)) {
			for _, t := range b.syntax.Body.Attributes[name].Expr.Variables() {
				if t.RootName() != root || len(t) < 2 {
					continue
				}
				key, _ := stepKey(t[1])
				needs := l.names[kind][key]
				switch {
				case needs == nil:
				case state[needs] == waiting:
					l.fail(b, t.SourceRange(), "cycle", fmt.Sprintf("The %s %q takes from itself", kind, key), "It does so by way of %q. Break the circle.", b.name)
				case state[needs] != done:
					visit(needs)
				}
			}
		}
		state[b] = done
		out = append(out, b)
	}
	for _, b := range blocks {
		if state[b] == 0 {
			visit(b)
		}
	}
	return out
}

// module reads what a module block calls, once for each key of its for_each.
func (l *loader) module(b *block, functions, s scope) (cty.Value, bool) {
	instances := l.instances(b, s, false)
	name, sources, ok := l.moduleFolder(b)
	if !ok || instances == nil {
		return cty.DynamicVal, false
	}
	if b.attribute(argForEach) == nil {
		return l.call1(b, instances[0], name, sources, functions, s), true
	}
	keyed := map[string]cty.Value{}
	for _, i := range instances {
		keyed[i.key] = l.call1(b, i, name, sources, functions, s)
	}
	return cty.ObjectVal(keyed), true
}

// call1 reads one instance of a module, and gives its outputs.
func (l *loader) call1(b *block, i instance, dir string, sources []*source, functions, s scope) cty.Value {
	u := newUnit(dir)
	u.parent, u.call, u.path = l.unit, b, l.path+blockModule+"."+instanceName(b.name, i)+"."
	u.inputs = map[string]input{}
	inner := i.scope(s)
	for _, name := range slices.Sorted(maps.Keys(b.syntax.Body.Attributes)) {
		if name == "source" || name == argForEach {
			continue
		}
		a := b.syntax.Body.Attributes[name]
		v, ok := l.eval(b, a.Expr, inner)
		u.inputs[name] = input{value: v, rng: a.Expr.Range(), ok: ok}
	}
	blocks := 0
	for _, s := range sources {
		blocks += len(s.body.Blocks)
	}
	if !l.spend(2 * stepWork * blocks) {
		l.overworked(b, b.header())
		return cty.DynamicVal
	}
	if len(l.units) >= LimitModules {
		l.fail(b, b.header(), "out_of_bounds", "There are too many modules", "A store has at most %d, each instance counted.", LimitModules)
		return cty.DynamicVal
	}
	outputs := map[string]cty.Value{}
	l.within(u, func() {
		l.collect(sources)
		base := l.baseScope(functions)
		l.open(functions, base)
		outputs = l.outputs(l.scope)
	})
	return cty.ObjectVal(outputs)
}

// outputs gives what the unit gives back. Of the store's own nobody takes
// anything, but what is written must be right.
func (l *loader) outputs(s scope) map[string]cty.Value {
	out := map[string]cty.Value{}
	for _, o := range l.blocks[blockOutput] {
		out[o.name] = cty.DynamicVal
		if a := o.attribute("value"); a != nil {
			if v, ok := l.eval(o, a.Expr, s); ok {
				out[o.name] = v
			}
		}
	}
	return out
}

// moduleFolder parses the folder that a module block names. It must be known
// before anything is evaluated, so that tools can follow it.
func (l *loader) moduleFolder(b *block) (dir string, sources []*source, ok bool) {
	for _, syntax := range b.syntax.Body.Blocks {
		l.unknownBlock(b, syntax, nil)
	}
	a := b.attribute("source")
	if near := b.mistypedAs("source", []string{"source", argForEach}); a == nil && near != "" {
		l.fail(b, b.attribute(near).NameRange, "unknown_argument", fmt.Sprintf("There is no argument %q here", near), "A module's own arguments are source and for_each.").Suggestion = "source"
		return "", nil, false
	}
	if a == nil {
		l.fail(b, b.header(), "missing_argument", `The argument "source" is missing`, `A module is a folder of %s files. Write it, such as source = "./modules/front".`, Extension)
		return "", nil, false
	}
	v, isLiteral := literal(a.Expr)
	if !isLiteral || v.IsNull() || v.Type() != cty.String {
		l.fail(b, a.Expr.Range(), "wrong_type", "The source of a module is plain text",
			`It must be known before variables are. Write the folder, such as "./modules/front".`)
		return "", nil, false
	}
	dir = filepath.Join(l.dir, filepath.FromSlash(v.AsString()))
	if why := l.badModule(dir); why != "" {
		l.fail(b, a.Expr.Range(), "module", fmt.Sprintf("The module %q can't be read", b.name), "%s: %s.", v.AsString(), why)
		return "", nil, false
	}
	prefix := l.fromHome(dir) + "/"
	if parsed, done := l.parsed[dir]; done {
		return dir, parsed, true
	}
	sources, err := l.opts.folder(dir, prefix)
	if err != nil {
		l.fail(b, a.Expr.Range(), "module", fmt.Sprintf("The module %q can't be read", b.name), "%s.", capital(strings.ReplaceAll(err.Error(), dir, path.Clean(prefix))))
		return "", nil, false
	}
	if l.parsed == nil {
		l.parsed = map[string][]*source{}
	}
	l.parsed[dir] = sources
	return dir, sources, true
}

// badModule says why a folder can't be a module here; empty where it can.
func (l *loader) badModule(dir string) string {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return cause(err)
	}
	inside := slices.ContainsFunc(l.folders, func(f folder) bool { _, ok := f.relative(resolved); return ok })
	if !inside {
		return "it is outside the store's folder, and store files read nothing there. Move it in, or run the command on a fleet's folder that holds both"
	}
	depth := 0
	for u := l.unit; u != nil; u = u.parent {
		if at, err := filepath.EvalSymlinks(u.dir); err == nil && at == resolved {
			return "it is the folder that this block is in, or holds it"
		}
		if depth++; depth > LimitModuleDepth {
			return fmt.Sprintf("modules are more than %d deep in modules", LimitModuleDepth)
		}
	}
	return ""
}

// unusedInputs reports what a module block hands in and no variable takes.
func (l *loader) unusedInputs(declared []string) {
	for _, name := range slices.Sorted(maps.Keys(l.inputs)) {
		if slices.Contains(declared, name) || l.isBroken("var", name) {
			continue
		}
		call := l.call
		p := l.fail(call, call.attribute(name).NameRange, "unknown_argument", fmt.Sprintf("The module has no variable %q", name),
			"Its variables are: %s.", strings.Join(declared, ", "))
		p.Suggestion = nearest.To(name, append([]string{"source", argForEach}, declared...))
	}
}
