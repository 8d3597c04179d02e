//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

var processEscapes = []attempt{
	{"signal the host", func() error { return unix.Kill(prey.Host, 0) }},
	{"signal another plugin", func() error { return unix.Kill(prey.Neighbour, 0) }},
	{"signal the host by descriptor", func() error {
		fd, err := unix.PidfdOpen(prey.Host, 0)
		if err != nil {
			return err
		}
		return unix.PidfdSendSignal(fd, 0, nil, 0)
	}},
	{"take a descriptor of the host", func() error {
		fd, err := unix.PidfdOpen(prey.Host, 0)
		if err != nil {
			return err
		}
		_, err = unix.PidfdGetfd(fd, 1, 0)
		return err
	}},
	{"trace the host", func() error { return unix.PtraceAttach(prey.Host) }},
	{"trace another plugin", func() error { return unix.PtraceAttach(prey.Neighbour) }},
	{"seize the host", func() error { return unix.PtraceSeize(prey.Host) }},
	{"read the host's memory", func() error {
		b := make([]byte, 8)
		local := []unix.Iovec{{Base: &b[0], Len: 8}}
		_, err := unix.ProcessVMReadv(prey.Host, local, []unix.RemoteIovec{{Base: 0x400000, Len: 8}}, 0)
		return err
	}},
	{"write the host's memory", func() error {
		b := make([]byte, 8)
		local := []unix.Iovec{{Base: &b[0], Len: 8}}
		_, err := unix.ProcessVMWritev(prey.Host, local, []unix.RemoteIovec{{Base: 0xc000000000, Len: 8}}, 0)
		return err
	}},
	{"read another plugin's memory", func() error { return reads(of(prey.Neighbour, "mem")) }},
	{"the host's environment", func() error { return finds(of(prey.Host, "environ")) }},
	{"the host's arguments", func() error { return reads(of(prey.Host, "cmdline")) }},
	{"the host's descriptors", func() error { return lists(of(prey.Host, "fd")) }},
	{"the host's memory map", func() error { return reads(of(prey.Host, "maps")) }},
	{"the host's memory as a file", func() error { return opens(of(prey.Host, "mem"), os.O_RDWR) }},
	{"the host among the processes", func() error {
		list, err := os.ReadDir("/proc")
		if err != nil {
			return err
		}
		for _, e := range list {
			if b, _ := os.ReadFile("/proc/" + e.Name() + "/comm"); strings.HasSuffix(strings.TrimSpace(string(b)), ".test") {
				return nil
			}
		}
		return errNothing
	}},
	{"the host's limits", func() error {
		var l unix.Rlimit
		return unix.Prlimit(prey.Host, unix.RLIMIT_NOFILE, nil, &l)
	}},
	{"the host's priority", func() error {
		n, err := unix.Getpriority(unix.PRIO_PROCESS, prey.Host)
		if err != nil {
			return err
		}
		return unix.Setpriority(unix.PRIO_PROCESS, prey.Host, 20-n)
	}},
	{"the host's processors", func() error {
		var set unix.CPUSet
		return unix.SchedGetaffinity(prey.Host, &set)
	}},
	{"the host's network namespace", func() error { return joins(of(prey.Host, "ns/net"), unix.CLONE_NEWNET) }},
	{"the host's mount namespace", func() error { return joins(of(prey.Host, "ns/mnt"), unix.CLONE_NEWNS) }},
	{"the host's namespaces by descriptor", func() error {
		fd, err := unix.PidfdOpen(prey.Host, 0)
		if err != nil {
			return err
		}
		return unix.Setns(fd, unix.CLONE_NEWNET|unix.CLONE_NEWPID)
	}},
	{"a user namespace", func() error { return clones(unix.CLONE_NEWUSER) }},
	{"a mount namespace", func() error { return clones(unix.CLONE_NEWNS) }},
	{"a network namespace", func() error { return clones(unix.CLONE_NEWNET) }},
	{"capabilities", func() error {
		b, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, "CapEff:"); ok && strings.Trim(v, "0 \t\n") != "" {
				say("capabilities %s", strings.TrimSpace(v))
				return nil
			}
		}
		return errNothing
	}},
	{"new privileges", func() error {
		on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
		if err == nil && on == 1 {
			return fmt.Errorf("no_new_privs is set")
		}
		return err
	}},
	{"another user's id", func() error {
		if _, _, e := syscall.RawSyscall(unix.SYS_SETRESUID, 1, 1, 1); e != 0 {
			return e
		}
		return nil
	}},
	{"core dumps", func() error { return raises(unix.RLIMIT_CORE) }},
	{"more descriptors", func() error { return raises(unix.RLIMIT_NOFILE) }},
	{"a System V segment of the host", func() error {
		_, _, e := syscall.RawSyscall(unix.SYS_SHMGET, uintptr(prey.Key), 1, 0) //nolint:gosec // a key
		if e != 0 {
			return e
		}
		return nil
	}},
	{"a message queue of the host", func() error {
		name := append([]byte(strings.TrimPrefix(prey.Abstract, "@")), 0)
		_, _, e := syscall.RawSyscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(&name[0])), unix.O_RDONLY, 0, 0, 0, 0)
		if e != 0 {
			return e
		}
		return nil
	}},
}

func joins(path string, kind int) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Setns(fd, kind)
}

// clones gets out where a child may be made in namespaces of its own.
func clones(flags uintptr) error {
	if err := unix.Unshare(int(flags)); err == nil {
		return nil
	}
	p, err := os.StartProcess("/proc/self/exe", []string{"zoo", childName, token, "end"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Cloneflags: flags}})
	if err == nil {
		_, _ = p.Wait()
	}
	return err
}

// raises gets out where a hard limit can be raised.
func raises(resource int) error {
	var l unix.Rlimit
	if err := unix.Getrlimit(resource, &l); err != nil {
		return err
	}
	if l.Max == unix.RLIM_INFINITY {
		return nil
	}
	l.Max++
	return unix.Setrlimit(resource, &l)
}
