package supervisor

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// rundir is the directory of this host's plugins: one below it for each
// process, with its sockets and temporary files.
type rundir struct {
	under string // "" for the system's temporary directory

	mu   sync.Mutex
	base string
	lock *os.File
	next int
}

const (
	runPattern = "aisle-plugins-*"
	runLock    = "lock"
	// newPattern is the name until there is a lock.
	newPattern = ".aisle-new-"
	// socketRoom is what go-plugin adds to an instance's directory, and
	// maxSocket the length of a Unix socket's path (sun_path, less the NUL, on
	// the strictest system).
	socketRoom = len("/99999/plugin-dir1234567890/plugin1234567890")
	maxSocket  = 103
)

// instance makes the directory of one process.
func (d *rundir) instance() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.base == "" {
		if err := d.open(); err != nil {
			return "", fmt.Errorf("make a directory for plugins: %w", err)
		}
	}
	d.next++
	dir := filepath.Join(d.base, strconv.Itoa(d.next))
	return dir, os.Mkdir(dir, 0o700)
}

// patterns are the names of all hosts' directories.
func (d *rundir) patterns() []string {
	under := cmp.Or(d.under, os.TempDir())
	return []string{filepath.Join(under, runPattern), filepath.Join(under, newPattern+"*")}
}

// open makes this host's directory, and removes those of hosts that are gone.
// Each holds a lock that the kernel releases however its host ends.
func (d *rundir) open() error {
	under := d.under
	if under == "" {
		under = os.TempDir()
	}
	sweep(under)
	made, err := os.MkdirTemp(under, newPattern)
	if err != nil {
		return err
	}
	base := filepath.Join(under, strings.Replace(runPattern, "*", strings.TrimPrefix(filepath.Base(made), newPattern), 1))
	lock, err := lockDir(made, base)
	if err != nil {
		return errors.Join(err, os.RemoveAll(made))
	}
	d.base, d.lock = base, lock
	return nil
}

// lockDir locks a directory that was made and then gives it its name, by which
// others would take one without a lock for left behind.
func lockDir(made, base string) (*os.File, error) {
	if n := len(base) + socketRoom; n > maxSocket {
		return nil, fmt.Errorf("%s is too long for Unix sockets: a path would have %d bytes and %d are allowed; choose a shorter one",
			filepath.Dir(base), n, maxSocket)
	}
	lock, err := os.OpenFile(filepath.Join(made, runLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("lock %s: %w", made, err)
	}
	if err := os.Rename(made, base); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// sweep removes the directories whose hosts are gone.
func sweep(under string) {
	old, err := filepath.Glob(filepath.Join(under, runPattern))
	if err != nil {
		return
	}
	for _, base := range old {
		if i, err := os.Lstat(base); err != nil || !i.IsDir() {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(base, runLock), os.O_RDWR|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue // not one of ours, or one that is just being made
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(base) // tried again next time
		}
		lock.Close()
	}
}

// close removes the directory.
func (d *rundir) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.base == "" {
		return nil
	}
	err := os.RemoveAll(d.base)
	d.lock.Close()
	d.base, d.lock = "", nil
	return err
}
