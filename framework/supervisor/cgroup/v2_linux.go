package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// open2 makes this host's directory in the hierarchy of version 2, at the first
// place that has the controllers which are wanted, or else where groups can at
// least be killed. A group that has processes of its own can't have groups below
// it with limits ("no internal processes", cgroup-v2.rst), which is why there is
// more than one place to try.
func (v hierarchy) open2(wanted []string) (*tree, error) {
	for _, place := range v.places() {
		undo, err := place.prepare()
		if err == nil {
			limits := intersect(wanted, enable(place.dir, wanted))
			if len(limits) > 0 {
				if t, err := v.open2At(place.dir, limits); err == nil {
					t.undo = undo
					return t, nil
				}
			}
		}
		if undo != nil {
			undo()
		}
	}
	return v.open2At(v.own, nil)
}

// open2At makes the directory, with the controllers handed down to its groups.
func (v hierarchy) open2At(parent string, limits []string) (*tree, error) {
	t, err := v.openAt(parent)
	if err != nil {
		return nil, err
	}
	t.limits = append(intersect(limits, enable(t.dir, limits)), LimitKill)
	return t, nil
}

type place struct {
	dir     string
	prepare func() (undo func(), err error)
}

// places are where this host's directory may go, the best first: its own group,
// if nobody is in it but it and what it started; the one above, if it was delegated; and for root the
// top of the tree.
func (v hierarchy) places() []place {
	nothing := func() (func(), error) { return nil, nil }
	top := isTop(v.mount)
	if v.own == v.mount && top {
		return []place{{v.own, nothing}}
	}
	var all []place
	root := os.Geteuid() == 0
	if len(ours(v.own)) > 0 && (!root || delegated(v.own) || v.own == v.mount) {
		all = append(all, place{v.own, v.step})
	}
	if up := filepath.Dir(v.own); v.own != v.mount && delegated(up) {
		all = append(all, place{up, nothing})
	}
	if root && top {
		all = append(all, place{v.mount, nothing})
	}
	return all
}

// isTop reports whether a directory is the root of all groups, and not that of
// a namespace: it alone has no type.
func isTop(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cgroup.type"))
	return errors.Is(err, os.ErrNotExist)
}

// selfGroup is where this process goes to make room for groups beside it.
const selfGroup = "aisle-self"

// step moves this process and what it started one group down.
func (v hierarchy) step() (undo func(), err error) {
	leaf := filepath.Join(v.own, selfGroup)
	if err := os.Mkdir(leaf, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	undo = func() {
		for _, c := range enabled(v.own, "cgroup.subtree_control") {
			_ = write(v.own, "cgroup.subtree_control", "-"+c) // then all stay where they are
		}
		if move(leaf, v.own) == nil {
			_ = os.Remove(leaf) // empty
		}
	}
	if err := move(v.own, leaf); err != nil {
		return undo, err
	}
	return undo, nil
}

// move moves the processes of one group to another. One that ends meanwhile need
// not be moved.
func move(from, to string) error {
	for _, pid := range enabled(from, "cgroup.procs") {
		if err := write(to, "cgroup.procs", pid); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// enable hands the controllers down to the groups below dir, one by one for one
// that fails must not take the others along, and returns those that were.
func enable(dir string, wanted []string) []string {
	for _, c := range intersect(wanted, enabled(dir, "cgroup.controllers")) {
		_ = write(dir, "cgroup.subtree_control", "+"+c) // read again below
	}
	return enabled(dir, "cgroup.subtree_control")
}

func enabled(dir, file string) []string {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil
	}
	return strings.Fields(string(b))
}

func intersect(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

// write writes one of a group's files, which must be there.
func write(dir, file, text string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
