package clock

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func TestManual(t *testing.T) {
	c := NewManual(morning)
	var rang []string
	ring := func(s string) func() { return func() { rang = append(rang, s) } }
	c.AfterFunc(morning.Add(2*time.Second), ring("b"))
	stop := c.AfterFunc(morning.Add(time.Second), ring("no"))
	c.AfterFunc(morning.Add(2*time.Second), ring("c"))
	c.AfterFunc(morning.Add(time.Second), ring("a"))
	c.AfterFunc(morning, ring("now"))
	if !stop() || stop() {
		t.Error("a timer is stopped once")
	}
	c.Advance(morning.Add(-time.Hour))
	c.Advance(morning.Add(2*time.Second - 1))
	if want := []string{"now", "a"}; !slices.Equal(rang, want) {
		t.Errorf("rang %v", rang)
	}
	c.Advance(morning.Add(2 * time.Second))
	if want := []string{"now", "a", "b", "c"}; !slices.Equal(rang, want) {
		t.Errorf("rang %v", rang)
	}
	if _, ok := c.Next(); ok || !c.Now().Equal(morning.Add(2*time.Second)) {
		t.Errorf("it is %s, something left: %v", c.Now(), ok)
	}
}

func TestWall(t *testing.T) {
	done := make(chan struct{})
	Wall{}.AfterFunc(Wall{}.Now().Add(time.Millisecond), func() { close(done) })
	<-done
	past := false
	if stop := (Wall{}).AfterFunc(time.Now().Add(-time.Second), func() { past = true }); !past || stop() {
		t.Error("a time that has passed rings at once")
	}
	if stop := (Wall{}).AfterFunc(time.Now().Add(time.Hour), func() {}); !stop() {
		t.Error("a timer that has not rung can be stopped")
	}
}

// fakeWorld is the world's end of the protocol, played by a test.
type fakeWorld struct {
	t    *testing.T
	lis  net.Listener
	conn net.Conn
	in   *bufio.Scanner
}

func newWorld(t *testing.T) (*fakeWorld, string) {
	path := filepath.Join(t.TempDir(), "w.sock")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	w := &fakeWorld{t: t, lis: lis}
	t.Cleanup(func() {
		lis.Close()
		if w.conn != nil {
			w.conn.Close()
		}
	})
	return w, "unix:" + path
}

func (w *fakeWorld) accept() {
	w.t.Helper()
	conn, err := w.lis.Accept()
	if err != nil {
		w.t.Fatal(err)
	}
	w.conn, w.in = conn, bufio.NewScanner(conn)
	if got := w.read(); got["hello"] != "participant" || got["name"] != "host" {
		w.t.Fatalf("the first line is %v", got)
	}
}

func (w *fakeWorld) read() map[string]any {
	w.t.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	if !w.in.Scan() {
		w.t.Fatalf("the host says no more: %v", w.in.Err())
	}
	var m map[string]any
	if err := json.Unmarshal(w.in.Bytes(), &m); err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *fakeWorld) write(m map[string]any) {
	w.t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.conn.Write(append(b, '\n')); err != nil {
		w.t.Fatal(err)
	}
}

func (w *fakeWorld) advance(at time.Time) { w.write(map[string]any{"advance_us": at.UnixMicro()}) }

// started is a peer's clock that runs, and its world.
func started(t *testing.T) (*fakeWorld, *Peer, *Work) {
	w, address := newWorld(t)
	work := &Work{}
	p := NewPeer(address, work, nil)
	connected := make(chan error, 1)
	go func() { connected <- p.Connect(t.Context()) }()
	w.accept()
	w.write(map[string]any{"advance_us": morning.UnixMicro(), "start_us": morning.Add(-time.Hour).UnixMicro()})
	if err := <-connected; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w, p, work
}

func TestPeerTellsTheTime(t *testing.T) {
	w, p, _ := started(t)
	if !p.Now().Equal(morning) || !p.Started().Equal(morning.Add(-time.Hour)) {
		t.Errorf("it is %s since %s", p.Now(), p.Started())
	}
	rang := make(chan time.Time, 1)
	p.AfterFunc(morning.Add(time.Minute), func() { rang <- p.Now() })
	w.advance(morning.Add(time.Hour))
	if got := <-rang; !got.Equal(morning.Add(time.Hour)) {
		t.Errorf("it rang at %s", got)
	}
	select {
	case <-p.Finished():
		t.Error("the world has not finished")
	default:
	}
	w.write(map[string]any{"advance_us": morning.UnixMicro(), "done": true})
	<-p.Finished()
	if !p.Now().Equal(morning.Add(time.Hour)) {
		t.Error("the time went back")
	}
}

// A poll is answered once nothing is in hand, with the earliest wake and what
// is away.
func TestPollWaitsForQuiet(t *testing.T) {
	w, p, work := started(t)
	w.write(map[string]any{"poll": 1})
	if got := w.read(); got["poll"] != 1.0 || got["wake_us"] != nil || got["outstanding"] != nil {
		t.Errorf("waiting for nothing: %v", got)
	}
	work.Begin()
	work.Begin()
	w.write(map[string]any{"poll": 2})
	for n := range 20 { // a poll that does not wait is answered meanwhile
		heard := make(chan struct{})
		p.AfterFunc(morning.Add(time.Duration(n+1)*time.Millisecond), func() { close(heard) })
		w.advance(morning.Add(time.Duration(n+1) * time.Millisecond))
		<-heard
	}
	wake := morning.Add(time.Second + time.Nanosecond)
	p.AfterFunc(morning.Add(time.Hour), func() {})
	p.AfterFunc(wake, func() {})
	work.Leave()
	work.End()
	got := w.read()
	if want := float64(wake.UnixMicro() + 1); got["poll"] != 2.0 || got["wake_us"] != want || got["outstanding"] != 1.0 {
		t.Errorf("answer %v, want a wake at %v and one outstanding", got, want)
	}
}

// Only the newest of several polls is answered.
func TestNewerPollReplacesOlder(t *testing.T) {
	w, p, work := started(t)
	work.Begin()
	w.write(map[string]any{"poll": 1})
	w.write(map[string]any{"poll": 2})
	w.advance(morning.Add(time.Second)) // once this is heard, both polls are
	heard := make(chan struct{})
	p.AfterFunc(morning.Add(time.Second), func() { close(heard) })
	<-heard
	work.End()
	if got := w.read(); got["poll"] == 1.0 {
		got = w.read() // it was taken up before the second came
		if got["poll"] != 2.0 {
			t.Errorf("answer %v", got)
		}
	} else if got["poll"] != 2.0 {
		t.Errorf("answer %v", got)
	}
}

// What comes to wait for an earlier time than the peer was told, though nothing
// came of the peer, is said in a further answer to its last poll: it may be
// waiting for nothing, and would not ask again.
func TestEarlierWakeIsSaid(t *testing.T) {
	w, p, work := started(t)
	p.AfterFunc(morning.Add(time.Minute), func() {}) // before any poll: nobody asked
	w.write(map[string]any{"poll": 1})
	told := func(poll int, wake time.Duration) {
		t.Helper()
		got := w.read()
		if want := float64(morning.Add(wake).UnixMicro()); got["poll"] != float64(poll) || got["wake_us"] != want {
			t.Fatalf("answer %v, want poll %d and a wake after %s", got, poll, wake)
		}
	}
	told(1, time.Minute)
	p.AfterFunc(morning.Add(time.Hour), func() {}) // later than what is known: nothing is said
	p.AfterFunc(morning.Add(2*time.Second), func() {})
	told(1, 2*time.Second)
	work.Begin()
	p.AfterFunc(morning.Add(time.Second), func() {})
	p.AfterFunc(morning.Add(time.Second/2), func() {})
	work.End() // not before the host has dealt with what it has in hand
	told(1, time.Second/2)
	w.write(map[string]any{"poll": 2})
	told(2, time.Second/2)
}

// A peer that waits for nothing is told as well.
func TestFirstWakeIsSaid(t *testing.T) {
	w, p, _ := started(t)
	w.write(map[string]any{"poll": 1})
	if got := w.read(); got["poll"] != 1.0 || got["wake_us"] != nil {
		t.Fatalf("waiting for nothing: %v", got)
	}
	p.AfterFunc(morning.Add(2*time.Second), func() {})
	if got, want := w.read(), float64(morning.Add(2*time.Second).UnixMicro()); got["poll"] != 1.0 || got["wake_us"] != want {
		t.Errorf("answer %v, want a wake at %v", got, want)
	}
}

func TestPeerReconnects(t *testing.T) {
	w, p, _ := started(t)
	w.conn.Close()
	w.accept()
	w.advance(morning.Add(time.Minute))
	w.write(map[string]any{"poll": 7})
	if got := w.read(); got["poll"] != 7.0 {
		t.Errorf("answer %v", got)
	}
	if !p.Now().Equal(morning.Add(time.Minute)) {
		t.Errorf("it is %s", p.Now())
	}
	w.write(map[string]any{"error": map[string]any{"code": "invalid", "message": "go away"}})
	w.accept() // it tries again
	w.advance(morning.Add(time.Minute))
	w.write(map[string]any{"poll": 8})
	if got := w.read(); got["poll"] != 8.0 {
		t.Errorf("answer %v", got)
	}
}

func TestNoClockThere(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:1":                 "can't be a clock",
		"unix:" + t.TempDir() + "/none.sock": "call the clock",
	} {
		if err := NewPeer(address, &Work{}, nil).Connect(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	w, address := newWorld(t)
	connected := make(chan error, 1)
	go func() { connected <- NewPeer(address, &Work{}, nil).Connect(t.Context()) }()
	w.accept()
	w.write(map[string]any{"poll": 1})
	if err := <-connected; err == nil || !strings.Contains(err.Error(), "does not tell the time") {
		t.Error(err)
	}
}

func TestWork(t *testing.T) {
	w := &Work{}
	w.Begin()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Quiet(ctx); err == nil {
		t.Error("quiet with something in hand")
	}
	w.Leave()
	if away, err := w.Quiet(t.Context()); away != 1 || err != nil {
		t.Errorf("%d away, %v", away, err)
	}
	w.Back()
	w.End()
	defer func() {
		if recover() == nil {
			t.Error("work that was never begun was ended")
		}
	}()
	w.End()
}
