package cgroup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage reads what the group has taken so far. It is zero once it is closed.
func (g *Group) Usage() Usage {
	var u Usage
	for _, p := range g.list() {
		for _, limit := range p.tree.limits {
			p.usage(limit, &u)
		}
	}
	return u
}

func (p *part) usage(limit string, u *Usage) {
	v1 := p.tree.version == 1
	switch {
	case limit == LimitMemory && v1:
		u.Memory, u.MemoryPeak = p.number("memory.usage_in_bytes"), p.number("memory.max_usage_in_bytes")
		u.OOMKills = p.field("memory.oom_control", "oom_kill")
	case limit == LimitMemory:
		u.Memory, u.MemoryPeak = p.number("memory.current"), p.number("memory.peak")
		u.OOMKills = p.field("memory.events", "oom_kill")
	case limit == LimitTasks:
		u.Tasks, u.Refused = p.number("pids.current"), p.field("pids.events", "max")
	case limit == LimitCPU:
		u.Periods, u.Throttled = p.field("cpu.stat", "nr_periods"), p.field("cpu.stat", "nr_throttled")
		u.CPU = time.Duration(p.field("cpu.stat", "usage_usec")) * time.Microsecond
		if v1 {
			u.CPU = time.Duration(p.number("cpuacct.usage")) // where both are one hierarchy
		}
	}
}

// number reads a file of one number; one that is not there is zero.
func (p *part) number(file string) int64 {
	b, err := os.ReadFile(filepath.Join(p.dir, file))
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// field reads one line of a file of names and numbers.
func (p *part) field(file, name string) int64 {
	b, err := os.ReadFile(filepath.Join(p.dir, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == name {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
