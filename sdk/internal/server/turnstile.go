package server

import (
	"context"
	"sync"
)

// turnstile lets one caller a name through at a time. Waiting ends with the
// context. The zero value is ready.
type turnstile struct {
	mu    sync.Mutex
	taken map[turn]chan struct{} // closed when the holder leaves
}

// turn is what calls wait for: that of the device, or that of a session.
type turn struct {
	beside  bool
	session string
}

// enter waits for the name and gives the function that leaves it.
func (t *turnstile) enter(ctx context.Context, name turn) (leave func(), err error) {
	for {
		t.mu.Lock()
		holder, busy := t.taken[name]
		if !busy {
			mine := make(chan struct{})
			if t.taken == nil {
				t.taken = map[turn]chan struct{}{}
			}
			t.taken[name] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.taken, name)
				t.mu.Unlock()
				close(mine)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-holder:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
