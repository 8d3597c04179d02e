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
	taken map[turn][]chan struct{} // who waits behind the holder
}

// turn is what calls wait for: that of the device, or that of a session.
type turn struct {
	beside  bool
	session string
}

// enter waits for the name. The caller leaves it.
func (t *turnstile) enter(ctx context.Context, name turn) error {
	t.mu.Lock()
	waiting, busy := t.taken[name]
	if !busy {
		if t.taken == nil {
			t.taken = map[turn][]chan struct{}{}
		}
		t.taken[name] = nil
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.taken[name] = append(waiting, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	waiting = t.taken[name]
	if i := slices.Index(waiting, mine); i >= 0 {
		t.taken[name] = slices.Delete(waiting, i, i+1)
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
	waiting := t.taken[name]
	if len(waiting) == 0 {
		delete(t.taken, name)
		return
	}
	close(waiting[0])
	waiting[0] = nil
	t.taken[name] = waiting[1:]
}
