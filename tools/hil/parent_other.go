//go:build !linux

package hil

import "syscall"

func dies() *syscall.SysProcAttr { return nil }
