package stripetest

import (
	"os/exec"
	"syscall"
)

// mortalCommand is a command that the kernel kills when the thread that started it ends.
func mortalCommand(binary string, args ...string) (*exec.Cmd, func(), error) {
	cmd := exec.Command(binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	}, nil
}
