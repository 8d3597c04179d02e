package storefile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"go.yaml.in/yaml/v3"
)

// The limits of tables.
const (
	// LimitRows is the most rows of one table.
	LimitRows = 1_000_000
	// LimitColumns is the most columns of one table.
	LimitColumns = 256
)

// cell is one value of a table and where it stands.
type cell struct {
	text string
	rng  hcl.Range
}

// row is one row: its cells by column, those that are empty left out.
type row struct {
	cells map[string]cell
	rng   hcl.Range
}

// tableProblem is what is wrong with a file of data, at its place.
type tableProblem struct {
	rng     hcl.Range
	message string
}

// isTable says whether a file is one by its name.
func isTable(name string) bool {
	return slices.Contains([]string{".csv", ".json", ".yaml", ".yml"}, strings.ToLower(path.Ext(name)))
}

// readTable hands out the rows of a CSV, JSON or YAML file in their order. JSON
// and YAML are a list of objects. It gives the columns, known once it returns,
// and goes on after a row that can't be read.
func readTable(s *source, take func(row)) (columns []string, problems []tableProblem) {
	t := &tableReader{source: s, take: take, seen: map[string]bool{}}
	switch strings.ToLower(path.Ext(s.name)) {
	case ".csv":
		t.csv()
	case ".json":
		t.json()
	case ".yaml", ".yml":
		t.yaml()
	}
	return t.columns, t.problems
}

type tableReader struct {
	source   *source
	take     func(row)
	columns  []string
	seen     map[string]bool
	problems []tableProblem
	rows     int
	starts   []int // of lines, in bytes
}

// maxTableProblems is how many unreadable rows are told of.
const maxTableProblems = 100

func (t *tableReader) wrong(rng hcl.Range, format string, args ...any) {
	if len(t.problems) < maxTableProblems {
		t.problems = append(t.problems, tableProblem{rng, fmt.Sprintf(format, args...)})
	}
}

// column notes that there is a column.
func (t *tableReader) column(name string) bool {
	if !t.seen[name] {
		t.seen[name] = true
		t.columns = append(t.columns, name)
	}
	return len(t.columns) <= LimitColumns
}

// give hands out a row, and says whether more are wanted.
func (t *tableReader) give(r row) bool {
	if t.rows++; t.rows > LimitRows {
		t.wrong(r.rng, "a table has at most %d rows", LimitRows)
		return false
	}
	t.take(r)
	return true
}

// at gives the place of so many bytes from an offset. What is longer than its
// line ends there.
func (t *tableReader) at(offset, length int) hcl.Range {
	if t.starts == nil {
		t.starts = []int{0}
		for i, c := range t.source.src {
			if c == '\n' {
				t.starts = append(t.starts, i+1)
			}
		}
	}
	offset = clamp(offset, 0, len(t.source.src))
	line, _ := slices.BinarySearch(t.starts, offset+1)
	begin, end := t.starts[line-1], len(t.source.src)
	if line < len(t.starts) {
		end = t.starts[line] - 1
	}
	stop := clamp(offset+length, offset, max(end, offset))
	return hcl.Range{
		Filename: t.source.name,
		Start:    hcl.Pos{Line: line, Column: offset - begin + 1, Byte: offset}, End: hcl.Pos{Line: line, Column: stop - begin + 1, Byte: stop},
	}
}

// position gives an offset of a line and a column that count from 1.
func (t *tableReader) position(line, column int) int {
	t.at(0, 0)
	return t.starts[clamp(line-1, 0, len(t.starts)-1)] + max(column-1, 0)
}

func (t *tableReader) csv() {
	r := csv.NewReader(bytes.NewReader(t.source.src))
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	record, err := r.Read()
	if err != nil {
		t.wrong(t.at(0, 1), "it needs a first row with the names of the columns")
		return
	}
	names := slices.Clone(record)
	for i, name := range names {
		names[i] = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		line, column := r.FieldPos(i)
		if names[i] == "" || slices.Contains(names[:i], names[i]) || !t.column(names[i]) {
			t.wrong(t.at(t.position(line, column), len(name)), "each column has a name of its own, and there are at most %d", LimitColumns)
			return
		}
	}
	for {
		record, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			t.wrong(t.at(t.position(bad.StartLine, 1), 1), "the row that begins here can't be read: %v", bad.Err)
			return // where the next begins isn't known
		}
		line, column := r.FieldPos(0)
		out := row{cells: make(map[string]cell, len(record)), rng: t.at(t.position(line, column), int(r.InputOffset())-t.position(line, column))}
		if len(record) != len(names) {
			t.wrong(out.rng, "the row has %d cells and the table %d columns", len(record), len(names))
			continue
		}
		for i, text := range record {
			line, column := r.FieldPos(i)
			if text != "" {
				out.cells[names[i]] = cell{text, t.at(t.position(line, column), len(text))}
			}
		}
		if !t.give(out) {
			return
		}
	}
}

func (t *tableReader) json() {
	d := json.NewDecoder(bytes.NewReader(t.source.src))
	d.UseNumber()
	// next gives a token and its place.
	next := func() (json.Token, hcl.Range, error) {
		from := int(d.InputOffset())
		for from < len(t.source.src) && strings.IndexByte(" \t\r\n,:", t.source.src[from]) >= 0 {
			from++
		}
		token, err := d.Token()
		return token, t.at(from, int(d.InputOffset())-from), err
	}
	token, rng, err := next()
	if err != nil || token != json.Delim('[') {
		t.wrong(rng, "a table in JSON is a list of objects: [{ ... }, { ... }]")
		return
	}
	for d.More() {
		token, rng, err := next()
		if err != nil || token != json.Delim('{') {
			t.wrong(rng, "a row is an object: { \"id\": ..., ... }")
			return
		}
		out := row{cells: map[string]cell{}, rng: rng}
		for d.More() {
			key, at, err := next()
			name, ok := key.(string)
			if err != nil || !ok || !t.column(name) {
				t.wrong(at, "the row can't be read: %v", cmpError(err))
				return
			}
			value, at, err := next()
			if err != nil {
				t.wrong(at, "the row can't be read: %v", err)
				return
			}
			switch v := value.(type) {
			case json.Delim:
				t.wrong(at, "%s is no text, number, true or false", name)
				return
			case nil:
			case string:
				if v != "" {
					out.cells[name] = cell{v, at}
				}
			default:
				out.cells[name] = cell{fmt.Sprint(v), at}
			}
		}
		if _, at, err := next(); err != nil {
			t.wrong(at, "the row can't be read: %v", err)
			return
		}
		if !t.give(out) {
			return
		}
	}
	if _, rng, err := next(); err != nil {
		t.wrong(rng, "the list is not closed: %v", err)
	}
}

func cmpError(err error) error {
	if err == nil {
		return fmt.Errorf("there are more than %d columns", LimitColumns)
	}
	return err
}

// yamlLine finds the line in an error of package yaml.
var yamlLine = regexp.MustCompile(`line ([0-9]{1,9})`)

func (t *tableReader) yaml() {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(t.source.src))
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		t.wrong(t.at(t.position(line, 1), 1), "it can't be read: %s", trimYAML(err))
		return
	}
	if err := d.Decode(&more); err == nil && len(more.Content) > 0 {
		t.wrong(t.at(t.position(more.Content[0].Line, more.Content[0].Column), 1), "a second document begins here: a table is one list")
		return
	}
	at := func(n *yaml.Node) hcl.Range { return t.at(t.position(n.Line, n.Column), max(len(n.Value), 1)) }
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.SequenceNode {
		t.wrong(t.at(0, 1), "a table in YAML is a list of objects, each line of it beginning with a hyphen")
		return
	}
	for _, item := range doc.Content[0].Content {
		if item.Kind != yaml.MappingNode {
			t.wrong(at(item), "a row is an object: name: value")
			continue
		}
		out := row{cells: map[string]cell{}, rng: at(item)}
		for i := 0; i+1 < len(item.Content); i += 2 {
			name, value := item.Content[i], item.Content[i+1]
			if value.Kind != yaml.ScalarNode || !t.column(name.Value) {
				t.wrong(at(value), "%s is no text, number, true or false", name.Value)
				continue
			}
			if value.Value != "" && value.Tag != "!!null" {
				out.cells[name.Value] = cell{value.Value, at(value)}
			}
		}
		if !t.give(out) {
			return
		}
	}
}

func trimYAML(err error) string { return strings.TrimPrefix(err.Error(), "yaml: ") }
