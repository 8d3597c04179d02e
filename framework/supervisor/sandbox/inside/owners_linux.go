package inside

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// owners make what is granted belong to the plugin's user, in its own eyes and
// nobody else's: its mounts map the owner of a granted file or folder to that
// user (mount_setattr(2), MOUNT_ATTR_IDMAP), so that it may there what its owner
// may, and what it writes is the owner's.
type owners struct {
	id   *order.ID
	proc int // of this PID namespace
}

// of gives a user namespace with the mapping of one path's owner, or -1 where
// none is needed.
func (o *owners) of(path string) (int, error) {
	var st unix.Stat_t
	if o.id == nil || unix.Stat(path, &st) != nil {
		return -1, nil
	}
	if o.proc < 0 {
		return -1, fmt.Errorf("there is no /proc to map it by")
	}
	// A process that does nothing but hold a user namespace. It runs no Go: it
	// has none of the runtime's threads.
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return -1, fmt.Errorf("make a user namespace: %w", errno)
	}
	if pid == 0 {
		for {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0) // until it is killed
		}
	}
	defer func() {
		_ = unix.Kill(int(pid), unix.SIGKILL)
		var ws unix.WaitStatus
		_, _ = unix.Wait4(int(pid), &ws, 0, nil) // it is this process's child
	}()
	for file, ids := range map[string][2]int{"uid_map": {int(st.Uid), o.id.UID}, "gid_map": {int(st.Gid), o.id.GID}} {
		if err := o.write(int(pid), file, fmt.Sprintf("%d %d 1\n", ids[0], ids[1])); err != nil {
			return -1, fmt.Errorf("write %s: %w", file, err)
		}
	}
	fd, err := unix.Openat(o.proc, fmt.Sprintf("%d/ns/user", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open a user namespace: %w", err)
	}
	return fd, nil
}

func (o *owners) write(pid int, file, text string) error {
	fd, err := unix.Openat(o.proc, fmt.Sprintf("%d/%s", pid, file), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, []byte(text))
	return err
}
