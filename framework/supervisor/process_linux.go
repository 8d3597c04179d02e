package supervisor

import (
	"errors"
	"math"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// own makes the process the leader of a group of its own that dies with the
// thread that starts it, and asks for its pidfd.
func own(cmd *exec.Cmd) (pidfd *int) {
	fd := -1
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: &fd}
	return &fd
}

// awaitExit returns when the process has ended, and leaves it unreaped: until
// it is reaped, nobody else can have its number, nor its group's.
func awaitExit(cmd *exec.Cmd, pidfd int) {
	kind, id := unix.P_PID, cmd.Process.Pid
	if pidfd >= 0 {
		kind, id = unix.P_PIDFD, pidfd
	}
	for {
		err := unix.Waitid(kind, id, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// firstThread reports whether this is the thread that the process began with.
func firstThread() bool { return unix.Gettid() == unix.Getpid() }

func closePidfd(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd) // a descriptor that is closed either way
	}
}

// hideDescriptors keeps what this process inherited from its own parent from
// plugins: Go closes its own files at exec, not those.
func hideDescriptors() {
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) // older kernels can't; then it is as it was
}
