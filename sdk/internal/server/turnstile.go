package server

import (
	"context"
	"slices"
	"sync"
)

// turnstile lets one caller a name through at a time, in the order in which they
// came. Waiting ends with the context. The zero value is ready.
type turnstile struct {
	mu    sync.Mutex
	own   waiters // of the device's turn, which most calls wait for
	taken map[turn]*waiters
}

// waiters are who waits behind the holder of a turn.
type waiters struct {
	taken   bool
	waiting []chan struct{}
}

// of gives the waiters for a turn. The lock is held.
func (t *turnstile) of(name turn) *waiters {
	if name == (turn{}) {
		return &t.own
	}
	w := t.taken[name]
	if w == nil {
		if t.taken == nil {
			t.taken = map[turn]*waiters{}
		}
		w = &waiters{}
		t.taken[name] = w
	}
	return w
}

// turn is what calls wait for: that of the device, or that of a session.
type turn struct {
	beside  bool
	session string
}

// enter waits for the name. The caller leaves it.
func (t *turnstile) enter(ctx context.Context, name turn) error {
	t.mu.Lock()
	w := t.of(name)
	if !w.taken {
		w.taken = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	w.waiting = append(w.waiting, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	if i := slices.Index(w.waiting, mine); i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
		t.mu.Unlock()
		return ctx.Err()
	}
	t.mu.Unlock()
	t.leave(name) // its turn had come at the same moment
	return ctx.Err()
}

// leave lets the next in.
func (t *turnstile) leave(name turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.of(name)
	if len(w.waiting) == 0 {
		w.taken = false
		delete(t.taken, name)
		return
	}
	close(w.waiting[0])
	w.waiting[0] = nil
	w.waiting = w.waiting[1:]
}
