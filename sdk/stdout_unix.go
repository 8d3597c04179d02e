//go:build unix

package sdk

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// moveStdout gives a copy of the descriptor of standard output, and makes that
// descriptor a copy of w.
func moveStdout(w *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(syscall.Stdout), unix.F_DUPFD_CLOEXEC, syscall.Stderr+1)
	if err != nil {
		return nil, fmt.Errorf("copy standard output: %w", err)
	}
	if err := unix.Dup2(int(w.Fd()), syscall.Stdout); err != nil {
		return nil, fmt.Errorf("divert standard output: %w", err)
	}
	return os.NewFile(uintptr(fd), "/dev/stdout"), nil
}
