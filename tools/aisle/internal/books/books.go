// Package books reads the journal in a store's data folder, beside its writer
// or without one.
//
// It changes nothing and decides nothing: framework/journal checks the chain,
// framework/event gives the bodies their meaning, framework/core folds. The
// aisle command calls it.
package books

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
)

// File is the journal's name in a data folder.
const File = "journal.db"

// Journal is a journal that is read.
type Journal struct{ reader journal.Reader }

// Open opens the journal of a data folder, or a journal's own file.
func Open(path string) (*Journal, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no data folder %s", path)
	}
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		folder := path
		path = filepath.Join(path, File)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no journal in %s: it is no data folder of a store, or its store never ran", folder)
		}
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

// Verify walks the chain, reads every record, and holds each kept snapshot
// against what the facts before it fold to.
func (j *Journal) Verify(ctx context.Context) (journal.Report, error) {
	state := core.New()
	return j.reader.Verify(ctx, func(e journal.Entry) error {
		r, err := decode(e)
		if err != nil {
			return err
		}
		for _, f := range r.Facts {
			state.Apply(f)
		}
		return nil
	}, func(seq uint64, kept []byte) error {
		now, err := state.Encode()
		if err != nil {
			return err
		}
		if !bytes.Equal(now, kept) {
			return fmt.Errorf("the snapshot after record %d is not what the records fold to", seq)
		}
		return nil
	})
}

// exported is a record in an export. The body is kept as it was written.
type exported struct {
	Seq   uint64          `json:"seq"`
	At    time.Time       `json:"at"`
	Hash  string          `json:"hash"`
	Input json.RawMessage `json:"input"`
	Facts json.RawMessage `json:"facts"`
}

// Export writes every record as a line of JSON.
func (j *Journal) Export(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err := j.entries(func(e journal.Entry) error {
		x := exported{Seq: e.Seq, At: e.At, Hash: hex.EncodeToString(e.Hash[:])}
		if err := json.Unmarshal(e.Body, &x); err != nil {
			return fmt.Errorf("record %d: %w", e.Seq, err)
		}
		return enc.Encode(x)
	})
	return errors.Join(err, out.Flush())
}
