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
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Group is the control group of one instance.
type Group struct {
	host *Host

	mu    sync.Mutex
	limit Limits
	parts []*part
	why   map[string]string // of what failed for this one
}

// list is what the group has directories in.
func (g *Group) list() []*part {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.parts)
}

// part is the group's directory in one tree.
type part struct {
	tree *tree
	dir  string
	file *os.File // of version 2, to start processes in
}

// maxName is how many bytes of a plugin's name are in its directory's.
const maxName = 40

// New makes a group. It never fails: what can't be had is not enforced, and
// Enforced says so. Name is for people. Whoever makes a group closes it.
func (h *Host) New(name string, l Limits) *Group {
	h.mu.Lock()
	h.next++
	n := h.next
	h.mu.Unlock()
	g := &Group{host: h, limit: l, why: map[string]string{}}
	for _, t := range h.trees {
		p := &part{tree: t, dir: filepath.Join(t.dir, safe(name)+"-"+strconv.Itoa(n))}
		err := os.Mkdir(p.dir, 0o700)
		if err == nil && t.version == 2 {
			if p.file, err = os.Open(p.dir); err != nil {
				_ = os.Remove(p.dir) // removed with the host
			}
		}
		if err != nil {
			g.fail(t.limits, err)
			continue
		}
		g.parts = append(g.parts, p)
	}
	g.Set(l)
	return g
}

// safe makes a directory's name of a plugin's.
func safe(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name[:min(len(name), maxName)])
}

func (g *Group) fail(limits []string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range limits {
		g.why[l] = reason(err).Error()
	}
}

// Set changes the limits.
func (g *Group) Set(l Limits) {
	g.mu.Lock()
	g.limit = l
	g.mu.Unlock()
	for _, p := range g.list() {
		for _, limit := range p.tree.limits {
			if err := p.set(limit, l); err != nil {
				g.fail([]string{limit}, err)
			}
		}
	}
}

// set writes one limit; the kernel's names are those of cgroup-v1/*.rst and
// cgroup-v2.rst.
func (p *part) set(limit string, l Limits) error {
	v1 := p.tree.version == 1
	switch limit {
	case LimitMemory:
		if v1 {
			return p.setMemory1(l.Memory)
		}
		// All of a plugin is killed, or what is left of it hangs about.
		_ = write(p.dir, "memory.oom.group", "1") // since Linux 4.19
		_ = write(p.dir, "memory.swap.max", "0")  // where there is swap at all
		return write(p.dir, "memory.max", orMax(l.Memory))
	case LimitTasks:
		return write(p.dir, "pids.max", orMax(int64(l.Tasks)))
	case LimitCPU:
		share, of := quota(l.CPU)
		if v1 {
			if l.CPU == 0 {
				return write(p.dir, "cpu.cfs_quota_us", "-1")
			}
			return errors.Join(write(p.dir, "cpu.cfs_quota_us", "-1"),
				write(p.dir, "cpu.cfs_period_us", micros(of)), write(p.dir, "cpu.cfs_quota_us", micros(share)))
		}
		if l.CPU == 0 {
			return write(p.dir, "cpu.max", "max")
		}
		return write(p.dir, "cpu.max", micros(share)+" "+micros(of))
	}
	return nil
}

// setMemory1 sets the limit with and without swap: the former may never be the
// smaller one, so one comes first when it grows and last when it shrinks.
func (p *part) setMemory1(bytes int64) error {
	value := "-1"
	if bytes > 0 {
		value = strconv.FormatInt(bytes, 10)
	}
	const ram, both = "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
	_ = write(p.dir, both, value) // absent without swap accounting
	if err := write(p.dir, ram, value); err != nil {
		return err
	}
	_ = write(p.dir, both, value)
	return nil
}

func orMax(n int64) string {
	if n <= 0 {
		return "max"
	}
	return strconv.FormatInt(n, 10)
}

func micros(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }

// Start has start begin a process inside the group, and is called on a goroutine
// that is locked to its thread: the thread enters the groups of version 1 for as
// long as it takes and is back when Start returns. Attr is that of the process;
// start returns its id.
func (g *Group) Start(attr *syscall.SysProcAttr, start func() (pid int, err error)) error {
	tid := strconv.Itoa(unix.Gettid())
	var late []*part
	for _, p := range g.list() {
		switch {
		case p.tree.version == 1:
			if err := write(p.dir, "tasks", tid); err != nil {
				g.fail(p.tree.limits, fmt.Errorf("enter: %w", err))
				continue
			}
			defer p.tree.leave(tid)
		case g.host.clone3:
			attr.UseCgroupFD, attr.CgroupFD = true, int(p.file.Fd())
		default:
			late = append(late, p)
		}
	}
	pid, err := start()
	if err != nil {
		return err
	}
	for _, p := range late {
		if err := write(p.dir, "cgroup.procs", strconv.Itoa(pid)); err != nil && !errors.Is(err, unix.ESRCH) {
			g.fail(p.tree.limits, fmt.Errorf("enter: %w", err))
		}
	}
	return nil
}

// leave takes a thread back to where the host is.
func (t *tree) leave(tid string) {
	if write(t.own, "tasks", tid) != nil {
		_ = write(t.mount, "tasks", tid) // the host's own group is gone: there is no other place
	}
}

// Enforced says of each limit what enforces it.
func (g *Group) Enforced() []Measure {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Measure
	for _, limit := range []string{LimitMemory, LimitTasks, LimitCPU, LimitKill} {
		m := Measure{Limit: limit, By: ByNone, Why: g.host.why[limit]}
		if t := g.host.by(limit); t != nil {
			m.By, m.Why = "v"+strconv.Itoa(t.version), g.says(limit)
		}
		if why, failed := g.why[limit]; failed {
			m.By, m.Why = ByNone, why
		}
		all = append(all, m)
	}
	return all
}

// says is what a limit is.
func (g *Group) says(limit string) string {
	none := func(n int64, text string) string {
		if n == 0 {
			return "no limit is set"
		}
		return text
	}
	switch limit {
	case LimitMemory:
		return none(g.limit.Memory, fmt.Sprintf("%d MiB, swap included", g.limit.Memory>>20))
	case LimitTasks:
		return none(int64(g.limit.Tasks), fmt.Sprintf("%d processes and threads", g.limit.Tasks))
	case LimitCPU:
		return none(int64(g.limit.CPU), fmt.Sprintf("%d thousandths of a core", g.limit.CPU))
	}
	if t := g.host.by(LimitKill); t.version == 1 && !slices.Contains(t.controllers, freezer) {
		return "all its processes, one after the other"
	}
	return "all its processes at once"
}

// Close kills what is in the group and removes it. It returns when nothing is
// left, or with what is when ctx ends.
func (g *Group) Close(ctx context.Context) error {
	g.Kill()
	var all error
	for _, p := range g.list() {
		if p.file != nil {
			p.file.Close()
		}
		all = errors.Join(all, removeUntil(ctx, p.dir))
	}
	g.mu.Lock()
	g.parts = nil
	g.mu.Unlock()
	if all != nil {
		return fmt.Errorf("remove a plugin's control group: %w", all)
	}
	return nil
}
