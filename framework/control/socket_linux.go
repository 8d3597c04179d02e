package control

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// shorten gives another path to a file of a folder that fits into a socket's
// address, which holds 107 bytes. It holds until done is called.
func shorten(path string) (short string, done func(), err error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	short = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	return short, func() { _ = dir.Close() }, nil // read only
}

// private gives a socket that is not bound yet the mode that its file will
// have, so that there is no moment in which others may connect.
func private(raw syscall.RawConn) (err error) {
	outer := raw.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) })
	if outer != nil {
		return outer
	}
	return err
}

// mayControl reports whether the other end is of the same user or root.
func mayControl(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	var cred *unix.Ucred
	outer := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	return outer == nil && err == nil && (cred.Uid == 0 || int(cred.Uid) == os.Geteuid())
}
