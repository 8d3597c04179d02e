//go:build unix

package lonestream

import (
	"errors"
	"net"
	"syscall"
)

// ready is what a socket does at once.
type ready struct {
	conn     syscall.RawConn
	try, ask func(fd uintptr) bool // made once

	out     []byte // of write
	wrote   int
	err     error
	pending bool // of something
}

func readyOf(c net.Conn) *ready {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	conn, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	r := &ready{conn: conn}
	r.try = func(fd uintptr) bool {
		for {
			r.wrote, r.err = syscall.Write(int(fd), r.out) //nolint:gosec // a descriptor
			if !errors.Is(r.err, syscall.EINTR) {
				return true
			}
		}
	}
	r.ask = func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT) //nolint:gosec // a descriptor
		r.pending = !errors.Is(err, syscall.EAGAIN)
		return true
	}
	return r
}

// write writes as much as the kernel takes at once. One goroutine does at a time.
func (r *ready) write(b []byte) (int, error) {
	r.out = b
	err := r.conn.Write(r.try)
	r.out = nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(r.err, syscall.EAGAIN):
		return 0, nil
	case r.err != nil:
		return 0, r.err
	}
	return r.wrote, nil
}

// something says that a read would not wait. One goroutine asks at a time.
func (r *ready) something() bool {
	return r.conn.Read(r.ask) != nil || r.pending
}
