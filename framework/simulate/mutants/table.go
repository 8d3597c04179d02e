package mutants

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Table is the folder of the mutants in the source tree.
const Table = "framework/simulate/mutants/table"

// ErrTable says that a mutant does not fit the source any more, or is not
// written as one.
var ErrTable = errors.New("the table of mutants is not right")

// Mutant is one mistake.
type Mutant struct {
	// Name is that of its file.
	Name string
	// Kind is the family of mistakes that it is of, and Mistake what is wrong
	// with the program that has it.
	Kind, Mistake string
	Edits         []Edit
	Checks        []Check
}

// Edit is one place of the source that is another.
type Edit struct {
	// File is the path from the root of the source tree. Old occurs in it exactly
	// once.
	File, Old, New string
}

// Check is tests that must find a mutant.
type Check struct {
	// Package is its folder, as ./framework/core, and Tests the pattern of the
	// tests to run, as go test -run takes it.
	Package, Tests string
	// Env is what is set for them.
	Env []string
}

// String is the check as a command.
func (c Check) String() string {
	return strings.TrimSpace(strings.Join(c.Env, " ")+" go test "+c.Package+" -run ") + " '" + c.Tests + "'"
}

// Load reads the table of a source tree, by name.
func Load(root string) ([]Mutant, error) {
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(Table), "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: %s holds none", ErrTable, filepath.Join(root, Table))
	}
	slices.Sort(files)
	out := make([]Mutant, 0, len(files))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m, err := parse(strings.TrimSuffix(filepath.Base(file), ".txtar"), b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", file, ErrTable, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// parse reads one file: lines of "field: value", and then, for each edit, the
// old text under "-- PATH --" and the new one under "-- instead --".
func parse(name string, b []byte) (Mutant, error) {
	m := Mutant{Name: name}
	a := txtar.Parse(b)
	for _, line := range strings.Split(strings.TrimSpace(string(a.Comment)), "\n") {
		field, value, ok := strings.Cut(line, ": ")
		if value = strings.TrimSpace(value); !ok || value == "" {
			return m, fmt.Errorf("%q is no line of the form \"field: value\"", line)
		}
		switch field {
		case "kind":
			m.Kind = value
		case "mistake":
			m.Mistake = value
		case "found by":
			c, err := parseCheck(value)
			if err != nil {
				return m, err
			}
			m.Checks = append(m.Checks, c)
		default:
			return m, fmt.Errorf("%q is no field: they are kind, mistake and found by", field)
		}
	}
	for i := 0; i < len(a.Files); i += 2 {
		if i+1 == len(a.Files) || a.Files[i+1].Name != instead || a.Files[i].Name == instead {
			return m, fmt.Errorf("the text of %s is not followed by one of \"-- %s --\"", a.Files[i].Name, instead)
		}
		m.Edits = append(m.Edits, Edit{File: a.Files[i].Name, Old: string(a.Files[i].Data), New: string(a.Files[i+1].Data)})
	}
	if m.Kind == "" || m.Mistake == "" || len(m.Edits) == 0 || len(m.Checks) == 0 {
		return m, errors.New("a mutant has a kind, a mistake, tests that find it, and an edit")
	}
	return m, nil
}

// instead is the name under which the new text stands.
const instead = "instead"

// parseCheck reads "PACKAGE PATTERN [NAME=VALUE]...".
func parseCheck(s string) (Check, error) {
	words := strings.Fields(s)
	if len(words) < 2 || !strings.HasPrefix(words[0], "./") {
		return Check{}, fmt.Errorf("%q does not say which tests of which package", s)
	}
	return Check{Package: words[0], Tests: words[1], Env: words[2:]}, nil
}
