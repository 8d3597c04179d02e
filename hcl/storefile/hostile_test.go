package storefile

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storefile/internal/corpus"
)

// TestHostile reads what is to take down its reader: it is refused, or nothing
// at all, within the memory that there is and without a panic.
func TestHostile(t *testing.T) {
	for _, c := range corpus.Hostile() {
		t.Run(c.Name, func(t *testing.T) {
			var before, after runtime.MemStats
			dir := t.TempDir()
			if err := c.Write(dir); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&before)
			ps := loadCase(dir, c)
			runtime.ReadMemStats(&after)
			n := (after.TotalAlloc - before.TotalAlloc) >> 20
			if n > limitAlloc>>20 {
				t.Errorf("%d MiB were allocated", n)
			}
			if len(ps) == 0 || len(ps) > maxProblems+1 {
				t.Errorf("%d problems", len(ps))
			}
			for _, p := range ps[:min(len(ps), 10)] {
				checkForm(t, p)
			}
			lines := wantLines(c, ps)
			for _, want := range c.Want {
				if !slices.Contains(lines, want) {
					t.Errorf("not among the problems: %s\nthe first are:\n%s", want, strings.Join(lines[:min(len(lines), 3)], "\n"))
				}
			}
		})
	}
}
