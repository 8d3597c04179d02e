package lsp

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

// maxRuns is how many runs of a store's tests are checked, for each has its
// store read with its own values; aisle test does them all.
const maxRuns = 200

// checkValues checks the files of values that are open and that the store does
// not read by itself: as if the command line named them.
func (s *server) checkValues(ctx context.Context, over map[string][]byte, root string, out *found) {
	for _, at := range slices.Sorted(maps.Keys(over)) {
		name := filepath.Base(at)
		if ctx.Err() != nil || !strings.HasSuffix(name, storefile.VarsExtension) || s.root(over, filepath.Dir(at)) != root {
			continue
		}
		if filepath.Dir(at) == root && (name == "store"+storefile.VarsExtension || strings.HasSuffix(name, ".auto"+storefile.VarsExtension)) {
			continue // it was read with the store
		}
		load := s.load(over)
		load.VarFiles = append(slices.Clone(load.VarFiles), at)
		_, problems := storefile.Load(root, load)
		for _, p := range problems {
			if p.File == at {
				out.add(root, storefile.Problems{p})
			}
		}
	}
}

// checkTests checks the tests of a store or a fleet: their blocks, their steps
// and what they refer to. Nothing is run.
func (s *server) checkTests(ctx context.Context, over map[string][]byte, root string, known storefile.Schemas, out *found) {
	o := &storefile.TestOptions{Vars: s.options.Vars, VarFiles: s.options.VarFiles, Overlay: over}
	if known != nil {
		o.Schemas = func(string) storefile.Schemas { return known }
	}
	tests, problems := storefile.LoadTests(root, o)
	for i, run := range tests.Runs {
		if i == maxRuns || ctx.Err() != nil {
			break
		}
		_, ps := run.Load()
		problems = append(problems, ps...)
	}
	seen := map[string]bool{}
	for _, p := range problems {
		key := p.Place.String() + p.Code + p.Detail
		if !seen[key] { // what is wrong in the block for all runs is wrong once
			seen[key] = true
			out.add(tests.Dir, storefile.Problems{p})
		}
	}
}

func (s *server) validation(over map[string][]byte, of string) *store.ValidateOptions {
	return &store.ValidateOptions{Offline: true, Store: of, VarFiles: s.options.VarFiles, Overlay: over}
}
