//go:build !linux

package relay

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// Listener is for systems with network namespaces.
func Listener(f *os.File) (net.Listener, error) {
	f.Close()
	return nil, fmt.Errorf("take over a listener: %w", errors.ErrUnsupported)
}
