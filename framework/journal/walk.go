package journal

import (
	"crypto/sha256"
	"hash"
)

// A walker goes along the chain link by link and hands out only what follows from the links before.
type walker struct {
	l     *log
	h     hash.Hash
	links linker
	prev  [32]byte // hash of the last link passed
	next  uint64   // entry that must come next
}

// walk begins before entry from. The links before are taken as given.
func (l *log) walk(from uint64) (*walker, error) {
	w := &walker{l: l, h: sha256.New(), next: from}
	if from == 1 {
		w.prev = genesis(l.id, l.store)
		return w, nil
	}
	es, err := l.b.entries(from-1, 1, MaxReadBytes)
	if err != nil {
		return nil, err
	}
	if len(es) == 0 || es[0].Seq != from-1 {
		return nil, l.damage(from-1, "the entry is missing")
	}
	w.prev = es[0].Hash
	return w, nil
}

// step passes at most limit entries and the marks between them.
func (w *walker) step(limit int) ([]Entry, error) {
	es, err := w.l.b.entries(w.next, limit, MaxReadBytes)
	if err != nil {
		return nil, err
	}
	if len(es) == 0 {
		return nil, w.l.damage(w.next, "the entry is missing")
	}
	ms, err := w.l.b.marks(w.next-1, w.next+uint64(len(es))-2)
	if err != nil {
		return nil, err
	}
	for _, e := range es {
		if e.Seq != w.next {
			return nil, w.l.damage(w.next, "the entry is missing")
		}
		if ms, err = w.passMarks(ms); err != nil {
			return nil, err
		}
		at, ok := nanos(e.At)
		if hash := w.links.entry(w.prev, e.Seq, at, e.Body); !ok || hash != e.Hash {
			return nil, w.l.damage(e.Seq, "its hash does not follow from it and the links before")
		}
		w.prev = e.Hash
		w.next++
	}
	if len(ms) > 0 {
		return nil, w.l.damage(ms[0].Seq, "the snapshot is out of order")
	}
	return es, nil
}

// finish passes the marks behind the last entry, up to mark number marks.
func (w *walker) finish(marks uint64) error {
	ms, err := w.l.b.marks(w.next-1, w.next-1)
	if err != nil {
		return err
	}
	for len(ms) > 0 && ms[len(ms)-1].N > marks { // taken after the walk began
		ms = ms[:len(ms)-1]
	}
	_, err = w.passMarks(ms)
	return err
}

// passMarks passes those marks that lie right before the next entry, and returns the others.
func (w *walker) passMarks(ms []mark) ([]mark, error) {
	for len(ms) > 0 && ms[0].After == w.next-1 {
		m := ms[0]
		if m.Seq == 0 || m.Seq > m.After || markHash(w.h, w.prev, m) != m.Hash {
			return nil, w.l.damage(m.Seq, "the snapshot's hash does not follow from it and the links before")
		}
		w.prev = m.Hash
		ms = ms[1:]
	}
	return ms, nil
}

// atHead says whether the walk, having passed everything, has arrived at t.
func (w *walker) atHead(t tail) error {
	if w.prev != t.Hash {
		return w.l.damage(t.Seq, "its head does not follow from the last link")
	}
	return nil
}

func (l *log) damage(seq uint64, reason string) error {
	return &DamageError{Path: l.path, Seq: seq, Reason: reason}
}
