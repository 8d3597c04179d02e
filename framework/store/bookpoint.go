package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

// bookEvery is how many records a start reads again at most for the receipts.
const bookEvery = 10_000

// bookPoint is how far the receipts are written: what the book knows, and how much
// of the file is of it.
type bookPoint struct {
	Offset  int64                     `json:"offset"`
	Written []byte                    `json:"written"` // SHA-256 of the file up to there
	Sum     Summary                   `json:"sum"`
	Open    map[string]*event.Receipt `json:"open"`
	Live    []string                  `json:"live"`
	Shelves map[string]int            `json:"shelves"`
	Changes []Change                  `json:"changes"`
	Waiting []waitingChange           `json:"waiting"`
}

// waitingChange is a change that nothing was decided on, by its evidence.
type waitingChange struct {
	Ref event.Ref `json:"ref"`
	At  int       `json:"at"`
}

// goOn takes the book up where it was kept: the file is cut there. It reports
// false where there is nothing to go on with, and why if that should not be.
func (b *book) goOn() (ok bool, why error) {
	seq, body, err := b.point.Load()
	if errors.Is(err, checkpoint.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var p bookPoint
	if err := json.Unmarshal(body, &p); err != nil {
		return false, err
	}
	f, err := os.OpenFile(b.path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, p.Offset))
	switch {
	case err != nil:
	case n != p.Offset || !bytes.Equal(h.Sum(nil), p.Written):
		err = errors.New("the receipts are not those that were written")
	default:
		err = f.Truncate(p.Offset)
	}
	if err != nil {
		return false, errors.Join(err, f.Close())
	}
	b.file, b.out, b.written, b.offset, b.renamed = f, bufio.NewWriter(f), h, p.Offset, true
	b.seq, b.kept, b.sum, b.live = seq, seq, p.Sum, p.Live
	if p.Open != nil {
		b.open = p.Open
	}
	b.changes = changes{shelves: p.Shelves, all: p.Changes, waiting: map[event.Ref]int{}}
	for _, w := range p.Waiting {
		b.changes.waiting[w.Ref] = w.At
	}
	return true, nil
}

// keep keeps how far the book is, if that spares the next start enough records.
// What can't be kept costs time then, and nothing else.
func (b *book) keep(least uint64) {
	if b.point == nil || !b.renamed || b.seq == 0 || b.seq < b.kept+least {
		return
	}
	p := bookPoint{Offset: b.offset, Written: b.written.Sum(nil), Sum: b.sum, Open: b.open, Live: b.live,
		Shelves: b.changes.shelves, Changes: b.changes.all}
	for ref, at := range b.changes.waiting {
		p.Waiting = append(p.Waiting, waitingChange{ref, at})
	}
	body, err := json.Marshal(p)
	if err == nil {
		err = errors.Join(b.out.Flush(), b.file.Sync())
	}
	if err == nil {
		err = b.point.Save(b.seq, body, nil)
	}
	b.kept = b.seq
	if err != nil {
		b.warn(fmt.Errorf("the next start writes all receipts anew: %w", err))
	}
}
