//go:build !unix

package main

import "syscall"

func ownSession() *syscall.SysProcAttr { return nil }

func lock(string) (func(), error) { return func() {}, nil }
