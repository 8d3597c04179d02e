package storefile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// unit is a namespace: the store's own files, or those of one module block.
// Nothing in one sees the names of another, but for what is handed in and out.
type unit struct {
	// path begins the addresses of what is in it: "" or "module.front.".
	path string
	// dir is the folder that its files and relative paths are in.
	dir    string
	blocks map[string][]*block
	names  map[string]map[string]*block
	broken map[string][]string
	// failed are the variables, locals and modules, such as "var.seed", that
	// have no value for a reason that was reported.
	failed map[string]bool
	// sizes are those of large locals, such as "local.rows".
	sizes map[string]int
	// call is the module block, and inputs what it hands in; nil for the store.
	call   *block
	inputs map[string]input
	parent *unit
	// scope is what its blocks may refer to.
	scope scope
}

func newUnit(dir string) *unit {
	return &unit{
		dir: dir, blocks: map[string][]*block{}, names: map[string]map[string]*block{}, broken: map[string][]string{}, failed: map[string]bool{}, sizes: map[string]int{},
	}
}

// root gives the store's own unit.
func (u *unit) root() *unit {
	for u.parent != nil {
		u = u.parent
	}
	return u
}

// within does something with another unit's names.
func (l *loader) within(u *unit, do func()) {
	was := l.unit
	l.unit = u
	do()
	l.unit = was
}

// everywhere decodes a kind of block in all units.
func (l *loader) everywhere(decode func(s scope)) {
	for _, u := range l.units {
		l.within(u, func() { decode(u.scope) })
	}
}

// expand replaces the blocks with for_each by what it makes of them.
func (l *loader) expand(base scope) {
	for _, kind := range slices.Sorted(maps.Keys(l.blocks)) {
		if kind == blockModule {
			continue // its for_each may need the others
		}
		if t, ok := typeOf(kind); ok && t.repeats() {
			l.blocks[kind] = l.repeated(l.blocks[kind], base)
		}
	}
}

func (l *loader) repeated(blocks []*block, s scope) []*block {
	if !slices.ContainsFunc(blocks, func(b *block) bool { return b.attribute(argForEach) != nil }) {
		return blocks
	}
	var out []*block
	for _, b := range blocks {
		if b.attribute(argForEach) == nil {
			out = append(out, b)
			continue
		}
		b.keys = []string{}
		for _, i := range l.instances(b, s, false) {
			b.keys = append(b.keys, i.key)
			out = append(out, b.repeat(i))
		}
	}
	return out
}

// repeat gives the block that is made of b for one key.
func (b *block) repeat(i instance) *block {
	one := *b
	one.instance = i
	one.name = instanceName(b.name, i)
	one.context = fmt.Sprintf("%s, for %q", b.context, i.key)
	return &one
}

func instanceName(name string, i instance) string {
	if !i.repeated {
		return name
	}
	return fmt.Sprintf("%s[%q]", name, i.key)
}

// referenceMap gives the references to all blocks of a kind, by name and key.
func (l *loader) referenceMap(kind string) cty.Value {
	return l.referencesBy(kind, referenceType, func(b *block) cty.Value { return reference(kind, b.address()) })
}

// referencesBy gives an object of all blocks of a kind: by name, and under the
// name of one with for_each by key.
func (l *loader) referencesBy(kind string, ty cty.Type, value func(b *block) cty.Value) cty.Value {
	all, keyed := map[string]cty.Value{}, map[string]map[string]cty.Value{}
	for _, b := range l.names[kind] {
		if b.keys != nil { // with for_each, or of a catalogue
			keyed[b.name] = map[string]cty.Value{}
		}
	}
	for _, b := range l.blocks[kind] {
		if !b.instance.repeated {
			all[b.name] = value(b)
			continue
		}
		name, _, _ := strings.Cut(b.name, "[")
		keyed[name][b.instance.key] = value(b)
	}
	if len(keyed) == 0 {
		if len(all) == 0 {
			return cty.MapValEmpty(ty)
		}
		return cty.MapVal(all)
	}
	for name, values := range keyed {
		all[name] = cty.MapValEmpty(ty)
		if len(values) > 0 {
			all[name] = cty.MapVal(values)
		}
	}
	return cty.ObjectVal(all)
}

// title is how a block is called among those of its kind: its name with the
// module that it is in, as storedef keeps taxes, deposits and products.
func (b *block) title() string { return b.path + b.name }

// called gives that name of a block by its address.
func (l *loader) called(address string) string {
	if b := l.decoded[address]; b != nil {
		return b.title()
	}
	return ""
}
