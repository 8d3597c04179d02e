package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"sync"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// ReceiptLine is a line of receipts.jsonl: the last version of one receipt.
type ReceiptLine struct {
	Session    string      `json:"session"`
	Credential string      `json:"credential"`
	Lines      []GoodsLine `json:"lines"`
	// Pending are in doubt and not charged; Dropped were, and ended in the
	// shopper's favour.
	Pending    []GoodsLine        `json:"pending"`
	Dropped    []GoodsLine        `json:"dropped,omitempty"`
	TotalMinor int64              `json:"total_minor"`
	State      event.PaymentState `json:"state"`
	// House is the class of the store's own accounts that it is posted to; empty
	// where a processor is asked.
	House string `json:"house,omitempty"`
}

// GoodsLine is units of a product; AmountMinor is theirs together.
type GoodsLine struct {
	GTIN        gs1.GTIN `json:"gtin,omitempty"`
	Qty         int      `json:"qty"`
	AmountMinor int64    `json:"amount_minor"`
	// MassMg is what was paid of weighed goods, in milligrams, and UnitMinor what a
	// kilogram of them cost.
	MassMg    int64  `json:"mass_mg,omitempty"`
	UnitMinor int64  `json:"unit_minor,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

func receiptLine(r *event.Receipt) ReceiptLine {
	l := ReceiptLine{
		Session: r.Session, Credential: r.Credential, Lines: []GoodsLine{}, Pending: pendingLines(r.Pending),
		Dropped: pendingLines(r.Dropped), TotalMinor: r.Total.Minor, State: r.Payment, House: r.House,
	}
	for _, s := range r.Lines {
		g := GoodsLine{GTIN: s.GTIN, Qty: s.Quantity, AmountMinor: s.Amount.Minor}
		if s.Mass > 0 {
			g.MassMg, g.UnitMinor = int64(s.Mass/measure.Milligram), s.Unit.Minor
		}
		l.Lines = append(l.Lines, g)
	}
	return l
}

func pendingLines(ps []event.PendingLine) []GoodsLine {
	out := []GoodsLine{}
	for _, p := range ps {
		out = append(out, GoodsLine{GTIN: p.GTIN, Qty: p.Quantity, Reason: p.Reason})
	}
	return out
}

// book follows the journal and keeps receipts.jsonl: one line a receipt, the
// last version, and another for each version since its session was closed. A
// start cuts it where it was last kept, for a host that was killed may have left
// half a line or none, or writes it anew where it was not, and adds to it from then
// on. It also counts what a summary says.
type book struct {
	journal journal.Reader
	path    string

	mu      sync.Mutex // guards what a caller reads while follow runs
	seq     uint64
	moved   chan struct{} // closed, and replaced, when seq moves
	err     error
	sum     Summary
	changes changes

	// The rest belongs to follow, and to whoever comes after it.
	out  *bufio.Writer
	file *os.File
	open map[string]*event.Receipt // of sessions that are not closed; nil before the first version
	live []string                  // those sessions, in order of opening
	// point is where it is kept, nil for nowhere; kept is up to which record.
	point   *checkpoint.Reader
	kept    uint64
	warn    func(error)
	renamed bool      // the file has its name
	offset  int64     // how much is written, and
	written hash.Hash // of what
}

// newBook makes the book of a data folder, which goes on where it is kept. It
// starts nothing.
func newBook(j journal.Reader, data string, point *checkpoint.Reader, warn func(error)) (*book, error) {
	b := &book{journal: j, path: filepath.Join(data, ReceiptsFile), moved: make(chan struct{}), open: map[string]*event.Receipt{},
		point: point, warn: warn, written: sha256.New()}
	if point != nil {
		switch ok, why := b.goOn(); {
		case ok:
			return b, nil
		case why != nil:
			warn(fmt.Errorf("all receipts are written anew: %w", why))
		}
	}
	f, err := os.Create(b.path + ".new")
	if err != nil {
		return nil, fmt.Errorf("write the receipts: %w", err)
	}
	b.file, b.out = f, bufio.NewWriter(f)
	return b, nil
}

// follow writes what the journal holds and what comes, until ctx ends.
func (b *book) follow(ctx context.Context) error {
	head, _ := b.journal.Head()
	err := b.fold(b.seq+1, head)
	if err == nil {
		err = b.out.Flush()
	}
	if err == nil && !b.renamed {
		err = os.Rename(b.path+".new", b.path)
		b.renamed = err == nil
	}
	for err == nil {
		b.keep(bookEvery)
		if err = b.journal.Wait(ctx, b.seq); err == nil {
			head, _ = b.journal.Head()
			err = errors.Join(b.fold(b.seq+1, head), b.out.Flush())
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	err = fmt.Errorf("write the receipts: %w", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	b.tell()
	return err
}

// tell lets those who wait look again. The caller holds mu.
func (b *book) tell() {
	close(b.moved)
	b.moved = make(chan struct{})
}

// fold takes in the records up to head.
func (b *book) fold(from, head uint64) error {
	for from <= head {
		es, err := b.journal.Read(from, 0)
		if err != nil {
			return err
		}
		for _, e := range es {
			r, err := engine.Record(e)
			if err != nil {
				return err
			}
			if err := b.record(r); err != nil {
				return err
			}
		}
		if len(es) > 0 {
			from = es[len(es)-1].Seq + 1
		}
		b.mu.Lock()
		b.seq = from - 1
		b.tell()
		b.mu.Unlock()
	}
	return nil
}

func (b *book) record(r event.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range r.Facts {
		switch f := f.(type) {
		case event.SessionOpened:
			b.open[f.Session] = nil
			b.live = append(b.live, f.Session)
			if !f.Staff {
				b.sum.Sessions++
			}
		case event.ReceiptIssued:
			receipt := f.Receipt
			if f.After { // it changed once the session was closed: the last line counts
				if err := b.write(&receipt); err != nil {
					return err
				}
				break
			}
			b.open[receipt.Session] = &receipt
		case event.PaymentMoved:
			b.paid(f)
		case event.SessionClosed:
			if err := b.closed(f.Session); err != nil {
				return err
			}
		default:
		}
		b.changes.fact(r, f)
	}
	return nil
}

func (b *book) paid(f event.PaymentMoved) {
	switch f.State {
	case event.PaymentCaptured:
		if f.Captured != nil {
			b.sum.CapturedMinor += f.Captured.Minor
		}
	case event.PaymentVoided:
		if f.Hold <= 1 {
			b.sum.Voided++
		}
	case event.PaymentFailed:
		b.sum.Failed++
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCapturing, event.PaymentVoiding,
		event.PaymentIncreasing, event.PaymentExpired, event.PaymentHouse:
	}
}

// closed writes the last version of a session's receipt.
func (b *book) closed(session string) error {
	r := b.open[session]
	delete(b.open, session)
	for i, id := range b.live {
		if id == session {
			b.live = append(b.live[:i], b.live[i+1:]...)
			break
		}
	}
	if r == nil {
		return nil
	}
	b.sum.Receipts++
	if len(r.Pending)+len(r.Dropped) > 0 {
		b.sum.InReview++
	}
	return b.write(r)
}

func (b *book) write(r *event.Receipt) error {
	line, err := json.Marshal(receiptLine(r))
	if err != nil {
		return err
	}
	line = append(line, '\n')
	b.offset += int64(len(line))
	b.written.Write(line) // never fails: hash.Hash
	_, err = b.out.Write(line)
	return err
}

// wait waits until record seq is taken in.
func (b *book) wait(ctx context.Context, seq uint64) error {
	for {
		b.mu.Lock()
		moved, at, err := b.moved, b.seq, b.err
		b.mu.Unlock()
		if err != nil || at >= seq {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("the receipts are written up to record %d of %d: %w", at, seq, ctx.Err())
		}
	}
}

// summary counts also what is not closed.
func (b *book) summary() Summary {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := b.sum
	sum.Open = len(b.live)
	for _, id := range b.live {
		if r := b.open[id]; r != nil {
			sum.Receipts++
			if len(r.Pending)+len(r.Dropped) > 0 {
				sum.InReview++
			}
		}
	}
	sum.Changes = b.changes.list()
	return sum
}

// close writes the receipts of sessions that are not closed as they stand, behind
// where it is kept: the next start writes them anew. It is called after follow has
// ended.
func (b *book) close() error {
	b.keep(1)
	var err error
	for _, id := range b.live {
		if r := b.open[id]; r != nil {
			err = errors.Join(err, b.write(r))
		}
	}
	return errors.Join(err, b.out.Flush(), b.file.Close())
}

// discard ends a book that never began. The old file stays.
func (b *book) discard() error {
	if b.renamed {
		return b.file.Close()
	}
	return errors.Join(b.file.Close(), os.Remove(b.path+".new"))
}
