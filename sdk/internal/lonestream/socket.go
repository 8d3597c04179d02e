package lonestream

import (
	"net"
	"sync"
	"time"
)

// socket is a connection whose Write never waits: what the kernel does not take
// at once is written by a goroutine, in order.
type socket struct {
	net.Conn
	ready *ready // nil where there is none
	// look, where set, is told before a Read how to find out whether it would
	// wait. It is set by who reads.
	look func(something func() bool)

	mu      sync.Mutex
	left    []byte // in order, not written yet
	writing bool   // a goroutine writes
	failed  error
	writers sync.WaitGroup
}

const (
	// maxLeft bounds what waits for the socket.
	maxLeft = 256 << 10
	// writeWithin is how long the other end may take nothing of it.
	writeWithin = 30 * time.Second
)

func newSocket(c net.Conn) *socket { return &socket{Conn: c, ready: readyOf(c)} }

// Read waits.
func (s *socket) Read(b []byte) (int, error) {
	if s.look != nil && s.ready != nil {
		s.look(s.ready.something)
	}
	return s.Conn.Read(b)
}

// Write takes all of b.
func (s *socket) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	n := 0
	if len(s.left) == 0 && !s.writing && s.ready != nil {
		if n, s.failed = s.ready.write(b); s.failed != nil {
			return n, s.failed
		}
		if n == len(b) {
			return n, nil
		}
	}
	if len(s.left)+len(b)-n > maxLeft {
		s.failed = errOf("the other end takes nothing")
		_ = s.Conn.Close() // who reads hears of it
		return n, s.failed
	}
	s.left = append(s.left, b[n:]...)
	if !s.writing {
		s.writing = true
		s.writers.Go(s.writeOn)
	}
	return len(b), nil
}

// writeOn writes what is left until nothing is.
func (s *socket) writeOn() {
	var b []byte
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.left) > 0 && s.failed == nil {
		b, s.left = s.left, b[:0]
		s.mu.Unlock()
		err := s.Conn.SetWriteDeadline(time.Now().Add(writeWithin))
		if err == nil {
			_, err = s.Conn.Write(b)
		}
		s.mu.Lock()
		if err != nil {
			s.failed = err
			_ = s.Conn.Close() // who reads hears of it
		}
	}
	s.writing = false
}

// Close closes it and waits for what it started.
func (s *socket) Close() error {
	err := s.Conn.Close()
	s.writers.Wait()
	return err
}
