package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// world is a clock that a test moves. It speaks as much of the world's protocol
// as a participant hears, and waits for no answer unless it is asked to.
type world struct {
	t       testing.TB
	address string
	began   time.Time

	mu       sync.Mutex
	now      time.Time
	polls    uint64
	conns    []net.Conn
	answered chan answer
	wg       sync.WaitGroup
}

type answer struct {
	Hello string `json:"hello"`
	Name  string `json:"name"`
	Poll  uint64 `json:"poll"`
	Wake  *int64 `json:"wake_us"`
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "world") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	w := &world{t: t, address: "unix:" + path, began: began, now: began, answered: make(chan answer, 1<<16)}
	w.wg.Go(func() { w.accept(lis) })
	t.Cleanup(func() {
		_ = lis.Close()
		w.mu.Lock()
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.mu.Unlock()
		w.wg.Wait()
		_ = os.RemoveAll(dir)
	})
	return w
}

func (w *world) accept(lis net.Listener) {
	for {
		c, err := lis.Accept()
		if err != nil {
			return
		}
		w.wg.Go(func() { w.serve(c) })
	}
}

func (w *world) serve(c net.Conn) {
	in := json.NewDecoder(c)
	var hello answer
	if in.Decode(&hello) != nil || hello.Hello != "participant" || hello.Name == "" {
		_ = c.Close()
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, c)
	fmt.Fprintf(c, `{"advance_us":%d,"start_us":%d}`+"\n", w.now.UnixMicro(), w.began.UnixMicro())
	w.polls++
	fmt.Fprintf(c, `{"poll":%d}`+"\n", w.polls)
	w.mu.Unlock()
	for {
		var a answer
		if in.Decode(&a) != nil {
			return
		}
		w.answered <- a
	}
}

// reset puts the clock back for another case, and lets old players go.
func (w *world) reset(now time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns, w.now = nil, w.began.Add(now)
}

// advance moves the clock and polls all participants. A connection that is gone
// hears nothing.
func (w *world) advance(to time.Duration) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.began.Add(to)
	w.polls++
	for _, c := range w.conns {
		fmt.Fprintf(c, `{"advance_us":%d}`+"\n"+`{"poll":%d}`+"\n", w.now.UnixMicro(), w.polls)
	}
	return w.polls
}

func (w *world) at() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now.Sub(w.began)
}

// runAll is a world of n participants: it moves to the earliest wake until
// nobody has one, and gives the number of steps.
func (w *world) runAll(n int) int {
	w.t.Helper()
	w.await(n)
	limit := time.After(2 * time.Minute)
	poll := w.advance(0)
	for steps := 0; ; steps++ {
		var next *int64
		for got := 0; got < n; {
			select {
			case a := <-w.answered:
				if a.Poll != poll {
					continue
				}
				got++
				if a.Wake != nil && (next == nil || *a.Wake < *next) {
					next = a.Wake
				}
			case <-limit:
				w.t.Fatal("no answer to a poll")
			}
		}
		if next == nil {
			return steps
		}
		to := time.UnixMicro(*next).Sub(w.began)
		if to < w.at() {
			w.t.Fatalf("a wake at %v when it is %v", to, w.at())
		}
		poll = w.advance(to)
	}
}

// await waits until n participants have joined.
func (w *world) await(n int) {
	w.t.Helper()
	limit := time.After(2 * time.Minute)
	for w.joined() < n {
		select {
		case <-limit:
			w.t.Fatal("not all have joined")
		case <-time.After(time.Millisecond):
		}
	}
}

func (w *world) joined() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns)
}
