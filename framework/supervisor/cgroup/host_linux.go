package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Host are the groups of this host's plugins: below one directory of its own in
// each hierarchy, which it holds a lock on, so that they can be told from those
// of a host that is gone.
type Host struct {
	trees []*tree
	// why says of each limit why nothing enforces it.
	why    map[string]string
	clone3 bool

	mu     sync.Mutex
	next   int
	closed bool
}

// tree is the host's part of one hierarchy.
type tree struct {
	hierarchy
	// limits are those that it enforces for its groups.
	limits []string
	dir    string
	lock   *os.File
	// undo puts back what was changed to make it; nil for nothing.
	undo func()
}

// groupPattern is the name of a host's directory.
const groupPattern = "aisle-*"

// Open finds what this machine offers, and sweeps what dead hosts left. It never
// fails: where there is nothing, nothing is enforced, and Enforced says so.
func Open() *Host {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	self, err2 := os.ReadFile("/proc/self/cgroup")
	if err := errors.Join(err, err2); err != nil {
		return openWith(nil, err)
	}
	return openWith(hierarchies(string(mounts), string(self)), nil)
}

func openWith(found []hierarchy, err error) *Host {
	h := &Host{why: map[string]string{}, clone3: hasClone3()}
	for _, l := range []string{LimitMemory, LimitTasks, LimitCPU, LimitKill} {
		h.why[l] = "no control group hierarchy for it is mounted"
		if err != nil {
			h.why[l] = "can't tell what is mounted: " + err.Error()
		}
	}
	slices.SortStableFunc(found, func(a, b hierarchy) int { return b.version - a.version })
	for _, v := range found {
		h.add(v)
	}
	if t := h.any(); t != nil && h.by(LimitKill) == nil {
		t.limits = append(t.limits, LimitKill) // one after the other
	}
	return h
}

// any is a tree whose groups know their members; one that can stop them from
// forking, if there is one.
func (h *Host) any() *tree {
	if t := h.by(LimitTasks); t != nil || len(h.trees) == 0 {
		return t
	}
	return h.trees[0]
}

// add takes up a hierarchy for whatever no better one enforces.
func (h *Host) add(v hierarchy) {
	wanted := slices.DeleteFunc([]string{LimitMemory, LimitTasks, LimitCPU, LimitKill}, func(l string) bool {
		return h.by(l) != nil || v.version == 1 && !v.offers(l)
	})
	if len(wanted) == 0 {
		return
	}
	var t *tree
	var err error
	if v.version == 2 {
		t, err = v.open2(wanted)
	} else {
		t, err = v.openAt(v.own)
		if t != nil {
			t.limits = wanted
		}
	}
	if err != nil {
		for _, l := range wanted {
			h.why[l] = "no group can be made for it: " + err.Error()
		}
		return
	}
	h.trees = append(h.trees, t)
	for _, l := range wanted {
		if !slices.Contains(t.limits, l) {
			h.why[l] = "the hierarchy of version 2 does not hand this controller down here: run as root, or in a unit with Delegate=yes"
		}
	}
}

// offers reports whether a hierarchy of version 1 can enforce a limit.
func (v hierarchy) offers(limit string) bool {
	if limit == LimitKill {
		return slices.Contains(v.controllers, freezer)
	}
	return slices.Contains(v.controllers, limit)
}

// by returns the tree that enforces a limit.
func (h *Host) by(limit string) *tree {
	for _, t := range h.trees {
		if slices.Contains(t.limits, limit) {
			return t
		}
	}
	return nil
}

// openAt sweeps below parent and makes this host's directory there.
func (v hierarchy) openAt(parent string) (*tree, error) {
	sweep(parent)
	for range 10 { // a sweeper may come between the two steps
		dir, err := os.MkdirTemp(parent, groupPattern)
		if err != nil {
			return nil, reason(err)
		}
		lock, err := lockDir(dir)
		if err == nil {
			return &tree{hierarchy: v, dir: dir, lock: lock}, nil
		}
		_ = os.Remove(dir) // gone already, or swept next time
	}
	return nil, errors.New("its lock can't be had")
}

// lockDir takes the lock of a directory that is still there.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		var held, there os.FileInfo
		if held, err = f.Stat(); err == nil {
			if there, err = os.Lstat(dir); err == nil && !os.SameFile(held, there) {
				err = fs.ErrNotExist
			}
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// isHosts reports whether a directory is one that openAt made, and not the group
// of a service that is named like it: a number follows, and nobody is in it.
func isHosts(dir string) bool {
	number := strings.TrimPrefix(filepath.Base(dir), strings.TrimSuffix(groupPattern, "*"))
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return false
	}
	return len(enabled(dir, "cgroup.procs")) == 0
}

// sweep kills and removes the groups of hosts that are gone.
func sweep(parent string) {
	old, err := filepath.Glob(filepath.Join(parent, groupPattern))
	if err != nil {
		return
	}
	for _, dir := range old {
		if !isHosts(dir) {
			continue
		}
		lock, err := lockDir(dir)
		if err != nil {
			continue // its host lives, or is just making it
		}
		_ = remove(dir, sweepWithin) // tried again next time
		lock.Close()
	}
}

// reason is an error without the path, which says more than anyone wants to
// know.
func reason(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close removes what Open made. The groups have been closed before.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	var all error
	for _, t := range h.trees {
		if err := remove(t.dir, sweepWithin); err != nil {
			all = errors.Join(all, fmt.Errorf("remove the host's control group: %w", err))
		}
		t.lock.Close()
		if t.undo != nil {
			t.undo()
		}
	}
	return all
}

// hasClone3 reports whether a process can be started inside a group of version
// 2: some containers forbid the system call. No arguments are never right, so
// nothing is started.
func hasClone3() bool {
	_, _, err := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	return !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM)
}

// delegated reports whether a group was given to whoever runs in it, as systemd
// notes (systemd.resource-control(5), Delegate=).
func delegated(dir string) bool {
	var b [8]byte
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		if n, err := unix.Getxattr(dir, name, b[:]); err == nil && string(b[:n]) == "1" {
			return true
		}
	}
	return false
}

// ours returns the processes of a group if all of them are this one or descend
// from it, and otherwise nothing: those of others are not ours to move.
func ours(dir string) []string {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil
	}
	all := strings.Fields(string(b))
	for _, pid := range all {
		if !descends(pid) {
			return nil
		}
	}
	return all
}

// descends reports whether a process is this one or one below it. One that has
// ended meanwhile is.
func descends(pid string) bool {
	self := strconv.Itoa(os.Getpid())
	for pid != self {
		if pid == "0" || pid == "1" {
			return false // one that can't be seen from here, or nobody's
		}
		f, err := stat(pid)
		if err != nil {
			return errors.Is(err, fs.ErrNotExist)
		}
		pid = f[1]
	}
	return true
}

// stat gives a process's state, its parent's number, and what else follows its
// name, which may have anything in it (proc(5), /proc/pid/stat).
func stat(pid string) ([]string, error) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 2 {
		return nil, fmt.Errorf("what /proc says of process %s can't be read", pid)
	}
	return f, nil
}
