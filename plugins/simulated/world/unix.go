//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// ownSession keeps a terminal's signals and its hang-up away from the world.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// lock takes the data folder for this process: two worlds would write one book.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another world serves this data folder (%s is locked)", path)
	}
	return func() { f.Close() }, nil
}
