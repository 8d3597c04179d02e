package supervisor

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// readChunk is how much of a stream is read at a time.
const readChunk = 32 << 10

// goneEvery is how often a reader in a flood looks whether the process has
// gone.
const goneEvery = 50 * time.Millisecond

// copy reads a pipe of a process to its end, or until a moment after the process
// has gone. From the first drop on it reads without the runtime's poller, which
// a flood of short writes would wake at each of them (pipe_write wakes whoever
// polls, read or not).
func (o *output) copy(to *lines, from *os.File, gone <-chan struct{}) {
	buf := make([]byte, readChunk)
	for {
		n, err := from.Read(buf)
		if n > 0 && !to.take(buf[:n]) {
			break
		}
		if err != nil {
			return
		}
	}
	fd, err := unix.FcntlInt(from.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		_, _ = io.Copy(to, from) // out of descriptors: costly is better than not at all
		return
	}
	defer unix.Close(fd)
	from.Close() // which takes it out of the poller
	o.drain(to, fd, gone, buf)
}

// drain reads what floods.
func (o *output) drain(to *lines, fd int, gone <-chan struct{}, buf []byte) {
	var until time.Time
	for {
		select {
		case <-gone:
			if until.IsZero() {
				until = time.Now().Add(drainWithin)
			}
			if time.Now().After(until) {
				return
			}
		default:
		}
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(goneEvery.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		if ready <= 0 {
			continue
		}
		n, err := unix.Read(fd, buf)
		switch {
		case n > 0:
			_, _ = to.Write(buf[:n]) // never fails
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
		default:
			return
		}
	}
}
