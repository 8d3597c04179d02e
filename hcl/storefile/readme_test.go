package storefile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var hclBlock = regexp.MustCompile("(?s)```hcl\n(.*?)```")

// What the plugins' READMEs show is what people copy: it says all that a block must say,
// and nothing that there is not. Whatever a block refers to is the reader's.
func TestReadmesOfPlugins(t *testing.T) {
	files, err := filepath.Glob("../../plugins/*/README.md")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d READMEs, %v", len(files), err)
	}
	looked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range hclBlock.FindAllSubmatch(text, -1) {
			if strings.HasPrefix(strings.TrimSpace(string(m[1])), "config") {
				continue // a part of a block
			}
			dir := t.TempDir()
			write(t, dir, "shown.hcl", string(m[1]))
			_, ps := Load(dir, &Options{})
			for _, p := range ps {
				wrong := []string{"syntax", "missing_argument", "unknown_argument", "unknown_block", "label"}
				if p.File == "shown.hcl" && slices.Contains(wrong, p.Code) {
					t.Errorf("%s, its example, line %d: %s (%s)", file, p.Line, p.Summary, p.Context)
				}
			}
			looked++
		}
	}
	if looked < 9 {
		t.Errorf("%d examples: this test looks at nothing", looked)
	}
}
