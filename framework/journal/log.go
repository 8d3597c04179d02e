package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// pollEvery is how often a reader of another process's journal looks for news.
const pollEvery = 50 * time.Millisecond

// log is the Journal over a backend.
type log struct {
	path     string
	id       ID
	store    string
	b        backend
	readOnly bool
	release  func() error // gives back the writer's lock

	writing sync.Mutex // held through each write, and by Close
	links   linker     // the writer's

	mu       sync.Mutex // guards what follows; never held during I/O
	head     tail
	lastSnap uint64
	failed   error
	closed   bool
	changed  chan struct{} // closed, and replaced, at each change of the above
}

func newLog(path string, id ID, store string, b backend) *log {
	return &log{
		path: path, id: id, store: store, b: b,
		release: func() error { return nil },
		changed: make(chan struct{}),
	}
}

func (l *log) ID() ID        { return l.id }
func (l *log) Store() string { return l.store }

func (l *log) Head() (uint64, [32]byte) {
	t := l.tail()
	return t.Seq, t.Hash
}

// tail is the published end of the chain. A reader of another process's journal looks it up first; if that
// fails it keeps the last one it knew, and the Read or Wait that follows reports why.
func (l *log) tail() tail {
	_ = l.look()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// look publishes what another process has written meanwhile.
func (l *log) look() error {
	if !l.readOnly {
		return nil
	}
	t, err := l.b.tail()
	if err == nil {
		l.publish(t, 0)
	}
	return err
}

func (l *log) Append(at []Draft) ([]Entry, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	t, err := l.writable()
	if err != nil {
		return nil, err
	}
	if len(at) == 0 {
		return nil, nil
	}
	if err := l.checkGroup(at); err != nil {
		return nil, err
	}
	es := make([]Entry, len(at))
	for i, d := range at {
		n, _ := nanos(d.At)
		t.Seq++
		t.Hash = l.links.entry(t.Hash, t.Seq, n, d.Body)
		es[i] = Entry{Seq: t.Seq, At: time.Unix(0, n).UTC(), Body: d.Body, Hash: t.Hash}
	}
	if err := l.b.append(es, t); err != nil {
		return nil, l.writeFailed("append", err)
	}
	l.publish(t, 0)
	return es, nil
}

func (l *log) Snapshot(seq uint64, state []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	t, err := l.writable()
	if err != nil {
		return err
	}
	if len(state) > MaxState {
		return l.errorf(ErrLimit, "snapshot at %d has %d bytes, at most %d are kept", seq, len(state), MaxState)
	}
	if seq == 0 || seq > t.Seq || seq <= l.lastSnap {
		return l.errorf(ErrSnapshot, "snapshot at %d does not lie past the last one at %d and within the head at %d",
			seq, l.lastSnap, t.Seq)
	}
	packed, err := pack(state)
	if err != nil {
		return fmt.Errorf("pack snapshot at %d: %w", seq, err)
	}
	t.Marks++
	m := mark{N: t.Marks, Seq: seq, After: t.Seq, Size: uint64(len(state)), Digest: sha256.Sum256(state)}
	m.Hash = markHash(sha256.New(), t.Hash, m)
	t.Hash = m.Hash
	if err := l.b.snapshot(m, packed, t); err != nil {
		return l.writeFailed("snapshot", err)
	}
	l.publish(t, seq)
	return nil
}

func (l *log) Wait(ctx context.Context, after uint64) error {
	for {
		lost := l.look()
		l.mu.Lock()
		changed, failed, closed, head := l.changed, l.failed, l.closed, l.head.Seq
		l.mu.Unlock()
		switch {
		case closed:
			return l.errorf(ErrClosed, "closed")
		case head > after:
			return nil
		case failed != nil:
			return failed
		case lost != nil:
			return l.readFailed(lost)
		}
		if err := l.pause(ctx, changed); err != nil {
			return err
		}
	}
}

// pause returns when there may be news.
func (l *log) pause(ctx context.Context, changed <-chan struct{}) error {
	var poll <-chan time.Time
	if l.readOnly {
		timer := time.NewTimer(pollEvery)
		defer timer.Stop()
		poll = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-poll:
	}
	return nil
}

func (l *log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.wake()
	l.mu.Unlock()

	l.writing.Lock()
	defer l.writing.Unlock()
	err := l.b.close()
	return errors.Join(err, l.release())
}

// writable returns the tail to build on, or why nothing can be written.
func (l *log) writable() (tail, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return tail{}, l.errorf(ErrClosed, "closed")
	case l.readOnly:
		return tail{}, l.errorf(ErrReadOnly, "open for reading only")
	}
	return l.head, l.failed
}

// readable returns why nothing can be read.
func (l *log) readable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.errorf(ErrClosed, "closed")
	}
	return nil
}

// writeFailed turns a backend's error into the caller's. Only a write that surely left nothing behind may
// be tried again.
func (l *log) writeFailed(deed string, err error) error {
	if errors.Is(err, ErrFull) {
		return l.errorf(ErrFull, "%s: no space left: %v", deed, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = fmt.Errorf("journal %s: %s: %w: %w", l.where(), deed, ErrFailed, err)
	l.wake()
	return l.failed
}

// publish makes t the head; snap is the seq of a new snapshot, or 0.
func (l *log) publish(t tail, snap uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t == l.head {
		return
	}
	l.head = t
	l.lastSnap = max(l.lastSnap, snap)
	l.wake()
}

// wake lets all waits look again. The caller holds mu.
func (l *log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// checkGroup applies the limits of a group before anything is written.
func (l *log) checkGroup(at []Draft) error {
	if len(at) > MaxGroup {
		return l.errorf(ErrLimit, "group has %d entries, at most %d are allowed", len(at), MaxGroup)
	}
	var total int
	for i, d := range at {
		if len(d.Body) > MaxBody {
			return l.errorf(ErrLimit, "body %d of the group has %d bytes, at most %d are allowed", i, len(d.Body), MaxBody)
		}
		if _, ok := nanos(d.At); !ok {
			return l.errorf(ErrLimit, "time %s of entry %d of the group cannot be kept", d.At, i)
		}
		total += len(d.Body)
	}
	if total > MaxGroupBytes {
		return l.errorf(ErrLimit, "group has %d bytes, at most %d are allowed", total, MaxGroupBytes)
	}
	if l.head.Seq > math.MaxInt64-uint64(len(at)) {
		return l.errorf(ErrLimit, "sequence numbers are used up")
	}
	return nil
}
