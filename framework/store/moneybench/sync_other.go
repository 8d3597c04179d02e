//go:build !linux

package moneybench

import "os"

func fdatasync(f *os.File) error { return f.Sync() }
