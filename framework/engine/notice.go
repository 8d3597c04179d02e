package engine

import (
	"context"
	"sync"

	"github.com/openaisle/aisle/framework/event"
)

// Notice takes in a processor's word that nobody asked for. It returns once the
// word is durable, so that the processor may be told that it arrived; after an
// error it must be said again.
func (e *Engine) Notice(ctx context.Context, n event.Notice) error {
	written, forget := e.notices.expect(n)
	defer forget()
	if err := e.in.put(ctx, n.Device, n); err != nil {
		return err
	}
	select {
	case <-written:
		return nil
	case <-e.in.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notices are those that somebody waits for to become durable.
type notices struct {
	mu      sync.Mutex
	waiting map[notice]*await
}

// notice names a notice.
type notice struct{ device, id string }

// await is what those wait for who handed in the same notice.
type await struct {
	done chan struct{}
	by   int
}

func (w *notices) expect(n event.Notice) (written <-chan struct{}, forget func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := notice{n.Device, n.ID}
	a := w.waiting[name]
	if a == nil {
		a = &await{done: make(chan struct{})}
		w.waiting[name] = a
	}
	a.by++
	return a.done, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if a.by--; a.by == 0 && w.waiting[name] == a {
			delete(w.waiting, name)
		}
	}
}

// durable tells those who wait for a notice.
func (w *notices) durable(n event.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := notice{n.Device, n.ID}
	if a := w.waiting[name]; a != nil {
		delete(w.waiting, name)
		close(a.done)
	}
}
