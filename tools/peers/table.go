package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// head begins the table.
const head = "| plugin | held against | | cases passed |\n|---|---|---|---:|\n"

// renew is the page with the table that the run makes of it.
func renew(page []byte, t *told) ([]byte, error) {
	before, rest, ok := strings.Cut(string(page), beginLine+"\n")
	table, after, ok2 := strings.Cut(rest, endLine)
	if !ok || !ok2 {
		return nil, errors.New("it has no place for the table: two lines, " + beginLine + " and " + endLine)
	}
	rows, err := parse(table)
	if err != nil {
		return nil, err
	}
	for k := range rows {
		// No test says it any more.
		if _, passed := t.cases[k]; t.ran[k.plugin] && !passed && !t.skipped[k] {
			delete(rows, k)
		}
	}
	for k, n := range t.cases {
		if !t.skipped[k] {
			rows[k] = n
		}
	}
	return []byte(before + beginLine + "\n" + format(rows) + endLine + after), nil
}

// parse reads the rows of a table.
func parse(table string) (map[key]int, error) {
	rows := map[key]int{}
	for line := range strings.Lines(strings.TrimPrefix(table, head)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			return nil, fmt.Errorf("%q is no row of the table", line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		n, err := strconv.Atoi(strings.ReplaceAll(cells[3], ",", ""))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		rows[key{plugin: cells[0], what: cells[1], kind: cells[2]}] = n
	}
	return rows, nil
}

// format writes the rows, the plugins by name, and of each those that others made
// first.
func format(rows map[key]int) string {
	order := []string{"peer", "vectors", "suite"}
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.plugin, b.plugin), cmp.Compare(slices.Index(order, a.kind), slices.Index(order, b.kind)), cmp.Compare(a.what, b.what))
	})
	var s strings.Builder
	s.WriteString(head)
	for _, k := range keys {
		fmt.Fprintf(&s, "| %s | %s | %s | %s |\n", k.plugin, k.what, k.kind, grouped(rows[k]))
	}
	return s.String()
}

// grouped is a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tooMuch are the rows of peers and vectors of which one page says more than the other.
func tooMuch(page, next []byte) (all []string) {
	is := rowsOf(next)
	was := rowsOf(page)
	for _, k := range slices.SortedFunc(maps.Keys(was), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.plugin, b.plugin), cmp.Compare(a.what, b.what))
	}) {
		if k.kind != "suite" && was[k] > is[k] {
			all = append(all, fmt.Sprintf("%s, %s: %d, and %d passed", k.plugin, k.what, was[k], is[k]))
		}
	}
	return all
}

// rowsOf are the rows of a page that has a table.
func rowsOf(page []byte) map[key]int {
	_, rest, _ := strings.Cut(string(page), beginLine+"\n")
	table, _, _ := strings.Cut(rest, endLine)
	rows, _ := parse(table) // it was read before
	return rows
}

// differences are the lines that one page has and the other has not.
func differences(page, next []byte) string {
	was, is := strings.Split(string(page), "\n"), strings.Split(string(next), "\n")
	var all []string
	for _, l := range was {
		if !slices.Contains(is, l) {
			all = append(all, "- "+l)
		}
	}
	for _, l := range is {
		if !slices.Contains(was, l) {
			all = append(all, "+ "+l)
		}
	}
	return strings.Join(all, "\n")
}
