package storefile

import (
	"maps"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
)

// BlockDoc describes a type of block, for editors and manuals.
type BlockDoc struct {
	Name string
	// Label says what the block's name is; empty for one without a name.
	Label string
	// Once says that a store has at most one, Modular that a module may have it,
	// and Open that it has arguments which nobody declares here: the values of
	// locals, the inputs of a module, what a vendor wants in config.
	Once, Modular, Open bool
	// Doc is one or two sentences, Example the least that is a whole block.
	Doc, Example string
	Arguments    []ArgumentDoc
	Blocks       []BlockDoc
}

// Argument gives the argument of a name.
func (b BlockDoc) Argument(name string) (ArgumentDoc, bool) {
	i := slices.IndexFunc(b.Arguments, func(a ArgumentDoc) bool { return a.Name == name })
	if i < 0 {
		return ArgumentDoc{}, false
	}
	return b.Arguments[i], true
}

// ArgumentDoc describes an argument of a block.
type ArgumentDoc struct {
	Name     string
	Required bool
	// Form says what is written, such as "a duration"; Refers is the kind of
	// block that it refers to, or "driver"; Many says that it is a list.
	Form, Refers string
	Many         bool
	// Words are the only texts allowed, if there are such.
	Words []string
	// Default is what holds where it is left out; empty where nothing does.
	Default      string
	Doc, Example string
}

// FunctionDoc describes a function of the language.
type FunctionDoc struct {
	Name string
	// Parameters are in their order; Variadic is the one that there may be any
	// number of, or empty.
	Parameters []string
	Variadic   string
	Doc        string
}

// Signature gives the function as it is called: join(separator, lists...).
func (f FunctionDoc) Signature() string {
	all := slices.Clone(f.Parameters)
	if f.Variadic != "" {
		all = append(all, f.Variadic+"...")
	}
	return f.Name + "(" + strings.Join(all, ", ") + ")"
}

// Language describes every type of block that a store file may hold, in the
// order of a store file.
func Language() []BlockDoc {
	var out []BlockDoc
	for _, name := range topLevel() {
		if name == blockLocals {
			out = append(out, BlockDoc{Name: name, Modular: true, Open: true, Doc: blockDocs[name].doc, Example: blockDocs[name].example})
			continue
		}
		t, ok := typeOf(name)
		if ok {
			out = append(out, blockDoc(name, name, t))
		}
	}
	return out
}

// FleetLanguage describes the blocks of a fleet file.
func FleetLanguage() []BlockDoc {
	store, _ := fleetType(blockStore)
	variable, _ := fleetType(blockVariable)
	locals := BlockDoc{Name: blockLocals, Open: true, Doc: blockDocs[blockLocals].doc, Example: blockDocs[blockLocals].example}
	return []BlockDoc{blockDoc(blockStore, "fleet", store), blockDoc(blockVariable, blockVariable, variable), locals}
}

// blockDoc puts together what the language table and the texts say of a block.
// key is where its texts are: the types of blocks on the way to it.
func blockDoc(name, key string, t blockType) BlockDoc {
	d := BlockDoc{
		Name: name, Label: t.label, Once: t.once, Modular: t.modular, Open: name == blockModule || name == "config",
		Doc: blockDocs[key].doc, Example: blockDocs[key].example,
	}
	for _, a := range t.arguments {
		d.Arguments = append(d.Arguments, argumentOf(key, a))
	}
	for _, inner := range t.blocks {
		d.Blocks = append(d.Blocks, blockDoc(inner, inner, innerType(inner)))
	}
	return d
}

func argumentOf(block string, a argument) ArgumentDoc {
	doc, ok := argumentDocs[block+"."+a.name]
	if !ok {
		doc = argumentDocs[a.name]
	}
	out := ArgumentDoc{
		Name: a.name, Required: a.required, Form: doc.form, Refers: doc.refers, Many: doc.many, Default: doc.otherwise, Doc: doc.doc, Example: a.example,
	}
	if doc.words != nil {
		out.Words = doc.words()
	}
	if a.name == argWhenDown || block == blockFailure {
		out.Words = reactionsOf(block, a.name)
	}
	out.form(doc)
	return out
}

// form says what is written, where the text of the argument doesn't.
func (out *ArgumentDoc) form(doc argumentDoc) {
	switch {
	case doc.refers == "driver":
		out.Form = "a driver of a plugin"
	case doc.refers != "" && doc.many:
		out.Form = "a list of references to " + doc.refers + " blocks"
	case doc.refers != "":
		out.Form = "a reference to a " + doc.refers
	case len(out.Words) > 0 && doc.many:
		out.Form = "a list of words"
	case len(out.Words) > 0:
		out.Form = "a word"
	}
}

// reactionsOf gives what may be done while a device is down.
func reactionsOf(block, argument string) []string {
	for _, f := range failures() {
		if block == blockFailure && f.name == argument || block == string(f.class) {
			return words(storedef.Reactions(f.class))
		}
	}
	return nil
}

// innerType gives the types of blocks within blocks.
func innerType(name string) blockType {
	switch name {
	case kindBay:
		return blockType{label: "number", arguments: []argument{{"certified", false, ""}, {"trade_approved", false, ""}}}
	case blockOffline:
		return blockType{arguments: []argument{
			{"per_sale", true, `per_sale = "20.00 EUR"`}, {"total", true, `total = "500.00 EUR"`}, {"for", true, `for = "2h"`}, {argPerCard, false, ""},
		}}
	case "validation":
		return blockType{arguments: []argument{{"condition", true, "condition = var.lanes > 0"}, {"error_message", true, `error_message = "There is at least one."`}}}
	case blockProcessing:
		var t blockType
		for _, l := range limits() {
			t.arguments = append(t.arguments, argument{l.name, false, ""})
		}
		return t
	}
	t, _ := typeOf(name)
	return t
}

var functionDocs = map[string]string{
	"try":        "gives the first of its arguments that can be evaluated",
	"can":        "says whether its argument can be evaluated",
	"yamlencode": "gives the YAML text of a value",
}

// FunctionDocs describes the functions, sorted by name.
func FunctionDocs() []FunctionDoc {
	all := newLoader(&Options{}).functions()
	var out []FunctionDoc
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := all[name]
		d := FunctionDoc{Name: name, Doc: f.Description()}
		if said, ok := functionDocs[name]; ok { // the library has no words for it
			d.Doc = said
		}
		for _, p := range f.Params() {
			d.Parameters = append(d.Parameters, p.Name)
		}
		if p := f.VarParam(); p != nil {
			d.Variadic = p.Name
		}
		out = append(out, d)
	}
	return out
}

// Parseable says whether a file nests no deeper than a parser that recurses can
// bear, and holds no number that fills the memory.
func Parseable(name string, src []byte) bool {
	if _, deep := tooDeep(name, src); deep || len(src) > MaxFileBytes {
		return false
	}
	_, large := tooLarge(name, src)
	return !large
}
