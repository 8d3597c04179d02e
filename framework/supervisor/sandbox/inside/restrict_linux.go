package inside

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// What follows holds for every thread of this process, for those that stay must
// not be worth taking over. To reach them all takes time, so what counts for an
// exec alone is done on the one thread that the plugin comes from (Main locks
// it): the set of capabilities that an exec can bring.

// all makes a system call on every thread.
func all(nr, a1, a2, a3 uintptr) error {
	if _, _, errno := syscall.AllThreadsSyscall6(nr, a1, a2, a3, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// dieWithHost asks the kernel to kill this process when the host's thread that
// started it ends, and looks whether it has ended before that.
func dieWithHost() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	fds := []unix.PollFd{{Fd: controlFD}}
	if _, err := unix.Poll(fds, 0); err == nil && fds[0].Revents&unix.POLLHUP != 0 {
		return errors.New("the host has gone")
	}
	return nil
}

// restrict takes away what the plugin may not do, in the order in which one
// needs what the next takes.
func (l *launch) restrict() error {
	unix.Umask(0o077)
	if l.Niceness != 0 {
		if err := unix.Setpriority(unix.PRIO_PROCESS, 0, l.Niceness); err != nil {
			l.note("cpu", "its priority stays: "+err.Error())
		}
	}
	for _, r := range l.Limits {
		if err := setLimit(r.Resource, r.Value); err != nil {
			return fmt.Errorf("set resource limit %d: %w", r.Resource, err)
		}
	}
	if err := l.leave(); err != nil {
		return err
	}
	if err := all(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if err := l.landlock(); err != nil {
		return fmt.Errorf("restrict by Landlock: %w", err)
	}
	if l.Own != nil {
		// The plugin has the same user as this process and must not write its
		// memory. Its own exec makes it dumpable again, for its own debugger.
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
			return fmt.Errorf("hide memory: %w", err)
		}
	}
	return l.filter()
}

// setLimit lowers a limit; one that is lower already stays.
func setLimit(resource int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	v := min(value, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: v, Max: v})
}

// highestCap is beyond the last capability of any kernel; the kernel says where
// its own end.
const highestCap = 63

// leave gives up every capability, for good, and becomes the plugin's user.
func (l *launch) leave() error {
	for c := uintptr(0); c <= highestCap; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break // there are no more
		}
		if errors.Is(err, unix.EPERM) {
			break // without the right to drop there is none to be had: no_new_privs follows
		}
		if err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := all(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	if l.ID != nil {
		if err := errors.Join(syscall.Setgroups(l.ID.Groups), syscall.Setresgid(l.ID.GID, l.ID.GID, l.ID.GID),
			syscall.Setresuid(l.ID.UID, l.ID.UID, l.ID.UID)); err != nil {
			return fmt.Errorf("become user %d: %w", l.ID.UID, err)
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := all(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0); err != nil {
		return fmt.Errorf("give up capabilities: %w", err)
	}
	return dieWithHost()
}

// landlock restricts files, TCP ports, signals and abstract sockets as far as
// the kernel can.
func (l *launch) landlock() error {
	r := l.Rules
	if r.Off {
		return nil
	}
	var rules []landlock.Rule
	for _, p := range l.reached(r.Read) {
		if isDir(p) {
			rules = append(rules, landlock.RODirs(p).IgnoreIfMissing())
		} else {
			rules = append(rules, landlock.ROFiles(p).IgnoreIfMissing())
		}
	}
	for _, p := range l.reached(r.Write) {
		if isDir(p) {
			rules = append(rules, landlock.RWDirs(p).IgnoreIfMissing())
		} else {
			rules = append(rules, landlock.RWFiles(p).IgnoreIfMissing())
		}
	}
	for _, p := range l.reached(r.Devices) {
		rules = append(rules, landlock.RWFiles(p).WithIoctlDev().IgnoreIfMissing())
	}
	for _, p := range l.reached(r.Sockets) {
		rules = append(rules, landlock.RWFiles(p).WithResolveUnix().IgnoreIfMissing())
	}
	for _, p := range r.Connect {
		rules = append(rules, landlock.ConnectTCP(p))
	}
	for _, p := range r.Bind {
		rules = append(rules, landlock.BindTCP(p))
	}
	if r.Resolve {
		rules = append(rules, landlock.ConnectTCP(dnsPort), landlock.ConnectSendUDP(dnsPort), landlock.BindUDP(0))
	}
	return landlock.V10.BestEffort().Restrict(rules...)
}

// reached leaves out what the plugin's user can't get at, and notes it.
func (l *launch) reached(paths []string) (can []string) {
	for _, p := range paths {
		if err := unix.Access(p, unix.F_OK); errors.Is(err, unix.EACCES) {
			l.note("files", p+" is granted, and out of reach of the plugin's user: give that user, or others, the permission")
			continue
		}
		if err := unix.Access(p, unix.R_OK); errors.Is(err, unix.EACCES) {
			l.note("files", p+" is granted, and the plugin's user may not read it: give others the permission")
			continue
		}
		can = append(can, p)
	}
	return can
}

// dnsPort is that of name servers (RFC 1035, section 4.2).
const dnsPort = 53

func isDir(p string) bool {
	i, err := os.Stat(p)
	return err == nil && i.IsDir()
}

// filter loads the seccomp program, for all threads.
func (l *launch) filter() error {
	if len(l.Filter) == 0 {
		return nil
	}
	program := make([]unix.SockFilter, len(l.Filter))
	for i, f := range l.Filter {
		program[i] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} //nolint:gosec // the kernel refuses more
	r, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return fmt.Errorf("load the system call filter: %w", errno)
	case r != 0:
		return fmt.Errorf("load the system call filter: thread %d does not take it", r)
	}
	return nil
}
