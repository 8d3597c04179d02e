package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/journal"
)

// openJournal opens the journal at a path, which may be its data folder.
func openJournal(path string) (journal.Reader, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, JournalFile)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return journal.OpenReadOnly(path)
}

// Verified is what Verify found in a sound journal.
type Verified struct {
	journal.Report
	// Sales and Pages are the records up to which the sales that are over and the
	// pages were held against the journal; zero where nothing is kept of them, or
	// another version did.
	Sales, Pages uint64
}

// Verify checks a journal's chain, that every snapshot that it keeps is the fold of
// the facts before it, and that so is what is kept beside it of sales that are over
// and of the pages. Path is the journal's or its data folder's.
func Verify(ctx context.Context, path string) (v Verified, err error) {
	j, err := openJournal(path)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	beside, err := openBeside(path, j)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, beside.close()) }()
	state := core.New()
	fold := func(e journal.Entry) error {
		r, err := engine.Record(e)
		if err != nil {
			return err
		}
		for _, f := range r.Facts {
			state.Apply(f)
		}
		return beside.check(r, state.Settlement.Take())
	}
	v.Report, err = j.Verify(ctx, fold, func(seq uint64, kept []byte) error { return sameState(state, kept) })
	if err == nil {
		err = beside.verdict()
	}
	v.Sales, v.Pages = beside.salesAt, beside.pagesAt
	return v, err
}

// sameState checks that a snapshot is the encoding of a state. One of a version
// that folded facts in another way says nothing: nobody goes on with it.
func sameState(s *core.State, kept []byte) error {
	want, err := s.Encode()
	if err != nil {
		return err
	}
	if bytes.Equal(want, kept) {
		return nil
	}
	old, err := core.Decode(kept)
	if errors.Is(err, core.ErrOtherFold) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the snapshot can't be read: %w", err)
	}
	again, err := old.Encode()
	if err != nil {
		return err
	}
	if !bytes.Equal(want, again) {
		return errors.New("the snapshot is not what the facts before it fold to")
	}
	return nil
}

// Export writes a journal as JSON, one record a line: seq, at, hash, input and
// facts. Path is the journal's or its data folder's.
func Export(ctx context.Context, path string, w io.Writer) (err error) {
	j, err := openJournal(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	out := bufio.NewWriter(w)
	for from := uint64(1); ; {
		es, err := j.Read(from, 0)
		if err != nil {
			return err
		}
		if len(es) == 0 {
			return out.Flush()
		}
		for _, e := range es {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if len(e.Body) < 2 || e.Body[0] != '{' {
				return fmt.Errorf("entry %d is no record", e.Seq)
			}
			fmt.Fprintf(out, `{"seq":%d,"at":"%s","hash":"%s",%s`+"\n", e.Seq, e.At.Format(time.RFC3339Nano), hex.EncodeToString(e.Hash[:]), e.Body[1:])
		}
		from = es[len(es)-1].Seq + 1
	}
}
