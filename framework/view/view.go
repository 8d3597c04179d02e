package view

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/sdk/gs1"
)

// batch is how many entries are folded between two snapshots at most.
const batch = 1024

// View follows a journal. Its methods may be called from any goroutine.
type View struct {
	reader journal.Reader
	now    atomic.Pointer[Snapshot]

	mu    sync.Mutex // guards the rest
	model *Model
	subs  map[*Subscription]struct{}
	err   error // why Run ended
	kept  uint64

	point *checkpoint.Reader // nil: it is kept nowhere
	warn  func(error)
}

// New returns the view of a journal, as yet empty. It starts nothing: see Run.
func New(r journal.Reader) *View {
	v := &View{reader: r, model: NewModel(), subs: map[*Subscription]struct{}{}}
	v.now.Store(v.model.Snapshot())
	return v
}

// Run folds what the journal holds and what comes, until ctx ends; it is called
// once. It returns nil when ctx ended, or why the journal can't be followed: the
// view then stays as it is and Err tells.
func (v *View) Run(ctx context.Context) error {
	err := v.follow(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	v.mu.Lock()
	v.err = err
	v.mu.Unlock()
	v.tell()
	return err
}

// Err is why Run ended, nil while it runs or where it was told to end.
func (v *View) Err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

func decode(e journal.Entry) (event.Record, error) {
	r, err := event.DecodeRecord(e.Body)
	if err != nil {
		return event.Record{}, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	r.Seq, r.At = e.Seq, e.At
	return r, nil
}

func (v *View) fold(records []event.Record) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range records {
		v.model.Apply(r)
	}
	if v.model.past.err == nil { // or it is wrong: see sound
		v.now.Store(v.model.Snapshot())
	}
}

// Snapshot returns the newest snapshot; never nil.
func (v *View) Snapshot() *Snapshot { return v.now.Load() }

// Journal names the journal that is followed, so that a reader notices another
// one behind the same address.
func (v *View) Journal() journal.ID { return v.reader.ID() }

// Receipt returns a receipt with all its versions; ok is false where there is
// none of that id. An old one is read from the journal.
func (v *View) Receipt(id string) (r *Receipt, ok bool, err error) {
	v.mu.Lock()
	r, at := v.model.find(id)
	v.mu.Unlock()
	if r != nil {
		return &Receipt{ID: r.ID, Number: r.Number, Versions: Reasoned(r.Versions)}, true, nil
	}
	if len(at.Seqs) == 0 {
		return nil, false, nil
	}
	if r, err = v.read(id, at); err != nil {
		return nil, false, err
	}
	r.Versions = Reasoned(r.Versions)
	return r, true, nil
}

// read reads an old receipt from the journal.
func (v *View) read(id string, at place) (*Receipt, error) {
	r := &Receipt{ID: id, Number: at.Number}
	for _, seq := range at.Seqs {
		record, err := v.record(seq)
		if err != nil {
			return nil, fmt.Errorf("read receipt: %w", err)
		}
		for _, f := range record.Facts {
			if f, ok := f.(event.ReceiptIssued); ok && f.Receipt.ID == id {
				r.Versions = append(r.Versions, Version{Seq: seq, At: record.At, Receipt: f.Receipt})
			}
		}
	}
	return r, nil
}

// Explain says why a receipt says what it says; ok is false where there is none
// of that id. What an old one rests on is read from the journal.
func (v *View) Explain(id string) (x Explained, ok bool, err error) {
	v.mu.Lock()
	r, at := v.model.find(id)
	if r != nil {
		defer v.mu.Unlock()
		return explain(r.Versions, v.model.after.stories.of[r.Latest().Receipt.Session], v.model.title), true, nil
	}
	v.mu.Unlock()
	if len(at.Seqs) == 0 {
		return x, false, nil
	}
	if r, err = v.read(id, at); err != nil {
		return x, false, err
	}
	told, err := v.reread(r.Latest().Receipt.Session, at)
	if err != nil {
		return x, false, err
	}
	return explain(r.Versions, told, v.Title), true, nil
}

// maxReread is how many records of the journal are read again at most for what
// an old receipt rests on: those of a day.
const maxReread = 1 << 20

// reread gathers the story of an old visit: from the record that opened it to
// that of its newest receipt.
func (v *View) reread(session string, at place) (*story, error) {
	last := at.Seqs[len(at.Seqs)-1]
	if at.Opened == 0 || last-at.Opened >= maxReread {
		return nil, nil
	}
	s := newStories()
	for seq := at.Opened; seq <= last; {
		entries, err := v.reader.Read(seq, int(min(batch, last-seq+1)))
		if err != nil {
			return nil, fmt.Errorf("read what a receipt rests on: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			record, err := decode(e)
			if err != nil {
				return nil, fmt.Errorf("read what a receipt rests on: %w", err)
			}
			s.fold(record, v.Title)
		}
		seq = entries[len(entries)-1].Seq + 1
	}
	return s.of[session], nil
}

// Title is what a product is called in the definition in force, or its GTIN.
func (v *View) Title(g gs1.GTIN) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.model.title(g)
}
