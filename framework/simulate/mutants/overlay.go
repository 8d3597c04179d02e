package mutants

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Apply gives the files of a mutant as they are with the mistake, by their paths
// from the root. The error is ErrTable where a text is not there, or more often
// than once: then nobody could say what was tested.
func (m *Mutant) Apply(root string) (map[string]string, error) {
	out := map[string]string{}
	for _, e := range m.Edits {
		text, ok := out[e.File]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.File)))
			if err != nil {
				return nil, fmt.Errorf("%s: %w: %w", m.Name, ErrTable, err)
			}
			text = string(b)
		}
		if n := strings.Count(text, e.Old); n != 1 || e.Old == "" || e.Old == e.New {
			return nil, fmt.Errorf("%s: %w: its text occurs %d times in %s; write it anew in %s/%s.txtar:\n%s", m.Name, ErrTable, n, e.File, Table, m.Name, e.Old)
		}
		out[e.File] = strings.Replace(text, e.Old, e.New, 1)
	}
	return out, nil
}

// overlay writes the files of a mutant into dir, and says to the go command what
// they take the place of.
func (m *Mutant) overlay(root, dir string) (file string, err error) {
	files, err := m.Apply(root)
	if err != nil {
		return "", err
	}
	var o struct{ Replace map[string]string }
	o.Replace = map[string]string{}
	for path, text := range files {
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		o.Replace[filepath.Join(root, filepath.FromSlash(path))] = to
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, b, 0o600)
}
