//go:build !unix

package server

// sockets are not to be had here.
type sockets struct{}

func socketsOf(string) *sockets { return nil }

func (*sockets) something() bool { return true }
