package clock

import (
	"context"
	"sync"
)

// Work counts what the host has in hand and what it waits for elsewhere. An
// instant is dealt with when nothing is in hand; a clock may then move on even
// though something is still away, for only time may bring it back.
//
// The zero Work is ready. All methods may be called from any goroutine.
type Work struct {
	mu      sync.Mutex
	busy    int
	away    int
	changed chan struct{}
}

// Begin takes one more thing in hand.
func (w *Work) Begin() { w.add(1, 0) }

// End is done with one thing.
func (w *Work) End() { w.add(-1, 0) }

// Leave hands one thing that was in hand to somebody outside.
func (w *Work) Leave() { w.add(-1, 1) }

// Back takes in hand one thing that was away.
func (w *Work) Back() { w.add(1, -1) }

func (w *Work) add(busy, away int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy += busy
	w.away += away
	if w.busy < 0 || w.away < 0 {
		panic("clock: work was ended that was never begun")
	}
	if w.busy == 0 && w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// Now returns how much is in hand and how much is away.
func (w *Work) Now() (busy, away int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy, w.away
}

// Quiet waits until nothing is in hand, and returns how much is away then.
func (w *Work) Quiet(ctx context.Context) (away int, err error) {
	for {
		w.mu.Lock()
		if w.busy == 0 {
			defer w.mu.Unlock()
			return w.away, nil
		}
		if w.changed == nil {
			w.changed = make(chan struct{})
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
