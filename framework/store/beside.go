package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/framework/view"
)

// beside is what is kept beside a journal while the journal is read from its first
// record: all of it follows from the records, and is held against them.
type beside struct {
	file         *checkpoint.File // nil: nothing is kept
	sales, pages *checkpoint.Reader
	salesAt      uint64
	pagesAt      uint64
	body         []byte // of the pages
	model        *view.Model
	// wrong are keys of sales that are kept otherwise than they were set aside last.
	wrong map[string]bool
}

// openBeside opens what is kept beside the journal at a path. What another version
// laid out says nothing: the next start makes it anew.
func openBeside(path string, j journal.Reader) (*beside, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	f, err := checkpoint.OpenReadOnly(filepath.Join(path, PointsFile), j)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, checkpoint.ErrFormat) {
		return &beside{}, nil
	}
	if err != nil {
		return nil, err
	}
	b := &beside{file: f, sales: f.Reader("sales"), pages: f.Reader("view"), wrong: map[string]bool{}}
	if b.salesAt, _, err = b.sales.Load(); err == nil || errors.Is(err, checkpoint.ErrNone) {
		b.pagesAt, b.body, err = b.pages.Load()
	}
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		return nil, errors.Join(fmt.Errorf("%s: %w: remove the file, and the next start makes it anew", PointsFile, err), f.Close())
	}
	if b.pagesAt > 0 {
		b.model = view.NewModel()
	}
	return b, nil
}

func (b *beside) close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

// check takes in a record, and the sales that it set aside.
func (b *beside) check(r event.Record, aside []settlement.Shelved) error {
	if r.Seq <= b.salesAt {
		for i := range aside {
			if err := b.sale(&aside[i]); err != nil {
				return err
			}
		}
	}
	if b.model == nil {
		return nil
	}
	b.model.Apply(r)
	if r.Seq < b.pagesAt {
		return nil
	}
	err := b.model.Same(b.body, b.pages.Get)
	b.model = nil
	return b.named(err)
}

// sale holds what is kept of a sale against what was set aside. One that is set
// aside again later takes its place.
func (b *beside) sale(x *settlement.Shelved) error {
	v, err := engine.Kept(x)
	if err != nil {
		return err
	}
	for _, key := range v.Keys {
		is, err := b.sales.Get(key)
		switch {
		case err != nil:
			return b.named(err)
		case bytes.Equal(is, v.Body):
			delete(b.wrong, key)
		default:
			b.wrong[key] = true
		}
	}
	return nil
}

// verdict is the error of sales that are kept otherwise than they were set aside.
func (b *beside) verdict() error {
	if len(b.wrong) == 0 {
		return nil
	}
	return b.named(fmt.Errorf("%d keys of sales that are over are not what the records fold to, the first is %q", len(b.wrong), slices.Sorted(maps.Keys(b.wrong))[0]))
}

func (b *beside) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: the journal is not touched by it; stop the store and remove the file, and the next start makes it anew", PointsFile, err)
}
