package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// sweepWithin is how long removing the groups of a dead host may take.
	sweepWithin = time.Second
	// killRounds is how often the members are read and killed where they can't
	// be as one: a process may be started while the list is read.
	killRounds = 100
	// removeEvery is how long a removal waits for what was killed to end, at
	// first; it doubles up to removeMost.
	removeEvery = 200 * time.Microsecond
	removeMost  = 20 * time.Millisecond
)

// Kill kills all processes of the group, however deep they hide. It does not
// wait for their end, and never fails: Close tells what is left.
func (g *Group) Kill() {
	parts := g.list()
	slices.SortStableFunc(parts, func(a, b *part) int { return killsBetter(b) - killsBetter(a) })
	var dirs []string
	for _, p := range parts {
		dirs = append(dirs, p.dir)
	}
	kill(dirs...)
}

func killsBetter(p *part) int {
	if slices.Contains(p.tree.limits, LimitKill) {
		return 1
	}
	return 0
}

// kill kills the members of a group, with those of groups below it. The
// directories are its own in all hierarchies, which have the same members.
func kill(dirs ...string) {
	for _, d := range dirs {
		if write(d, "cgroup.kill", "1") == nil { // version 2, since Linux 5.14
			return
		}
	}
	// Nothing gets away from a group that is frozen or may not fork.
	for _, d := range dirs {
		_ = write(d, "pids.max", "0") // one file of the three is there, or none
		_ = write(d, "cgroup.freeze", "1")
		_ = write(d, "freezer.state", "FROZEN")
	}
	if len(dirs) > 0 {
		killEach(dirs[0])
	}
	for _, d := range dirs {
		_ = write(d, "freezer.state", "THAWED") // what is frozen by version 1 does not even die
		_ = write(d, "cgroup.freeze", "0")
	}
}

// killEach kills the members of a directory until no other one comes up.
func killEach(dir string) {
	sent := map[int]bool{}
	for range killRounds {
		before, err := members(dir)
		if err != nil {
			return
		}
		fresh := slices.DeleteFunc(before, func(pid int) bool { return sent[pid] })
		if len(fresh) == 0 || !killMembers(dir, fresh) {
			return
		}
		for _, pid := range fresh {
			sent[pid] = true
		}
	}
}

// killMembers kills processes by their descriptors, after a second look at
// whether they are members: the number of one that ended may be a stranger's by
// now. It reports whether the group is still there.
func killMembers(dir string, pids []int) bool {
	fds := make(map[int]int, len(pids))
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd) // closed either way
		}
	}()
	for _, pid := range pids {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil { // since Linux 5.3
			fds[pid] = fd
		}
	}
	still, err := members(dir)
	if err != nil {
		return false
	}
	for _, pid := range still {
		fd, ok := fds[pid]
		switch {
		case ok:
			_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) // gone is what is wanted
		case slices.Contains(pids, pid):
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	return true
}

// members are the processes in a directory and those below it.
func members(dir string) ([]int, error) {
	var all []int
	for _, d := range slices.Concat(below(dir), []string{dir}) {
		b, err := os.ReadFile(filepath.Join(d, "cgroup.procs"))
		if err != nil {
			if d != dir {
				continue // removed meanwhile
			}
			return nil, err
		}
		tasks, err := os.ReadFile(filepath.Join(d, "tasks")) // of version 1 alone
		threads := strings.Fields(string(tasks))
		for _, f := range strings.Fields(string(b)) {
			// A 0 is a process that can't be seen from this PID namespace.
			pid, wrong := strconv.Atoi(f)
			if wrong != nil || pid <= 0 || pid == os.Getpid() || err == nil && !slices.Contains(threads, f) && visits(pid) {
				continue
			}
			all = append(all, pid)
		}
	}
	return all, nil
}

// visits reports whether a process has no more than threads in a group of
// version 1 that its first thread is not in: a host is there for the moment in
// which it starts a plugin, and must not be killed for that by one that sweeps.
// Of a plugin the first thread is there, or has ended before the others.
func visits(pid int) bool {
	f, err := stat(strconv.Itoa(pid))
	return err == nil && f[0] != "Z" && f[0] != "X"
}

// below are the directories below dir, the deepest first.
func below(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() {
			d := filepath.Join(dir, e.Name())
			all = append(all, below(d)...)
			all = append(all, d)
		}
	}
	return all
}

// remove kills what is below a directory and removes it.
func remove(dir string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for _, d := range below(dir) {
		kill(d)
		_ = removeUntil(ctx, d) // the last one tells
	}
	return removeUntil(ctx, dir)
}

// removeUntil removes a directory and those below it as soon as what was killed
// in them has ended.
func removeUntil(ctx context.Context, dir string) error {
	wait := removeEvery
	for {
		for _, d := range below(dir) {
			_ = unix.Rmdir(d) // the last one tells
		}
		err := unix.Rmdir(dir)
		if err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("%s: %w", dir, err)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			left, _ := members(dir)
			return fmt.Errorf("%s: processes %v are left: %w", dir, left, ctx.Err())
		}
		if wait = min(2*wait, removeMost); wait == removeMost {
			kill(dir) // someone has got away
		}
	}
}
