package storefile

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"
)

// lineEnd is any line end that a file may come with; the canonical one is a
// line feed. Some have passed more than one system that added its own.
var lineEnd = regexp.MustCompile(`\r*\n`)

// Format lays a store file out in the one canonical way. What it says stays the
// same, comments too, and formatting twice changes nothing more. A file that
// doesn't parse is an error of type Problems.
func Format(name string, src []byte) ([]byte, Problems) {
	s := parse(name, src)
	if s.diags.HasErrors() {
		l := &loader{sources: map[string]*source{name: s}}
		l.diagnostics(nil, s.diags, "syntax")
		return nil, l.problems.sorted()
	}
	out := hclwrite.Format(lineEnd.ReplaceAll(src, []byte("\n")))
	out = bytes.TrimRight(out, " \t\r\n")
	if len(out) > 0 {
		out = append(out, '\n')
	}
	// Trust the formatter, but never write a file that no longer parses.
	if again := parse(name, out); again.diags.HasErrors() {
		return nil, Problems{{
			Severity: Error, Code: "format", Summary: "This file can't be formatted",
			Detail: "Its canonical form would not parse. Please report the file.", Place: s.place(hcl.Range{Filename: name}),
		}}
	}
	return out, nil
}

// FormatOptions say what FormatDir does with files that are not canonical. Nil
// is the default: they are written.
type FormatOptions struct {
	// Check leaves the files as they are.
	Check bool
	// Recursive takes the folders below too, but for hidden ones.
	Recursive bool
}

// Formatted is a file that was not canonical.
type Formatted struct {
	// Name is the file's, relative to the folder.
	Name string
	// Before and After are its contents, for a diff.
	Before, After []byte
}

// Diff gives the change as a unified diff.
func (f Formatted) Diff() []byte {
	return diff.Diff(f.Name, f.Before, f.Name+" (formatted)", f.After)
}

// FormatDir formats the store files of a folder and gives those that changed
// or, with Check, would. Files that don't parse are in the problems and stay as
// they are.
func FormatDir(dir string, opts *FormatOptions) ([]Formatted, Problems) {
	if opts == nil {
		opts = &FormatOptions{}
	}
	names, err := layable(dir, opts.Recursive)
	if err != nil {
		return nil, Problems{{Severity: Error, Code: "no_store", Summary: "There is no store to format", Detail: err.Error()}}
	}
	var changed []Formatted
	var problems Problems
	for _, name := range names {
		path := filepath.Join(dir, name)
		before, err := readStoreFile(path)
		if err != nil {
			problems = append(problems, fileProblem(err))
			continue
		}
		after, ps := Format(name, before)
		problems = append(problems, ps...)
		if ps.HasErrors() || bytes.Equal(before, after) {
			continue
		}
		if !opts.Check {
			if err := replace(path, after); err != nil {
				problems = append(problems, fileProblem(err))
				continue
			}
		}
		changed = append(changed, Formatted{Name: name, Before: before, After: after})
	}
	return changed, problems.sorted()
}

// maxLayable is how many files are laid out in one go.
const maxLayable = 100_000

// layable lists the files of a folder that have a layout, by their way from it:
// store files, fleets, values, and tests, those in TestFolder too. A lock is laid
// out by who writes it.
func layable(dir string, recursive bool) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case err != nil:
			return err
		case path == dir:
			return nil
		case e.IsDir():
			if !recursive || strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, LockExtension):
			return nil
		case !strings.HasSuffix(name, Extension) && !strings.HasSuffix(name, VarsExtension):
			return nil
		case len(names) == maxLayable:
			return fmt.Errorf("%s holds more than %d files", dir, maxLayable)
		}
		rel, err := filepath.Rel(dir, path)
		names = append(names, rel)
		return err
	})
	for _, name := range testFiles(dir, nil) {
		if name = filepath.FromSlash(name); err == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s holds no %s files", dir, Extension)
	}
	return names, err
}

func fileProblem(err error) Problem {
	return Problem{Severity: Error, Code: "file", Summary: "A store file can't be read or written", Detail: err.Error()}
}

// replace writes a file anew beside the old one and puts it in its place, so
// that a crash leaves one or the other.
func replace(path string, content []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("format %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".fmt-*")
	if err != nil {
		return fmt.Errorf("format %s: %w", path, err)
	}
	_, err = f.Write(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("format %s: %w", path, err)
	}
	return nil
}
