package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// generated is above the table of the README.
const generated = "<!-- written by aisle sim mutants --readme; do not edit below -->\n"

// WriteReadme writes what became of all mutants into the README of this folder.
func WriteReadme(root string, r *Result) error {
	file := filepath.Join(root, filepath.Dir(filepath.FromSlash(Table)), "README.md")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, _, found := strings.Cut(string(b), generated)
	if !found {
		return fmt.Errorf("%s has no line %q to write below", file, strings.TrimSpace(generated))
	}
	var s strings.Builder
	s.WriteString(head + generated)
	fmt.Fprintf(&s, "\n%d planted, %d caught, the slowest in %.1f s besides building.\n\n", r.Planted, r.Caught, r.Slowest)
	s.WriteString("| mutant | kind | the mistake | found by | build | tests |\n|---|---|---|---|---|---|\n")
	rows := slices.Clone(r.Mutants)
	slices.SortStableFunc(rows, func(a, b Outcome) int { return strings.Compare(a.Kind, b.Kind) })
	for i := range rows {
		o := &rows[i]
		by := "**nothing**"
		if where, test, ok := strings.Cut(strings.TrimPrefix(o.CaughtBy, "./"), " "); ok {
			by = fmt.Sprintf("`%s` in `%s`", test, where)
		}
		fmt.Fprintf(&s, "| `%s` | %s | %s | %s | %.1f s | %.1f s |\n", o.Name, o.Kind, o.Mistake, by, o.BuildSeconds, o.RunSeconds)
	}
	return os.WriteFile(file, []byte(s.String()), 0o644) //nolint:gosec // a file of the source tree
}
