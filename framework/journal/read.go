package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

func (l *log) Read(from uint64, limit int) ([]Entry, error) {
	if err := l.readable(); err != nil {
		return nil, err
	}
	t := l.tail()
	from = max(from, 1)
	if from > t.Seq {
		return nil, nil
	}
	if limit <= 0 || limit > MaxRead {
		limit = MaxRead
	}
	limit = int(min(uint64(limit), t.Seq-from+1))
	w, err := l.walk(from)
	if err != nil {
		return nil, l.readFailed(err)
	}
	es, err := w.step(limit)
	if err != nil {
		return nil, l.readFailed(err)
	}
	return es, nil
}

func (l *log) LatestSnapshot() (uint64, []byte, bool, error) {
	if err := l.readable(); err != nil {
		return 0, nil, false, err
	}
	t := l.tail()
	ms, err := l.b.lastMarks(t.Marks, KeptSnapshots)
	if err != nil {
		return 0, nil, false, l.readFailed(err)
	}
	for _, m := range ms {
		state, err := l.stateOf(m)
		if err == nil {
			err = l.linked(m, t)
		}
		switch {
		case errors.Is(err, ErrDamaged):
			continue
		case err != nil:
			return 0, nil, false, l.readFailed(err)
		}
		return m.Seq, state, true, nil
	}
	return 0, nil, false, nil
}

// stateOf reads the state of m and checks that it is the one that m was taken of.
func (l *log) stateOf(m mark) ([]byte, error) {
	packed, ok, err := l.b.state(m.N)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, l.damage(m.Seq, "the state of the snapshot is missing")
	}
	state, err := unpack(packed, m.Size)
	if err != nil {
		return nil, &DamageError{Path: l.path, Seq: m.Seq, Reason: "the state of the snapshot cannot be read", Err: err}
	}
	if sha256.Sum256(state) != m.Digest {
		return nil, l.damage(m.Seq, "the state is not the one that the snapshot was taken of")
	}
	return state, nil
}

// linked checks that m is a link of the chain: it follows from the entry before, and the entry after, or the
// head, follows from it.
func (l *log) linked(m mark, t tail) error {
	if m.After > t.Seq {
		return l.damage(m.Seq, "the snapshot lies past the head")
	}
	w, err := l.walk(m.After + 1)
	if err != nil {
		return err
	}
	if m.After < t.Seq {
		_, err = w.step(1)
		return err
	}
	if err := w.finish(t.Marks); err != nil {
		return err
	}
	return w.atHead(t)
}

// readFailed names the deed, and tells a journal that was closed meanwhile from one that cannot be read.
func (l *log) readFailed(err error) error {
	if errors.Is(err, ErrDamaged) {
		return err
	}
	if closed := l.readable(); closed != nil {
		return closed
	}
	return fmt.Errorf("read journal %s: %w", l.where(), err)
}
