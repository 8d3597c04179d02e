package storefile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Whatever is laid out is laid out: every store file of the examples, and every
// file of the corpora that parses, comes out of a second time as of the first,
// and with all its comments.
func TestFormatTwice(t *testing.T) {
	n := 0
	twice := func(name string, src []byte) {
		once, ps := Format(name, src)
		if ps.HasErrors() {
			return
		}
		n++
		again, ps := Format(name, once)
		if ps.HasErrors() || !bytes.Equal(once, again) {
			t.Errorf("%s: not the same the second time\n%s\n%s", name, once, again)
		}
		if bytes.Count(once, []byte("#")) != bytes.Count(src, []byte("#")) {
			t.Errorf("%s: a comment is gone", name)
		}
	}
	for _, dir := range []string{"testdata", "internal/corpus/cases", "../../examples"} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			src, err := os.ReadFile(path)
			switch {
			case err != nil:
				return err
			case strings.HasSuffix(path, Extension), strings.HasSuffix(path, VarsExtension):
				twice(path, src)
			case strings.HasSuffix(path, ".txtar"), strings.HasSuffix(path, ".txt"):
				for _, f := range txtar.Parse(src).Files {
					twice(path+"/"+f.Name, f.Data) // what is no store file doesn't parse
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 30 {
		t.Errorf("only %d files were laid out", n)
	}
	t.Logf("%d files", n)
}
