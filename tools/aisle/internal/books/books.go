// Package books reads the journal in a store's data folder, beside its writer
// or without one.
//
// It changes nothing and decides nothing: framework/journal checks the chain
// and framework/event gives the bodies their meaning. The aisle command calls
// it.
package books

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
)

// File is the journal's name in a data folder.
const File = "journal.db"

// Journal is a journal that is read.
type Journal struct{ reader journal.Reader }

// Path gives the journal's path: that in a data folder, or the path itself.
func Path(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no data folder %s", path)
	}
	if err != nil || !info.IsDir() {
		return path, err
	}
	file := filepath.Join(path, File)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no journal in %s: it is no data folder of a store, or its store never ran", path)
	}
	return file, nil
}

// Open opens the journal of a data folder, or a journal's own file.
func Open(path string) (*Journal, error) {
	path, err := Path(path)
	if err != nil {
		return nil, err
	}
	r, err := journal.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	return &Journal{r}, nil
}

// Close closes it.
func (j *Journal) Close() error { return j.reader.Close() }

// Records hands out every record with the body that it was decoded from.
func (j *Journal) Records(yield func(r event.Record, body []byte) error) error {
	return j.entries(func(e journal.Entry) error {
		r, err := decode(e)
		if err != nil {
			return err
		}
		return yield(r, e.Body)
	})
}

// Follow hands out every record and those to come, until ctx ends, which is no
// error. Rest is called whenever there is none left for now.
func (j *Journal) Follow(ctx context.Context, yield func(r event.Record, body []byte) error, rest func() error) error {
	for seq := uint64(0); ; {
		entries, err := j.reader.Read(seq+1, 0)
		if err != nil {
			return err
		}
		for _, e := range entries {
			r, err := decode(e)
			if err != nil {
				return err
			}
			if err := yield(r, e.Body); err != nil {
				return err
			}
			seq = e.Seq
		}
		if len(entries) > 0 {
			continue
		}
		if err := rest(); err != nil {
			return err
		}
		if err := j.reader.Wait(ctx, seq); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// Head is the number of the newest record.
func (j *Journal) Head() uint64 {
	head, _ := j.reader.Head()
	return head
}

func (j *Journal) entries(yield func(journal.Entry) error) error {
	for from := uint64(1); ; {
		entries, err := j.reader.Read(from, 0)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		from = entries[len(entries)-1].Seq + 1
	}
}

func decode(e journal.Entry) (event.Record, error) {
	r, err := event.DecodeRecord(e.Body)
	if err != nil {
		return r, fmt.Errorf("record %d: %w", e.Seq, err)
	}
	r.Seq, r.At = e.Seq, e.At
	return r, nil
}

// errFound ends a walk early.
var errFound = errors.New("found")

// Definition is the store's first definition: the journal's first record that
// puts one in force. It is empty in a journal without any.
func (j *Journal) Definition() (storedef.Store, error) {
	var def storedef.Store
	err := j.Records(func(r event.Record, _ []byte) error {
		if d, ok := r.Input.(event.Definition); ok {
			def = d.Store
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return def, err
}

// Open are the credentials of the visits that are not closed.
func (j *Journal) Open() (map[string]bool, error) {
	tokens := map[string]string{} // by session
	err := j.Records(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			switch f := f.(type) {
			case event.SessionOpened:
				tokens[f.Session] = f.Token
			case event.SessionClosed:
				delete(tokens, f.Session)
			default: // says nothing of whether a visit is over
			}
		}
		return nil
	})
	open := map[string]bool{}
	for _, token := range tokens {
		open[token] = true
	}
	return open, err
}

const (
	// wholeID is how long an id is at least: nobody means the beginning of one by
	// so many letters.
	wholeID = 26
	// leastOfID is how much of an id names it. Less may be there by chance, and
	// money is ordered by it.
	leastOfID = 6
	// maxDigits is how long a visit's number can be.
	maxDigits = 7
)

// Visit gives the id of the visit or receipt that somebody means: by its id, by
// the beginning of its id, or by the visit's number in the journal. What is none
// of these is given back as it is.
func (j *Journal) Visit(name string) (string, error) {
	if len(name) >= wholeID || name == "" {
		return name, nil
	}
	number, err := strconv.Atoi(name)
	if err != nil || len(name) > maxDigits {
		number = 0
	}
	begins := func(id string) bool { return number == 0 && len(name) >= leastOfID && strings.HasPrefix(id, name) }
	visits, found, nth := 0, map[string]bool{}, ""
	err = j.Records(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			switch f := f.(type) {
			case event.SessionOpened:
				if visits++; visits == number {
					nth = f.Session
					return errFound
				}
				if begins(f.Session) {
					found[f.Session] = true
				}
			case event.ReceiptIssued:
				if begins(f.Receipt.ID) {
					found[f.Receipt.ID] = true
				}
			default: // names no visit
			}
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errFound):
		return "", err
	case nth != "":
		return nth, nil
	case len(found) > 1:
		return "", fmt.Errorf("%d visits and receipts begin with %q: write more of the id", len(found), name)
	}
	for id := range found {
		return id, nil
	}
	return name, nil
}
