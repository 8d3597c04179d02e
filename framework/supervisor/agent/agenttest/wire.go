package agenttest

import (
	"context"
	"net"
	"sync"
)

// Wire is a TCP line between a host and its agent that can be cut: nothing of
// what is sent arrives, and neither end is told. What was sent before either end
// gave up arrives when it is mended, as out of a network's queues.
type Wire struct {
	lis  net.Listener
	to   string
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu    sync.Mutex
	whole chan struct{} // closed while the line is whole
}

// NewWire makes a line to an address, on a port of loopback. Close ends it.
func NewWire(to string) (*Wire, error) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Wire{lis: lis, to: to, whole: make(chan struct{})}
	close(w.whole)
	w.life, w.end = context.WithCancel(context.Background())
	w.work.Go(w.accept)
	return w, nil
}

// Address is where the near end calls.
func (w *Wire) Address() string { return w.lis.Addr().String() }

// Cut cuts the line.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.whole = make(chan struct{})
}

// Mend mends the line after Cut.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.whole)
}

// Close ends all connections and waits for that.
func (w *Wire) Close() error {
	w.end()
	err := w.lis.Close()
	w.work.Wait()
	return err
}

func (w *Wire) accept() {
	for {
		near, err := w.lis.Accept()
		if err != nil {
			return
		}
		w.work.Go(func() { w.carry(near) })
	}
}

// carry carries one connection. The near end's call is taken while the line is
// cut, too: a network that swallows everything looks like that.
func (w *Wire) carry(near net.Conn) {
	defer near.Close()
	if !w.pass() {
		return
	}
	var d net.Dialer
	far, err := d.DialContext(w.life, "tcp", w.to)
	if err != nil {
		return
	}
	defer far.Close()
	defer context.AfterFunc(w.life, func() { _, _ = near.Close(), far.Close() })()
	var both sync.WaitGroup
	both.Go(func() { w.copy(near, far) })
	both.Go(func() { w.copy(far, near) })
	both.Wait()
}

// copy carries one direction to its end, which ends the other.
func (w *Wire) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if !w.pass() {
			return
		}
		if _, wrote := to.Write(b[:n]); err != nil || wrote != nil {
			return
		}
	}
}

// pass waits until the line is whole, and reports whether it is before it ends.
func (w *Wire) pass() bool {
	w.mu.Lock()
	whole := w.whole
	w.mu.Unlock()
	select {
	case <-whole:
		return true
	case <-w.life.Done():
		return false
	}
}
