//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var fileEscapes = []attempt{
	{"read a file of the host", func() error { return finds(prey.File) }},
	{"write a file of the host", func() error { return opens(prey.File, os.O_WRONLY|os.O_APPEND) }},
	{"remove a file of the host", func() error { return os.Remove(prey.File) }},
	{"read it through parents", func() error {
		return finds(os.Getenv("TMPDIR") + strings.Repeat("/..", 12) + prey.File)
	}},
	{"read it through a link", func() error {
		link := mine("link")
		if err := os.Symlink(prey.File, link); err != nil {
			return err
		}
		return finds(link)
	}},
	{"read it through a hard link", func() error {
		link := mine("hard")
		if err := os.Link(prey.File, link); err != nil {
			return err
		}
		return finds(link)
	}},
	{"read it below the host's root", func() error { return finds(of(prey.Host, "root"+prey.File)) }},
	{"read it below the first process's root", func() error { return finds("/proc/1/root" + prey.File) }},
	{"read it through the host's folder", func() error { return finds(of(prey.Host, "cwd/go.mod")) }},
	{"open it by handle", func() error {
		handle, mount, err := unix.NameToHandleAt(unix.AT_FDCWD, "/", 0)
		if err != nil {
			return err
		}
		fd, err := unix.OpenByHandleAt(mount, handle, unix.O_RDONLY)
		if err == nil {
			_ = unix.Close(fd)
		}
		return err
	}},
	{"read the shadow file", func() error { return reads("/etc/shadow") }},
	{"write the password file", func() error { return opens("/etc/passwd", os.O_WRONLY|os.O_APPEND) }},
	{"list the home of root", func() error { return lists("/root") }},
	{"list the home folders", func() error { return lists("/home") }},
	{"list another plugin's folder", func() error { return lists(prey.Dir) }},
	{"leave a file in another plugin's folder", func() error { return opens(filepath.Join(prey.Dir, "zoo"), os.O_CREATE|os.O_WRONLY) }},
	{"leave a file beside its own folder", func() error {
		path := filepath.Join(filepath.Dir(filepath.Dir(os.Getenv("TMPDIR"))), "zoo-was-here")
		defer os.Remove(path)
		if filepath.Dir(path) == "/" { // a root of its own: nobody else sees it
			return fmt.Errorf("its folder is at the root")
		}
		return opens(path, os.O_CREATE|os.O_WRONLY)
	}},
	{"write its own program", func() error { return opens("/proc/self/exe", os.O_WRONLY) }},
	{"write its own program's file", func() error { return opens(os.Args[0], os.O_WRONLY) }},
	{"shared memory of another", func() error { return finds(prey.Shm) }},
	{"a word among the environment", func() error {
		if !strings.Contains(strings.Join(os.Environ(), "\n"), secret()) {
			return errNothing
		}
		return nil
	}},
	{"a word in an inherited descriptor", func() error {
		for fd := 3; fd < 256; fd++ {
			b := make([]byte, 4096)
			if n, err := unix.Pread(fd, b, 0); err == nil && strings.Contains(string(b[:n]), secret()) {
				return nil
			}
		}
		return errNothing
	}},
	{"a word on standard input", func() error {
		b := make([]byte, 4096)
		if n, _ := os.Stdin.Read(b); !strings.Contains(string(b[:n]), secret()) {
			return errNothing
		}
		return nil
	}},
	{"physical memory", func() error { return opens("/dev/mem", os.O_RDONLY) }},
	{"the kernel's log device", func() error { return opens("/dev/kmsg", os.O_RDONLY) }},
	{"a disk", func() error {
		return anyOf(func(p string) error { return opens(p, os.O_RDONLY) }, "/dev/vda", "/dev/sda", "/dev/nvme0n1")
	}},
	{"a serial port", func() error {
		return anyOf(func(p string) error { return opens(p, os.O_RDWR) }, "/dev/ttyS0", "/dev/ttyUSB0")
	}},
	{"a device node of its own", func() error {
		node := mine("mem")
		if err := unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 1))); err != nil { //nolint:gosec // small
			return err
		}
		return opens(node, os.O_RDONLY)
	}},
	{"a set-user-id program", func() error {
		path := mine("suid")
		if err := os.WriteFile(path, []byte("x"), 0o700); err != nil {
			return err
		}
		if os.Getuid() == 0 {
			return fmt.Errorf("it would be its own")
		}
		return unix.Chown(path, 0, 0)
	}},
	{"how the kernel dumps cores", func() error { return opens("/proc/sys/kernel/core_pattern", os.O_WRONLY) }},
	{"the kernel's magic key", func() error { return opens("/proc/sysrq-trigger", os.O_WRONLY) }},
	{"the root control group", func() error {
		return anyOf(func(p string) error { return opens(p, os.O_WRONLY) }, "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs")
	}},
	{"never to be killed for memory", func() error { return os.WriteFile("/proc/self/oom_score_adj", []byte("-1000"), 0) }},
}

// anyOf gets out where one does; what is not there is no way out.
func anyOf(try func(string) error, paths ...string) (err error) {
	for _, p := range paths {
		if err = try(p); err == nil {
			return nil
		}
	}
	return err
}
