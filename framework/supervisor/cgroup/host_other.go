//go:build !linux

package cgroup

import (
	"context"
	"syscall"
)

// Host has no groups: only Linux does.
type Host struct{}

// Open returns a host whose groups enforce nothing.
func Open() *Host { return &Host{} }

// Close does nothing.
func (*Host) Close() error { return nil }

// New makes a group that enforces nothing.
func (*Host) New(string, Limits) *Group { return &Group{} }

// Group enforces nothing.
type Group struct{}

// Set does nothing.
func (*Group) Set(Limits) {}

// Start starts the process.
func (*Group) Start(_ *syscall.SysProcAttr, start func() (pid int, err error)) error {
	_, err := start()
	return err
}

// Enforced says that nothing is.
func (*Group) Enforced() []Measure {
	var all []Measure
	for _, l := range []string{LimitMemory, LimitTasks, LimitCPU, LimitKill} {
		all = append(all, Measure{Limit: l, By: ByNone, Why: "only Linux has control groups"})
	}
	return all
}

// Usage is unknown.
func (*Group) Usage() Usage { return Usage{} }

// Kill does nothing.
func (*Group) Kill() {}

// Close does nothing.
func (*Group) Close(context.Context) error { return nil }
