//go:build unix && !linux

package supervisor

import (
	"os/exec"
	"syscall"
)

// own makes the process the leader of a group of its own. Systems without a
// parent-death signal have the life-line alone.
func own(cmd *exec.Cmd) (pidfd *int) {
	fd := -1
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &fd
}

// awaitExit returns when the process has ended and been reaped: there is no
// WNOWAIT to rely on, so its group is killed just after.
func awaitExit(cmd *exec.Cmd, _ int) {
	_ = cmd.Wait() // the state says it
}

// firstThread does not matter where there is neither death signal nor control
// group.
func firstThread() bool { return false }

func closePidfd(int) {}

func hideDescriptors() {}
