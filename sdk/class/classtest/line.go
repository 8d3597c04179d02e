package classtest

import (
	"context"
	"sync"
)

// Line is the reporting half of a fake: it takes reports from a test and gives
// them to the device's Run. What is reported between open and Run is kept, as a
// device's own buffer would. The zero value is ready.
type Line[E any] struct {
	mu     sync.Mutex
	report func(E)
	kept   []E
	lose   chan error
}

// Open forgets what an older opening left, and keeps the levels that Run is to
// restate when it begins.
func (l *Line[E]) Open(levels ...E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept, l.lose = levels, make(chan error, 1)
}

// Run is a device's Run.
func (l *Line[E]) Run(ctx context.Context, report func(E)) error {
	l.mu.Lock()
	l.report = report
	for _, e := range l.kept {
		report(e)
	}
	l.kept = nil
	lose := l.lose
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.report = nil
		l.mu.Unlock()
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-lose:
		if err == nil {
			panic("the fake was told to panic")
		}
		return err
	}
}

// Report reports, now or when Run begins.
func (l *Line[E]) Report(e E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.report == nil {
		l.kept = append(l.kept, e)
		return
	}
	l.report(e)
}

// Lose ends Run with an error, as when a cable is pulled.
func (l *Line[E]) Lose(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.lose <- err:
	default: // it is lost already
	}
}

// Panic makes Run panic.
func (l *Line[E]) Panic() { l.Lose(nil) }
