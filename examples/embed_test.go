package examples

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What a copy is made of is all of an example: each file, the hidden ones too.
func TestAllEmbedded(t *testing.T) {
	stores, err := filepath.Glob("*/*.hcl")
	if err != nil || len(stores) == 0 {
		t.Fatal(stores, err)
	}
	seen := map[string]bool{}
	for _, s := range stores {
		dir := filepath.Dir(s)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		err := fs.WalkDir(os.DirFS("."), dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			if _, err := fs.Stat(Files, path); err != nil {
				t.Errorf("%s is not embedded: name its folder in embed.go", path)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
