package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// SocketFile is the socket's name in a data folder.
const SocketFile = "control.sock"

// NotRunningError says that no store runs on a data folder.
type NotRunningError struct {
	Data string
	Err  error
}

func (e *NotRunningError) Error() string { return "no store runs on " + e.Data }

// Unwrap gives what kept the socket from answering.
func (e *NotRunningError) Unwrap() error { return e.Err }

// Listen listens in a data folder. The caller holds the folder's lock, so a
// socket that is there already is that of a host that was killed, and is
// removed. Close removes the socket.
func Listen(ctx context.Context, data string) (net.Listener, error) {
	path := filepath.Join(data, SocketFile)
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("listen for operators: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("listen for operators: %s is in the way and is no socket", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("listen for operators: %w", err)
		}
	}
	short, done, err := shorten(path)
	if err != nil {
		return nil, fmt.Errorf("listen for operators: %w", err)
	}
	defer done()
	c := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error { return private(raw) }}
	l, err := c.Listen(ctx, "unix", short)
	if err != nil {
		return nil, fmt.Errorf("listen for operators at %s: %w", path, err)
	}
	unix := l.(*net.UnixListener)
	unix.SetUnlinkOnClose(false) // the short path is gone by then
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for operators: %w", err), l.Close(), os.Remove(path))
	}
	return &listener{UnixListener: unix, path: path}, nil
}

// listener takes connections of its own user only.
type listener struct {
	*net.UnixListener
	path string
}

// Accept waits for a connection of the user who runs the store, or of root.
// Others are closed unheard: the socket's mode keeps them out already, but a
// folder that was copied or shared may have lost it.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if mayControl(c) {
			return c, nil
		}
		_ = c.Close() // a stranger's
	}
}

func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if gone := os.Remove(l.path); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// Dial connects to the store that runs on a data folder. The error is a
// *NotRunningError where none does.
func Dial(ctx context.Context, data string) (net.Conn, error) {
	path := filepath.Join(data, SocketFile)
	short, done, err := shorten(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotRunningError{Data: data, Err: err}
	}
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", short)
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
		return nil, &NotRunningError{Data: data, Err: err}
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the store on %s belongs to another user: %w", data, err)
	}
	return nil, fmt.Errorf("reach the store on %s: %w", data, err)
}
