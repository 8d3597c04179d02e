package mutants

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// generated is above the table of the README.
const generated = "<!-- written by aisle sim mutants --readme; do not edit below -->\n"

// row is one of the README's table: name, kind, mistake, test, and the seconds
// of building and of the tests.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| .* \\| (.+) \\| ([0-9.]+) s \\| ([0-9.]+) s \\|$")

// nothing stands where a test should.
const nothing = "**nothing**"

// WriteReadme writes what became of the mutants of a run into the README of this
// folder. The rows of others of the table stay as they are.
func WriteReadme(root string, all []Mutant, r *Result) error {
	file := filepath.Join(root, filepath.Dir(filepath.FromSlash(Table)), "README.md")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, table, found := strings.Cut(string(b), generated)
	if !found {
		return fmt.Errorf("%s has no line %q to write below", file, strings.TrimSpace(generated))
	}
	rows := map[string]string{}
	for _, old := range row.FindAllStringSubmatch(table, -1) {
		rows[old[1]] = old[0]
	}
	for i := range r.Mutants {
		rows[r.Mutants[i].Name] = rowOf(&r.Mutants[i])
	}
	var text []string
	planted, caught, slowest := 0, 0, 0.0
	for i := range all {
		parts := row.FindStringSubmatch(rows[all[i].Name])
		if parts == nil {
			continue
		}
		text = append(text, parts[0])
		planted++
		if parts[3] != nothing {
			caught++
		}
		took, err := strconv.ParseFloat(parts[5], 64)
		if err != nil {
			return err
		}
		slowest = max(slowest, took)
	}
	slices.SortStableFunc(text, func(a, b string) int { return cmp.Compare(kindOf(a), kindOf(b)) })
	return os.WriteFile(file, []byte(fmt.Sprintf("%s%s\n%d planted, %d caught, the slowest in %.1f s besides building.\n\n"+
		"| mutant | kind | the mistake | found by | build | tests |\n|---|---|---|---|---|---|\n%s\n",
		head, generated, planted, caught, slowest, strings.Join(text, "\n"))), 0o644) //nolint:gosec // a file of the source tree
}

func kindOf(text string) string { return row.FindStringSubmatch(text)[2] }

func rowOf(o *Outcome) string {
	by := nothing
	if where, test, ok := strings.Cut(strings.TrimPrefix(o.CaughtBy, "./"), " "); ok {
		by = fmt.Sprintf("`%s` in `%s`", test, where)
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %.1f s | %.1f s |", o.Name, o.Kind, o.Mistake, by, o.BuildSeconds, o.RunSeconds)
}
