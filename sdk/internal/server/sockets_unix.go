//go:build unix

package server

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// sockets are connections that somebody else reads from. gRPC lets nobody have
// them, so they are found by their address, and no more is done with them than to
// ask whether there is something to read. One that was closed meanwhile, and
// whatever has its number now, may end a look and do no more.
type sockets struct{ list []unix.PollFd }

// mostDescriptors is up to which number they are looked for, once a stream.
const mostDescriptors = 256

// socketsOf gives the connections that were accepted at a Unix socket's path; nil
// where there are none.
func socketsOf(path string) *sockets {
	s := &sockets{}
	for fd := range mostDescriptors {
		here, err := syscall.Getsockname(fd)
		if err != nil {
			continue
		}
		if at, ok := here.(*syscall.SockaddrUnix); !ok || at.Name != path {
			continue
		}
		if _, err := syscall.Getpeername(fd); err == nil { // or it listens
			s.list = append(s.list, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}) //nolint:gosec // small
		}
	}
	if path == "" || len(s.list) == 0 {
		return nil
	}
	return s
}

// something says that a read from one of them would not wait.
func (s *sockets) something() bool {
	n, err := unix.Poll(s.list, 0)
	return n > 0 || err != nil
}
