package relay

import (
	"context"
	"sync"
	"time"
)

// pace spreads events: burst at once, and then rate a second (the virtual
// scheduling algorithm of ITU-T I.371).
type pace struct {
	every time.Duration
	burst time.Duration // how far ahead of its time an event may be

	mu   sync.Mutex
	next time.Time // when the next event is due
}

func newPace(rate, burst int) *pace {
	every := time.Second / time.Duration(rate)
	return &pace{every: every, burst: every * time.Duration(burst-1)}
}

// due books an event and returns how long it has to wait.
func (p *pace) due(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.After(p.next) {
		p.next = now
	}
	wait := p.next.Add(-p.burst).Sub(now)
	p.next = p.next.Add(p.every)
	return max(0, wait)
}

// wait waits for its turn, and reports whether it came before ctx ended.
func (p *pace) wait(ctx context.Context) bool {
	return pause(ctx, p.due(time.Now()))
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
