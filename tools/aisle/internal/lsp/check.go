package lsp

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

// maxOfFleet is how many stores of a fleet are checked for one folder of store
// files: they differ in values alone, and aisle validate checks them all.
const maxOfFleet = 8

// checked is what is known of a store from its last check.
type checked struct {
	def     *storefile.Definition
	schemas storefile.Schemas
	// files are those that have diagnostics in the editor.
	files []string
}

// check checks the stores of the open documents whenever something changed, and
// publishes what is wrong. What was changed meanwhile is checked together after.
func (s *server) check(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		}
		over := s.snapshot()
		roots := map[string]bool{}
		for at := range over {
			roots[s.root(over, filepath.Dir(at))] = true
		}
		s.mu.Lock()
		for root := range s.checked {
			roots[root] = true // so that what nobody has open any more is cleared
		}
		s.mu.Unlock()
		for _, root := range slices.Sorted(maps.Keys(roots)) {
			if ctx.Err() != nil || s.publish(root, s.checkOne(ctx, over, root), over) != nil {
				return
			}
		}
	}
}

var storeBlock = regexp.MustCompile(`(?m)^[ \t]*store[ \t]+"`)

// root gives the folder of the store that a folder's files belong to: itself
// where it has a store block, or else the nearest above that has. Where there is
// none it is "" and the folder.
func (s *server) root(over map[string][]byte, dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		for name, src := range folderFiles(over, at, storefile.MaxFileBytes, storefile.Extension) {
			if !strings.HasSuffix(name, storefile.FleetExtension) && storeBlock.Match(src) {
				return at
			}
		}
		if storefile.IsFleet(at) || slices.Contains(s.roots, at) || at == filepath.Dir(at) {
			break
		}
	}
	return dir
}

// fleetOf gives the fleet that a store's folder belongs to, "" for none.
func (s *server) fleetOf(root string) string {
	for at := root; ; at = filepath.Dir(at) {
		if storefile.IsFleet(at) {
			return at
		}
		if slices.Contains(s.roots, at) || at == filepath.Dir(at) {
			return ""
		}
	}
}

// found is what a check found: problems by the folder that their files are
// relative to.
type found struct {
	def      *storefile.Definition
	problems map[string]storefile.Problems
}

func (f *found) add(dir string, ps storefile.Problems) {
	f.problems[dir] = append(f.problems[dir], ps...)
}

// checkOne checks the store or the fleet in a folder.
func (s *server) checkOne(ctx context.Context, over map[string][]byte, root string) found {
	out := found{problems: map[string]storefile.Problems{}}
	isStore := false
	for name, src := range folderFiles(over, root, storefile.MaxFileBytes, storefile.Extension) {
		isStore = isStore || !strings.HasSuffix(name, storefile.FleetExtension) && storeBlock.Match(src)
	}
	fleet := s.fleetOf(root)
	switch {
	case fleet != "":
		s.checkFleet(ctx, over, fleet, root, &out)
	case isStore:
		d, ps, _ := store.Validate(ctx, root, s.options.Vars, s.validation(over, "")) // the error is ctx's
		out.def = d
		out.add(d.Dir, ps)
		s.checkValues(ctx, over, root, &out)
		s.checkTests(ctx, over, root, store.Known(d), &out)
	default: // files of no store: their syntax alone
		for name, src := range folderFiles(over, root, storefile.MaxFileBytes, storefile.Extension) {
			if _, open := over[name]; open {
				_, ps := storefile.Format(filepath.Base(name), src)
				out.add(root, ps)
			}
		}
	}
	return out
}

// checkFleet checks a fleet's own files and some of the stores in a folder.
func (s *server) checkFleet(ctx context.Context, over map[string][]byte, dir, root string, out *found) {
	f, ps := storefile.LoadFleet(dir, s.load(over))
	out.add(f.Dir, ps)
	if ps.HasErrors() {
		return
	}
	if root == dir {
		s.checkTests(ctx, over, dir, nil, out)
	}
	n := 0
	seen := map[string]bool{}
	for _, one := range f.Stores {
		if one.Dir != root || n == maxOfFleet || ctx.Err() != nil {
			continue
		}
		n++
		d, problems, _ := store.Validate(ctx, dir, s.options.Vars, s.validation(over, one.ID)) // the error is ctx's
		out.def = d
		for _, p := range problems {
			key := p.Place.String() + p.Code + p.Detail
			if !seen[key] {
				seen[key] = true
				p.Detail = strings.TrimRight(p.Detail, "\n") + fmt.Sprintf(" In store %s of the fleet.", one.ID)
				at := f.Dir // what a fleet's files are called from
				if p.File == storefile.LockFile {
					at = d.Dir
				}
				out.add(at, storefile.Problems{p})
			}
		}
	}
}

// publish sends what was found in a store to the editor, and clears what is no
// more.
func (s *server) publish(root string, f found, over map[string][]byte) error {
	by := map[string][]diagnostic{}
	for dir, ps := range f.problems {
		for _, p := range ps {
			at := filepath.Join(dir, filepath.FromSlash(p.File))
			if p.File == "" {
				at = s.somewhere(over, dir)
			} else if filepath.IsAbs(p.File) {
				at = p.File
			}
			src, _ := text(over, at, storefile.MaxFileBytes) // without it the place is by lines
			by[at] = append(by[at], diagnosticOf(p, src))
		}
	}
	for at := range over { // an open file of the store says that it is good
		if _, has := by[at]; !has && s.root(over, filepath.Dir(at)) == root {
			by[at] = []diagnostic{}
		}
	}
	s.mu.Lock()
	before := s.checked[root]
	now := checked{def: f.def}
	if f.def != nil {
		now.schemas = store.Known(f.def)
	} else {
		now.def, now.schemas = before.def, before.schemas
	}
	for at, d := range by {
		if len(d) > 0 {
			now.files = append(now.files, at)
		}
	}
	for _, at := range before.files {
		if _, has := by[at]; !has {
			by[at] = []diagnostic{}
		}
	}
	if s.checked[root] = now; len(by) == 0 {
		delete(s.checked, root)
	}
	s.mu.Unlock()
	for _, at := range slices.Sorted(maps.Keys(by)) {
		if err := s.notify("textDocument/publishDiagnostics", publishParams{s.uri(at), by[at]}); err != nil {
			return err
		}
	}
	return nil
}

// somewhere is the file at which a problem without a place is shown.
func (s *server) somewhere(over map[string][]byte, dir string) string {
	files := folderFiles(over, dir, storefile.MaxFileBytes, storefile.Extension)
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if storeBlock.Match(files[name]) {
			return name
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return filepath.Join(dir, storefile.LockFile)
}

// diagnosticOf gives a problem as the protocol has it.
func diagnosticOf(p storefile.Problem, src []byte) diagnostic {
	d := diagnostic{Severity: 1, Code: p.Code, Source: "aisle", Message: p.Summary, Data: diagnosticData{p.Suggestion}}
	if p.Severity == storefile.Warning {
		d.Severity = 2
	}
	if p.Detail != "" {
		d.Message += "\n" + strings.TrimSpace(p.Detail)
	}
	for _, v := range p.Values {
		d.Message += "\n" + v.Traversal + " " + v.Statement
	}
	if p.Suggestion != "" {
		d.Message += "\nDid you mean " + p.Suggestion + "?"
	}
	switch {
	case p.File == "":
	case src != nil:
		d.Range = spanOf(src, p.StartByte, p.EndByte)
	default:
		d.Range = span{position{max(p.Line-1, 0), max(p.Column-1, 0)}, position{max(p.EndLine-1, 0), max(p.EndColumn-1, 0)}}
	}
	return d
}
