package crash

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// history is what was written to a journal that nothing happened to.
type history struct {
	options journal.Options
	hashes  [][32]byte // of each record, in the chain
	folded  [][32]byte // the state after each record
}

// need is what must be found after a power cut, and what may.
type need struct {
	acked, begun   uint64 // newest record acknowledged, and tried
	asked          uint64 // newest record of which asks were sent
	snapped, snaps uint64 // newest snapshot acknowledged, and tried
}

// mark takes a mark in.
func (n *need) mark(data []byte) {
	if len(data) != 9 {
		return
	}
	seq := binary.BigEndian.Uint64(data[1:])
	switch data[0] {
	case markBegins:
		n.begun = max(n.begun, seq)
	case markAcked:
		n.acked = max(n.acked, seq)
	case markAsked:
		n.asked = max(n.asked, seq)
	case markSnaps:
		n.snaps = max(n.snaps, seq)
	case markSnapped:
		n.snapped = max(n.snapped, seq)
	}
}

// outcome is what became of an image.
type outcome struct {
	violation string
	refused   string // it was damaged, and that was said
	cut       bool   // records at the end are missing, and nothing inside
	head      uint64
}

// look opens what dir holds and looks whether it is a prefix of the history that has all that it needs. Rotten says
// that what was durable may be damaged.
func (h *history) look(dir string, n need, rotten, goOn bool) (o outcome) {
	bad := func(format string, args ...any) outcome {
		o.violation = fmt.Sprintf(format, args...)
		return o
	}
	opts := h.options
	j, err := journal.Open(filepath.Join(dir, file), &opts)
	if err != nil {
		o.refused = err.Error()
		if !rotten {
			return bad("the journal does not open: %v", err)
		}
		return o
	}
	defer func() {
		if err := j.Close(); err != nil && o.violation == "" && o.refused == "" {
			o.violation = fmt.Sprintf("the journal does not close: %v", err)
		}
	}()
	seq, _ := j.Head()
	o.head = seq
	var strange error
	_, err = j.Verify(context.Background(), func(e journal.Entry) error {
		if e.Seq > uint64(len(h.hashes)) || e.Hash != h.hashes[e.Seq-1] {
			strange = fmt.Errorf("record %d is not the one that was written", e.Seq)
		}
		return strange
	}, func(seq uint64, state []byte) error {
		if sha256.Sum256(state) != h.folded[seq-1] {
			strange = fmt.Errorf("the snapshot at %d is not the one that was taken", seq)
		}
		return strange
	})
	switch {
	case strange != nil:
		return bad("%v", strange)
	case err != nil && rotten:
		o.refused = err.Error()
		return o
	case err != nil:
		return bad("the journal does not verify: %v", err)
	case seq < n.acked && rotten:
		o.cut = true
	case seq < n.acked:
		return bad("record %d was acknowledged, the journal ends at %d", n.acked, seq)
	case seq < n.asked:
		return bad("what record %d asks for was sent, the journal ends at %d", n.asked, seq)
	case seq > n.acked && seq != n.begun:
		return bad("the journal ends at %d, in the middle of an append from %d to %d", seq, n.acked, n.begun)
	}
	if why := h.state(j, seq, n, rotten); why != "" {
		return bad("%s", why)
	}
	if goOn {
		if es, err := j.Append([]journal.Draft{{At: morning, Body: []byte(`{"input":{"kind":"time","value":{}},"facts":[]}`)}}); err != nil || len(es) != 1 || es[0].Seq != seq+1 {
			return bad("the journal does not go on: %v", err)
		}
	}
	return o
}

// state recovers the state as a host does, and says what is wrong with it.
func (h *history) state(j journal.Reader, head uint64, n need, rotten bool) string {
	r, err := engine.Rebuild(j)
	switch {
	case err != nil:
		return fmt.Sprintf("the state can't be rebuilt: %v", err)
	case r.Head != head:
		return fmt.Sprintf("the state is rebuilt up to %d, the journal ends at %d", r.Head, head)
	case r.Passed != nil:
		return fmt.Sprintf("the snapshot at %d can't be read: %v", r.Snapshot, r.Passed)
	case r.Snapshot < n.snapped && !rotten:
		return fmt.Sprintf("the snapshot at %d was acknowledged, the newest is at %d", n.snapped, r.Snapshot)
	case r.Snapshot > n.snaps:
		return fmt.Sprintf("there is a snapshot at %d, none was taken past %d", r.Snapshot, n.snaps)
	}
	b, err := r.State.Encode()
	if err != nil {
		return err.Error()
	}
	want := blank
	if head > 0 {
		want = h.folded[head-1]
	}
	if sha256.Sum256(b) != want {
		return fmt.Sprintf("the state at %d is not the one that was", head)
	}
	return ""
}

// blank is the state of a store that knows nothing.
var blank = func() [32]byte {
	b, err := core.New().Encode()
	if err != nil {
		panic(err)
	}
	return sha256.Sum256(b)
}()

// historyOf reads what a sound journal holds.
func historyOf(dir string, opts journal.Options) (h *history, err error) {
	h = &history{options: opts}
	j, err := journal.Open(filepath.Join(dir, file), &opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return h, h.read(j)
}

// read folds a journal from its first record on.
func (h *history) read(j journal.Reader) error {
	s := core.New()
	_, err := j.Verify(context.Background(), func(e journal.Entry) error {
		rec, err := event.DecodeRecord(e.Body)
		if err != nil {
			return err
		}
		for _, f := range rec.Facts {
			s.Apply(f)
		}
		b, err := s.Encode()
		if err != nil {
			return err
		}
		h.hashes, h.folded = append(h.hashes, e.Hash), append(h.folded, sha256.Sum256(b))
		return nil
	}, nil)
	return err
}
