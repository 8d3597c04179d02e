package language

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
)

// Edit replaces a part of a file.
type Edit struct {
	Place
	Text string
}

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// whyNot are the kinds that are not renamed here, each with why.
var whyNot = map[string]string{
	kindPlugin:   "the lock and the journal know a plugin by its name. Rename it by hand, then run: aisle plugin lock DIR",
	kindVariable: "values are given to it by name: in files of values, by a fleet, on the command line",
	"module":     "the addresses of all devices in a module begin with its name. Write a moved block for each of them",
	"store":      "the journal belongs to the store of this name",
	"house":      "what accounts owe is kept under the name of their class",
	"agent":      "an agent's certificate says its name. Enrol it anew: aisle agent enroll",
	"peer":       "what a running peer keeps is kept under its name",
	"output":     "those who use it are outside this folder",
}

// CanRename gives the place of the name at an offset and what it is now. The
// error says why it can't be renamed, to be shown.
func (f *Folder) CanRename(name string, offset int) (Place, string, error) {
	kind, called, label, ok := f.at(name, offset)
	switch {
	case !ok:
		return Place{}, "", fmt.Errorf("there is nothing with a name here")
	case whyNot[kind] != "":
		return Place{}, "", fmt.Errorf("a %s is not renamed by an editor: %s", kind, whyNot[kind])
	case len(f.declared(kind, called)) == 0:
		return Place{}, "", fmt.Errorf("no block here declares the %s %q", kind, called)
	}
	return label, called, nil
}

// Rename gives what changes when the thing at an offset gets another name: its
// declaration, all references in the folder's files, the addresses in its data,
// and for a device a moved block, so that its history goes on.
func (f *Folder) Rename(name string, offset int, to string) ([]Edit, error) {
	_, from, err := f.CanRename(name, offset)
	if err != nil {
		return nil, err
	}
	kind, _, _, _ := f.at(name, offset)
	switch {
	case !nameForm.MatchString(to):
		return nil, fmt.Errorf("%q can't be a name: a letter and then letters, digits, underscores and hyphens, at most 64 in all", to)
	case to == from:
		return nil, nil
	case len(f.declared(kind, to)) > 0:
		return nil, fmt.Errorf("there is a %s %q already", kind, to)
	}
	var out []Edit
	for _, s := range f.declared(kind, from) {
		out = append(out, Edit{s.label, to})
	}
	for _, file := range slices.Sorted(maps.Keys(f.files)) {
		for _, r := range f.references(f.files[file]) {
			if r.kind != kind || r.name != from {
				continue
			}
			if r.moved != nil {
				continue // it says what was: another block goes on from there
			}
			out = append(out, Edit{r.label, to})
		}
	}
	if storedef.ClassOf(kind+"."+from) != "" {
		out = append(out, f.history(kind, from, to)...)
	}
	out = append(out, f.inData(kind, from, to)...)
	slices.SortFunc(out, func(a, b Edit) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.From - b.From
	})
	return slices.CompactFunc(out, func(a, b Edit) bool { return a == b }), nil
}

// history gives the edit by which a device keeps its history: a moved block
// behind its own. One that led to the old name stays, for the two make a chain.
func (f *Folder) history(kind, from, to string) []Edit {
	decl := f.declared(kind, from)[0]
	keys := []string{""}
	if decl.block != nil && decl.block.Body.Attributes["for_each"] != nil {
		keys = f.keys(kind + "." + from)
	}
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "\n\nmoved {\n  from = %s.%s%s\n  to   = %s.%s%s\n}", kind, from, key, kind, to, key)
	}
	if b.Len() == 0 {
		return nil
	}
	return []Edit{{Place{File: decl.whole.File, From: decl.whole.To, To: decl.whole.To}, b.String()}}
}

// keys gives the keys that a for_each made of an address: ["a"], ["b"].
func (f *Folder) keys(address string) []string {
	var out []string
	for _, a := range f.options.Addresses {
		rest, ok := strings.CutPrefix(a, address+"[")
		if !ok {
			continue
		}
		if end := strings.Index(rest, `"]`); end >= 0 {
			out = append(out, "["+rest[:end+2])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inData finds an address as a word of its own in files of data.
func (f *Folder) inData(kind, from, to string) []Edit {
	if kind == kindVariable || kind == kindLocal {
		return nil
	}
	form := regexp.MustCompile(`(^|[^A-Za-z0-9_.-])` + regexp.QuoteMeta(kind+"."+from) + `($|[^A-Za-z0-9_-])`)
	var out []Edit
	for _, name := range slices.Sorted(maps.Keys(f.options.Data)) {
		src := f.options.Data[name]
		for at := 0; at < len(src); {
			m := form.FindSubmatchIndex(src[at:])
			if m == nil {
				break
			}
			end := at + m[4]
			out = append(out, Edit{Place{File: name, From: end - len(from), To: end}, to})
			at = end
		}
	}
	return out
}
