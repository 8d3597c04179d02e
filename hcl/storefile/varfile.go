package storefile

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// VarsExtension is that of files with the values of variables.
const VarsExtension = ".storevars"

// given is a value that was given to a variable from outside its block.
type given struct {
	value cty.Value
	// text says that it is as typed on the command line, and failed that it
	// has no value for a reason that was reported.
	text, failed bool
	// optional says that it is given to whoever wants it.
	optional bool
	// outside says that it comes from the operator and not from the store's
	// own files, so that a path is theirs.
	outside bool
	// place is that in the fleet's file, where a fleet gives it.
	place *Place
	// name and rng are the places of the two; empty on the command line.
	name, rng hcl.Range
	// from says where it was given; empty where it wasn't.
	from string
}

// given gives the values that the variables of the unit are handed: of a
// module, what its block says; of the store what files and the command line do.
func (l *loader) given() map[string]given {
	if l.givenValues != nil && l.call == nil {
		return l.givenValues
	}
	out := map[string]given{}
	if l.call != nil {
		for name, in := range l.inputs {
			out[name] = given{value: in.value, failed: !in.ok, rng: in.rng, from: "by " + l.call.context}
		}
		return out
	}
	for _, file := range l.varFiles() {
		l.readVars(file, out)
	}
	for name, v := range l.opts.values {
		out[name] = v
	}
	for name, text := range l.opts.Vars {
		out[name] = given{value: cty.StringVal(text), text: true, outside: true, from: "on the command line"}
	}
	l.givenValues = out
	return out
}

// varFile is one file of values: by its name for problems, and its path.
type varFile struct {
	name, path string
	outside    bool
}

// varFiles lists what is read: store.storevars and *.auto.storevars of the
// store's folder in order of name, then the files of the command line.
func (l *loader) varFiles() []varFile {
	var out []varFile
	for _, pattern := range []string{"store" + VarsExtension, "*.auto" + VarsExtension} {
		paths, _ := filepath.Glob(filepath.Join(l.dir, pattern)) // the only error is of the pattern
		slices.Sort(paths)
		for _, p := range paths {
			out = append(out, varFile{name: l.fromHome(p), path: p})
		}
	}
	for _, p := range l.opts.VarFiles {
		full := p
		if !filepath.IsAbs(full) {
			full = filepath.Join(l.opts.WorkDir, full)
		}
		out = append(out, varFile{name: p, path: full, outside: true})
	}
	return out
}

// readVars reads name = value lines.
func (l *loader) readVars(file varFile, into map[string]given) {
	src, err := overlay(l.opts.Overlay).read(file.path)
	if err != nil {
		l.fail(nil, hcl.Range{}, "no_value", fmt.Sprintf("The values in %s can't be read", filepath.Base(file.name)), "%s.", capital(strings.TrimPrefix(err.Error(), "read a store file: ")))
		return
	}
	s := parse(file.name, src)
	l.sources[file.name] = s
	l.diagnostics(nil, s.diags, "syntax")
	for _, b := range s.body.Blocks {
		l.fail(nil, b.TypeRange, "unknown_block", "A file of values has no blocks", "It holds name = value lines for variables. Blocks belong into %s files.", Extension)
	}
	for _, name := range slices.Sorted(maps.Keys(s.body.Attributes)) {
		a := s.body.Attributes[name]
		g := given{name: a.NameRange, rng: a.Expr.Range(), outside: file.outside, from: "in " + file.name}
		v, diags := a.Expr.Value(nil)
		if diags.HasErrors() {
			g.failed = true
			l.fail(nil, a.Expr.Range(), "expression", "A value here is written out", "A file of values refers to nothing and calls nothing: write text, numbers, true, false, lists and objects.")
		}
		g.value = v
		into[name] = g
	}
}
