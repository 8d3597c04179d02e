package storefile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// block is one block with what problems in it are called by.
type block struct {
	syntax *hclsyntax.Block
	// kind and name are the block's type and label.
	kind, name string
	// path is that of the unit that the block is in.
	path string
	// instance is what a for_each made, and keys, for the block that has one,
	// all that it makes.
	instance instance
	keys     []string
	// context is the block as problems show it, such as `gate "north"`.
	context string
}

// address is how other blocks refer to the block.
func (b *block) address() string { return b.path + b.kind + "." + b.name }

func (b *block) attribute(name string) *hclsyntax.Attribute { return b.syntax.Body.Attributes[name] }

// header is the place of the block's type and label.
func (b *block) header() hcl.Range { return b.syntax.DefRange() }

// at is the place of an argument's value, or the block's header.
func (b *block) at(name string) hcl.Range {
	if a := b.attribute(name); a != nil {
		return a.Expr.Range()
	}
	return b.header()
}

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// collect sorts the blocks of all files by type and reports those that are none.
func (l *loader) collect(sources []*source) {
	for _, s := range sources {
		l.sources[s.name] = s
		l.diagnostics(nil, s.diags, "syntax")
		for _, b := range s.broken {
			l.broken[b[0]] = append(l.broken[b[0]], b[1])
		}
		for _, name := range slices.Sorted(maps.Keys(s.body.Attributes)) {
			a := s.body.Attributes[name]
			p := l.fail(nil, a.NameRange, "unknown_argument", fmt.Sprintf("%q stands outside any block", name),
				"A store file holds blocks only. Put the argument into the block it belongs to; a value of your own goes into locals.")
			p.Suggestion = nearest.To(name, topLevel())
		}
		for _, syntax := range s.body.Blocks {
			if l.full() {
				return
			}
			l.collectBlock(syntax)
		}
	}
}

func (l *loader) collectBlock(syntax *hclsyntax.Block) {
	b := &block{syntax: syntax, kind: syntax.Type, context: syntax.Type, path: l.path}
	if len(syntax.Labels) > 0 {
		b.name = syntax.Labels[0]
		b.context = fmt.Sprintf("%s %q", b.kind, b.name)
	}
	if b.kind == blockLocals {
		l.blocks[b.kind] = append(l.blocks[b.kind], b)
		return
	}
	t, ok := typeOf(b.kind)
	if !ok || b.kind == blockFacing {
		if meant := l.unknownBlock(nil, syntax, topLevel()); meant != "" {
			l.broken[meant] = append(l.broken[meant], b.name) // declared, but for the spelling of its type
		}
		return
	}
	if !l.checkLabel(b, t) {
		return
	}
	if b.kind != blockModule { // its arguments are its variables
		l.checkShape(b, t)
	}
	if l.call != nil && !t.modular {
		l.fail(b, b.syntax.TypeRange, "out_of_place", fmt.Sprintf("A module has no %s block", b.kind),
			"It is the whole store's: write it into the store's own files. What differs from store to store goes in as a variable.")
		return
	}
	if t.unnamed {
		l.blocks[b.kind] = append(l.blocks[b.kind], b)
		return
	}
	if first := l.first(b, t); first != nil {
		what := b.context
		if t.once {
			what = b.kind + " block"
		}
		l.fail(b, b.header(), "duplicate", fmt.Sprintf("There is a second %s", what),
			"The first is at %s. Remove or rename one of them.", l.place(first.header(), ""))
		return
	}
	l.blocks[b.kind] = append(l.blocks[b.kind], b)
	if l.names[b.kind] == nil {
		l.names[b.kind] = map[string]*block{}
	}
	l.names[b.kind][b.name] = b
}

// first gives the block that this one repeats.
func (l *loader) first(b *block, t blockType) *block {
	if t.once {
		if same := l.blocks[b.kind]; len(same) > 0 {
			return same[0]
		}
		return nil
	}
	return l.names[b.kind][b.name]
}

// unknownBlock reports a block whose type is none of names, and gives the one
// that was probably meant.
func (l *loader) unknownBlock(b *block, syntax *hclsyntax.Block, names []string) string {
	where := "A store file"
	if b != nil {
		where = "A " + b.kind + " block"
	}
	detail := where + " has no blocks in it."
	if len(names) > 0 {
		detail = fmt.Sprintf("%s has these: %s.", where, strings.Join(names, ", "))
	}
	if syntax.Type == blockFacing && b == nil {
		detail = "A facing belongs into a planogram block."
	}
	p := l.fail(b, syntax.TypeRange, "unknown_block", fmt.Sprintf("There are no %q blocks here", syntax.Type), "%s", detail)
	p.Suggestion = nearest.To(syntax.Type, names)
	return p.Suggestion
}

func (l *loader) checkLabel(b *block, t blockType) bool {
	labels := b.syntax.Labels
	switch {
	case t.label == "" && len(labels) > 0:
		l.fail(b, b.syntax.LabelRanges[0], "label", article(b.kind)+" block has no name", "Remove the name: a store has one %s block.", b.kind)
		return false
	case t.label != "" && len(labels) == 0:
		l.fail(b, b.syntax.TypeRange, "label", fmt.Sprintf("The %s block needs a name", b.kind), `Write one after the type, such as %s "north" { ... }.`, b.kind)
		return false
	case len(labels) > 1:
		l.fail(b, b.syntax.LabelRanges[1], "label", article(b.kind)+" block has one name", "Remove what follows the first.")
		return false
	case t.label != "" && !nameForm.MatchString(b.name):
		l.fail(b, b.syntax.LabelRanges[0], "label", fmt.Sprintf("%q can't be a name", b.name),
			"A name is a letter and then letters, digits, underscores and hyphens, at most 64 in all, because others refer to it as %s.NAME.", b.kind)
		return false
	}
	return true
}

// checkShape reports arguments and blocks that the type doesn't have, and
// required ones that are missing.
func (l *loader) checkShape(b *block, t blockType) {
	body, names := b.syntax.Body, t.names()
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		if slices.Contains(names, name) || name == "exit" && b.kind == blockFailure && l.freeExit(b) {
			continue
		}
		detail := fmt.Sprintf("%s has these: %s.", article(b.kind), strings.Join(names, ", "))
		if len(names) == 0 {
			detail = article(b.kind) + " has no arguments."
		}
		if slices.Contains(t.blocks, name) {
			detail = fmt.Sprintf("It is a block: write %s { ... } without the equals sign.", name)
		}
		if slices.Contains(t.blocks, "config") && !slices.Contains(t.blocks, name) {
			detail += " What is the driver's own goes into the config block."
		}
		p := l.fail(b, body.Attributes[name].NameRange, "unknown_argument", fmt.Sprintf("There is no argument %q here", name), "%s", detail)
		p.Suggestion = nearest.To(name, names)
	}
	for _, syntax := range body.Blocks {
		if syntax.Type == blockDynamic && len(t.blocks) > 0 && len(syntax.Labels) == 1 && !slices.Contains(t.blocks, syntax.Labels[0]) {
			l.unknownBlock(b, &hclsyntax.Block{Type: syntax.Labels[0], TypeRange: syntax.LabelRanges[0]}, t.blocks)
		}
		if slices.Contains(t.blocks, syntax.Type) || syntax.Type == blockDynamic && len(t.blocks) > 0 {
			continue
		}
		if slices.Contains(names, syntax.Type) {
			l.fail(b, syntax.TypeRange, "unknown_block", fmt.Sprintf("%q is an argument, not a block", syntax.Type),
				"Write %s = ... with an equals sign.", syntax.Type)
			continue
		}
		l.unknownBlock(b, syntax, t.blocks)
	}
	for _, a := range t.arguments {
		if a.required && body.Attributes[a.name] == nil {
			l.missing(b, a, names)
		}
	}
}

func (l *loader) missing(b *block, a argument, known []string) {
	if b.meant(a.name, known) {
		return
	}
	l.fail(b, b.header(), "missing_argument", missingSummary(a.name),
		"%s needs it. Write it, such as %s.", article(b.kind), a.example)
}

func missingSummary(argument string) string {
	return fmt.Sprintf("The argument %q is missing", argument)
}

// article begins a sentence with one of a kind.
func article(kind string) string {
	if strings.ContainsRune("aeiou", rune(kind[0])) {
		return "An " + kind
	}
	return "A " + kind
}

// mistyped says whether an argument is written under a name that is near: that
// is reported as unknown, with this one suggested.
func (b *block) mistyped(argument string) bool {
	var known []string
	if t, ok := typeOf(b.kind); ok {
		known = t.names()
	} else if runHas(b.kind) {
		known = stepType(b.kind).names()
	}
	return b.meant(argument, known)
}

// meant says the same of a block that has the known arguments.
func (b *block) meant(argument string, known []string) bool {
	return b.mistypedAs(argument, known) != ""
}

// mistypedAs gives the name under which an argument is written, if it is near.
func (b *block) mistypedAs(argument string, known []string) string {
	for _, name := range slices.Sorted(maps.Keys(b.syntax.Body.Attributes)) {
		if !slices.Contains(known, name) && nearest.To(name, known) == argument {
			return name
		}
	}
	return ""
}

// child is a block within b, as a block of its own.
func (b *block) child(syntax *hclsyntax.Block) *block {
	c := &block{syntax: syntax, kind: syntax.Type, path: b.path, context: b.context + ", " + syntax.Type}
	if len(syntax.Labels) > 0 {
		c.name = syntax.Labels[0]
		c.context += fmt.Sprintf(" %q", c.name)
	}
	return c
}
