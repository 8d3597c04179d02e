//go:build linux

package main

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var kernelEscapes = []attempt{
	{"mount a file system", func() error { return mounts("tmpfs", "tmpfs", 0) }},
	{"bind the root", func() error { return mounts("/", "", unix.MS_BIND|unix.MS_REC) }},
	{"mount the processes", func() error { return mounts("proc", "proc", 0) }},
	{"remount a folder", func() error { return answered(unix.Mount("", mine("."), "", unix.MS_REMOUNT|unix.MS_BIND, "")) }},
	{"the new way to mount", func() error { return call(unix.SYS_FSOPEN, text("tmpfs"), 0, 0) }},
	{"a detached tree", func() error { return call(unix.SYS_OPEN_TREE, ^uintptr(99), text("/"), 1) }},
	{"unmount a folder", func() error { return answered(unix.Unmount(mine("."), unix.MNT_DETACH)) }},
	{"a root of its own", func() error { return unix.Chroot("/") }},
	{"programs in the kernel", func() error {
		attr := [16]uint32{1, 4, 4, 1} // an array of one
		return call(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&attr[0])), unsafe.Sizeof(attr))
	}},
	{"counters of the kernel", func() error {
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{}))}
		_, err := unix.PerfEventOpen(&attr, prey.Host, -1, -1, 0)
		return err
	}},
	{"keys", func() error { _, err := unix.KeyctlJoinSessionKeyring(""); return err }},
	{"a key of its own", func() error {
		_, err := unix.AddKey("user", "zoo", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
		return err
	}},
	{"rings of calls", func() error {
		var params [120]byte
		return call(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params[0])), 0)
	}},
	{"faults of its own", func() error { return call(unix.SYS_USERFAULTFD, 0, 0, 0) }},
	{"a module", func() error { return unix.InitModule([]byte{1}, "") }},
	{"another kernel", func() error { return call(unix.SYS_KEXEC_LOAD, 0, 0, 0) }},
	{"a reboot", func() error { return answered(unix.Reboot(0x0ddba11)) }},
	{"the clock", func() error {
		now := unix.NsecToTimespec(time.Now().UnixNano())
		return unix.ClockSettime(unix.CLOCK_REALTIME, &now)
	}},
	{"the clock's rate", func() error {
		t := unix.Timex{Modes: 0x4000} // ADJ_TICK
		_, err := unix.Adjtimex(&t)
		return answered(err)
	}},
	{"ports of the processor", func() error { return call(unix.SYS_IOPL, 3, 0, 0) }},
	{"the kernel's words", func() error { _, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, make([]byte, 64)); return err }},
	{"what others do with files", func() error { _, err := unix.FanotifyInit(0, 0); return err }},
	{"accounts of processes", func() error { return unix.Acct("") }},
	{"swap", func() error { return call(unix.SYS_SWAPOFF, text("/none"), 0, 0) }},
	{"quotas", func() error { return call(unix.SYS_QUOTACTL, 0x800002, text("/dev/vda"), 0) }},
	{"pages of the host", func() error { return call(unix.SYS_MIGRATE_PAGES, uintptr(prey.Host), 64, 0) }}, //nolint:gosec // a number
	{"comparing itself with the host", func() error { _, e := kcmp(prey.Host); return e }},
	{"execution of data in 32 bits", func() error { return call(unix.SYS_MODIFY_LDT, 1, 0, 0) }},
}

func mounts(source, kind string, flags uintptr) error {
	err := unix.Mount(source, mine("."), kind, flags, "")
	if err == nil {
		_ = unix.Unmount(mine("."), unix.MNT_DETACH)
	}
	return err
}

// call makes a system call that the kernel may know and must refuse.
func call(number, a, b, c uintptr) error {
	_, _, e := syscall.Syscall(number, a, b, c)
	if e != 0 {
		return e
	}
	return nil
}

// answered takes an objection to the arguments for a way out: whoever may not
// ask at all hears something else.
func answered(err error) error {
	if err == unix.EINVAL { //nolint:errorlint // as the kernel gives it
		return nil
	}
	return err
}

func text(s string) uintptr {
	b := append([]byte(s), 0)
	return uintptr(unsafe.Pointer(&b[0]))
}

func kcmp(pid int) (uintptr, error) {
	r, _, e := syscall.Syscall6(unix.SYS_KCMP, uintptr(syscall.Getpid()), uintptr(pid), 1, 0, 0, 0) //nolint:gosec // numbers
	if e != 0 {
		return r, e
	}
	return r, nil
}
