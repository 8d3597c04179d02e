package hil

import "syscall"

// dies makes a machine end with the process that started it, whatever ends that.
func dies() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
