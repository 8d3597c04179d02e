package classtest

import (
	"strings"
	"sync"
	"testing"
)

// logWriter writes a plugin's log to the test's, until the test has ended: a
// process may still write then, and testing panics at that.
type logWriter struct {
	t    testing.TB
	once sync.Once
	mu   sync.Mutex
	over bool
}

func (w *logWriter) Write(b []byte) (int, error) {
	w.once.Do(func() {
		w.t.Cleanup(func() {
			w.mu.Lock()
			w.over = true
			w.mu.Unlock()
		})
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}
