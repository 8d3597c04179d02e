// Package records keeps the world's two books, the truth about visits and the
// ledger of money, as files of JSON lines that are durable line by line.
//
// A line that a crash cut short is cut off when the file is opened again: it
// was never acknowledged to anybody.
package records

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds one line of a book.
const maxLine = 1 << 20

// Book is one append-only file. One goroutine uses it.
type Book struct {
	f    *os.File
	name string
}

// Open opens a book and gives each of its lines to read, oldest first.
func Open(path string, read func(line []byte) error) (*Book, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	whole, err := replay(f, path, read)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Book{f: f, name: path}, nil
}

// replay reads whole lines and gives how many bytes they are.
func replay(f io.Reader, path string, read func([]byte) error) (int64, error) {
	r := bufio.NewReaderSize(f, maxLine)
	var whole int64
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return whole, fmt.Errorf("%s line %d: %w", path, n, err)
		}
		if err := read(bytes.TrimSpace(line)); err != nil {
			return whole, fmt.Errorf("%s line %d: %w", path, n, err)
		}
		whole += int64(len(line))
	}
}

// Append writes v as a line and returns once it is on the disk.
func (b *Book) Append(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	if _, err := b.f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", b.name, err)
	}
	if err := b.f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", b.name, err)
	}
	return nil
}

// Close closes the file.
func (b *Book) Close() error { return b.f.Close() }
