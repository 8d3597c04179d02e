package image

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestTogether has many load one file at once that nobody changed lately: it is
// copied and hashed once.
func TestTogether(t *testing.T) {
	const path = "/bin/sh" // was not written in these seconds
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if st, err := look(f, MaxSize); err != nil || !st.settled {
		t.Fatalf("%s was written just now, or can't be looked at: %v", path, err)
	}
	c := NewCache()
	defer c.Close()
	var copies atomic.Int32
	c.copyOf = func(f *os.File, limit int64) (*Image, state, error) {
		copies.Add(1)
		for range 1000 { // the others come meanwhile
			runtime.Gosched()
		}
		return copyOf(f, limit)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			i, err := c.Load(path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			i.Close()
		})
	}
	all.Wait()
	if n := copies.Load(); n != 1 {
		t.Errorf("it was copied %d times", n)
	}
	if len(c.copying) != 0 {
		t.Errorf("%d are still being copied", len(c.copying))
	}
}
