package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Dial connects to the Unix socket at a path below a directory that a plugin
// writes to. The directory is held by its descriptor, and no link on the way is
// followed: the plugin would choose by it whom the host talks to.
func Dial(dir *os.File, path string) (net.Conn, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("%s is outside the plugin's directory", path)
	}
	raw, err := dir.SyscallConn() // Control keeps the directory from being closed meanwhile
	if err != nil {
		return nil, err
	}
	fd := -1
	shut := raw.Control(func(at uintptr) {
		fd, err = unix.Openat2(int(at), path, &unix.OpenHow{
			Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		})
		if errors.Is(err, unix.ENOSYS) { // before Linux 5.6
			fd, err = unix.Openat(int(at), path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		}
	})
	if shut != nil {
		return nil, fmt.Errorf("find the plugin's socket: %w", shut)
	}
	if err != nil {
		return nil, fmt.Errorf("find the plugin's socket: %w", err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, errors.New("what the plugin calls its socket is none")
	}
	return net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d", fd))
}
