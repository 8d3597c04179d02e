//go:build !unix

package lonestream

import "net"

// ready is what a socket does at once.
type ready struct{}

func readyOf(net.Conn) *ready { return nil }

func (*ready) write([]byte) (int, error) { return 0, nil }

func (*ready) something() bool { return false }
