package sandbox

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Users of plugins, where the host is root: each running plugin has one that no
// other process of the machine has. They are of the range that systemd's
// UIDS-GIDS document leaves to nobody (1879048192 to 2147352575). A plugin's
// name chooses, so that it owns today what it wrote yesterday; a lock on one
// byte of a file that is root's holds the number against other hosts, for the
// kernel lets go of it however a host ends.
const (
	firstUser = 1_900_000_000
	users     = 1 << 16
	// userTries is how many numbers after the first are tried.
	userTries = 64
)

// lease is a user that is held.
type lease struct {
	id int
	fd int
}

func leaseUser(plugin string) (*lease, error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(plugin)) // never fails
	for i := range uint32(userTries) {
		id := firstUser + int((h.Sum32()+i)%users)
		fd, err := holdUser(id)
		if err == nil {
			return &lease{id, fd}, nil
		}
		if !errors.Is(err, unix.EADDRINUSE) && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%d user ids in a row are taken", userTries)
}

// usersFile is where users are held. Plugins don't get at it, unlike at abstract
// sockets: one in the host's network could take those of others.
const usersFile = "/run/aisle-plugin-users"

// holdUser holds a user as long as the descriptor is open.
func holdUser(id int) (int, error) {
	fd, err := unix.Open(usersFile, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err == nil {
		err = unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Start: int64(id - firstUser), Len: 1})
	} else { // a system without /run, or one that can't be written
		if fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return -1, err
		}
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("@aisle-plugin-user-%d", id)})
	}
	if err != nil {
		_ = unix.Close(fd) // the error tells
		return -1, err
	}
	return fd, nil
}

// passable reports whether other users can come by a directory, where the
// sockets of plugins are below it and nothing hides it.
func passable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if i, err := os.Stat(dir); err != nil || i.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (l *lease) close() {
	if l != nil {
		_ = unix.Close(l.fd) // nothing to lose
	}
}
