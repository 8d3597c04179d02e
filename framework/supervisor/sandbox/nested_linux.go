package sandbox

import (
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// settle leaves out the grants that lie in a folder which the plugin writes to.
// By their paths it has them with the folder. By what is there, it could put a
// link to anything of the machine's in their place, and have that granted when
// it is started again.
func (s *Start) settle() {
	g := &s.c.Grants
	var roots []string
	for _, w := range g.Write {
		if real, err := filepath.EvalSymlinks(w); err == nil {
			roots = append(roots, real)
		}
	}
	outer := func(paths []string) (kept []string) {
		for _, p := range paths {
			w, nested := nestedIn(p, roots)
			if !nested {
				kept = append(kept, p)
				continue
			}
			s.notes = append(s.notes, order.Note{Measure: Files, Text: p + " is granted with " + w + ", which it lies in"})
		}
		return kept
	}
	g.Read, g.Write, s.net.sockets = outer(g.Read), outer(g.Write), outer(s.net.sockets)
}

// nestedIn reports whether a path leads through one of the folders, and which.
// The way up to there is nobody's to change.
func nestedIn(path string, roots []string) (root string, nested bool) {
	for at := range len(path) {
		if at == 0 || path[at] != filepath.Separator {
			continue
		}
		real, err := filepath.EvalSymlinks(path[:at])
		if err != nil {
			return "", false // not there: then nothing below it is
		}
		for _, r := range roots {
			if real == r || strings.HasPrefix(real, strings.TrimSuffix(r, "/")+"/") {
				return r, true
			}
		}
	}
	return "", false
}
