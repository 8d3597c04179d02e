// Package table reads recordings: CSV files whose first line names the columns.
//
// It says no more of a file than that it is whole: every line has all columns
// and the last one its end. What the cells mean is for the drivers, which read
// every line before their device is open, so that a torn recording is one error
// with file and line and nothing is half-started. Errors have code invalid.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/fault"
)

// MaxRows is the most lines of a recording: three days at 60 Hz. They are held
// in memory.
const MaxRows = 1 << 24

// headBytes is where the first line is looked for.
const headBytes = 64 << 10

// MaxColumns is the most columns of a recording.
const MaxColumns = 4096

// The times that a recording may speak of, in Unix milliseconds: 1938 to 2096.
// A device's clock may be decades off, but evidence with a clock a century off
// is refused.
const (
	minMillis = -1e12
	maxMillis = 4e12
)

// Table is an open recording. Close it.
type Table struct {
	path   string
	file   *os.File
	csv    *csv.Reader
	header []string
	line   int
}

// Open opens a recording and reads the names of its columns.
func Open(path string) (*Table, error) {
	if !filepath.IsAbs(path) {
		return nil, fault.Errorf(fault.Invalid, "%s is not absolute, and a plugin runs in a folder of its own", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "", err)
	}
	t := &Table{path: path, file: f}
	if err := t.begin(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *Table) begin() error {
	info, err := t.file.Stat()
	switch {
	case err != nil:
		return fault.Wrap(fault.Invalid, "", err)
	case !info.Mode().IsRegular():
		return fault.Errorf(fault.Invalid, "%s is no regular file", t.path)
	case info.Size() == 0:
		return fault.Errorf(fault.Invalid, "%s is empty", t.path)
	}
	if err := t.text(); err != nil {
		return err
	}
	t.csv = csv.NewReader(t.file)
	t.csv.ReuseRecord = true
	t.csv.TrimLeadingSpace = true
	header, err := t.csv.Read()
	if err != nil {
		return t.wrong(err)
	}
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	if len(header) > MaxColumns {
		return t.At(1, "", "has more than "+strconv.Itoa(MaxColumns)+" columns")
	}
	t.header = slices.Clone(header)
	return t.ended(info.Size())
}

// text looks that the file begins with text.
func (t *Table) text() error {
	head := make([]byte, headBytes)
	n, err := t.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fault.Wrap(fault.Invalid, "", err)
	}
	line, _, _ := bytes.Cut(head[:n], []byte{'\n'})
	if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
		return t.At(1, "", "is no text: a recording is CSV, and its first line names the columns")
	}
	return nil
}

// ended looks that the last line has its end. Without it nobody can tell half a
// number from a whole one.
func (t *Table) ended(size int64) error {
	var last [1]byte
	if _, err := t.file.ReadAt(last[:], size-1); err != nil {
		return fault.Wrap(fault.Invalid, "", err)
	}
	if last[0] == '\n' {
		return nil
	}
	lines, err := t.count()
	if err != nil {
		return err
	}
	return t.At(lines, "", "is torn: the file ends in the middle of it, without a line end")
}

// count counts lines, the torn one included.
func (t *Table) count() (int, error) {
	r := io.NewSectionReader(t.file, 0, math.MaxInt64)
	buf, lines := make([]byte, 64<<10), 1
	for {
		n, err := r.Read(buf)
		for _, b := range buf[:n] {
			if b == '\n' {
				lines++
			}
		}
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return 0, fault.Wrap(fault.Invalid, "", err)
		}
	}
}

// Close closes the file.
func (t *Table) Close() error { return t.file.Close() }

// Column gives the index of a column.
func (t *Table) Column(name string) (int, error) {
	i := slices.Index(t.header, name)
	if i < 0 {
		return 0, fault.Errorf(fault.Invalid, "%s, line 1: has no column %q; it has %q", t.path, name, t.header[:min(len(t.header), 20)])
	}
	return i, nil
}

// Next gives the next line's cells, valid until the next call; io.EOF at the
// end. Empty lines are passed over.
func (t *Table) Next() ([]string, error) {
	if t.line >= MaxRows {
		return nil, fault.Errorf(fault.Invalid, "%s has more than %d lines", t.path, MaxRows)
	}
	cells, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, t.wrong(err)
	}
	t.line++
	return cells, nil
}

// wrong puts what the CSV reader says into words.
func (t *Table) wrong(err error) error {
	var p *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fault.Errorf(fault.Invalid, "%s holds nothing but empty lines", t.path)
	case errors.As(err, &p) && errors.Is(err, csv.ErrFieldCount):
		return t.At(p.Line, "", "is torn: it has another number of columns than the first line's "+strconv.Itoa(len(t.header)))
	case errors.As(err, &p):
		return t.At(p.StartLine, "", "is torn: "+p.Err.Error())
	default:
		return fault.Wrap(fault.Invalid, "", err)
	}
}

// Number reads a cell of the present line as a finite decimal number.
func (t *Table) Number(cells []string, i int) (float64, error) {
	s := strings.TrimSpace(cells[i])
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.HasSuffix(s, ".") || strings.ContainsAny(s, "xXpP_") {
		return 0, t.Here(i, strconv.Quote(bound(s))+" is no number")
	}
	return v, nil
}

// Instant reads a cell as a time, given in units of the second's fraction that
// perSecond says: 1000 for milliseconds. It is rounded to the microsecond, in
// which evidence travels.
func (t *Table) Instant(cells []string, i int, perSecond float64) (time.Time, error) {
	v, err := t.Number(cells, i)
	if err != nil {
		return time.Time{}, err
	}
	if ms := v * 1000 / perSecond; ms < minMillis || ms > maxMillis {
		return time.Time{}, t.Here(i, strconv.Quote(bound(cells[i]))+" is no time between 1938 and 2096")
	}
	return time.UnixMicro(int64(math.Round(v * 1e6 / perSecond))).UTC(), nil
}

// bound keeps a message short, whatever is in a file.
func bound(s string) string { return s[:min(len(s), 40)] }

// Here is an error about a cell of the present line.
func (t *Table) Here(i int, message string) error {
	line, _ := t.csv.FieldPos(i)
	return t.At(line, t.header[i], message)
}

// At is an error about a line and, unless it is empty, a column.
func (t *Table) At(line int, column, message string) error {
	if column != "" {
		column = ", column " + column
	}
	return fault.Errorf(fault.Invalid, "%s, line %d%s: %s", t.path, line, column, message)
}
