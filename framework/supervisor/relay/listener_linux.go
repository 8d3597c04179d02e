package relay

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// errNoListener: what was handed over is not what a grant stands for.
var errNoListener = errors.New("it is no listening TCP socket")

// Listener makes a listener of a descriptor that was handed over, and takes it
// over whatever happens. What is no listening TCP socket is refused.
func Listener(f *os.File) (net.Listener, error) {
	defer f.Close()
	fd := int(f.Fd())
	for _, want := range []struct {
		name   string
		option int
		values []int
	}{
		{"type", unix.SO_TYPE, []int{unix.SOCK_STREAM}},
		{"protocol", unix.SO_PROTOCOL, []int{unix.IPPROTO_TCP, unix.IPPROTO_MPTCP}},
		{"listening", unix.SO_ACCEPTCONN, []int{1}},
	} {
		got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, want.option)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoListener, err)
		}
		if !slices.Contains(want.values, got) {
			return nil, fmt.Errorf("%w: its %s is %d", errNoListener, want.name, got)
		}
	}
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("take over a listener: %w", err)
	}
	return l, nil
}
