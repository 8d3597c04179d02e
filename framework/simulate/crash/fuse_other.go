//go:build !linux

package crash

import "errors"

var errLinux = errors.New("the file system that loses data is made of Linux's FUSE: run it on Linux")

// Mounted is a mount of disks.
type Mounted struct{}

// Usable says why FUSE can't be used here.
func Usable() error { return errLinux }

// Mount fails.
func Mount() (*Mounted, error) { return nil, errLinux }

// Close does nothing.
func (*Mounted) Close() error { return nil }

// Serve is never called.
func (*Mounted) Serve(*Disk) (string, func()) { return "", func() {} }
