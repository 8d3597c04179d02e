package sandbox

import (
	"fmt"
	"slices"
	"sync"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// refused are the system calls that no plugin needs: those that reach into
// other processes, make or enter namespaces, change mounts, load code into the
// kernel, set the machine's clock or name, or whose reach nothing else here
// bounds. Names that an architecture does not have are left out.
var refused = []string{
	// Other processes.
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
	"move_pages", "migrate_pages",
	// Namespaces, mounts and roots.
	"unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick",
	"move_mount", "open_tree", "open_tree_attr", "mount_setattr", "statmount", "listmount", "mknod", "mknodat",
	"name_to_handle_at", "open_by_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "swapon", "swapoff",
	// The kernel.
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
	"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module", "query_module",
	"get_kernel_syms", "lookup_dcookie", "syslog", "reboot", "acct", "nfsservctl", "uselib", "_sysctl", "sysfs", "ustat",
	"iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "lsm_set_self_attr",
	// Keys outlive processes.
	"add_key", "request_key", "keyctl",
	// The machine.
	"settimeofday", "clock_settime", "clock_settime64", "stime", "sethostname", "setdomainname", "vhangup",
}

// namespaceFlags of clone(2): nobody makes namespaces in here.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWTIME

// otherTypes is a bit of each type of socket but streams, datagrams and raw ones,
// which take a capability: by SOCK_SEQPACKET and SOCK_DCCP there are SCTP and DCCP
// without their protocols' numbers, and Landlock's rules for ports hold for
// neither.
const otherTypes = 0x4 | 0x8

// What a socket may be. MPTCP, protocol 262, is not among the protocols:
// Landlock's rules for TCP ports don't hold for it (landlock-lsm/linux#54), and
// Go listens by it where it may.
var protocols = []uint64{0, unix.IPPROTO_TCP, unix.IPPROTO_UDP}

func refuse(with unix.Errno) seccomp.Action {
	return seccomp.ActionErrno | seccomp.Action(with)
}

func isNot(argument uint32, values ...uint64) (l seccomp.ArgumentConditions) {
	for _, v := range values {
		l = append(l, seccomp.Condition{Argument: argument, Operation: seccomp.NotEqual, Value: v})
	}
	return l
}

func is(argument uint32, value uint64) seccomp.ArgumentConditions {
	return seccomp.ArgumentConditions{{Argument: argument, Operation: seccomp.Equal, Value: value}}
}

// policies are the parts of the filter. One that looks at arguments is of one
// system call alone: the library goes on from there with an argument where the
// call's number should be.
func policies(info *arch.Info) []seccomp.Policy {
	var names []string
	for _, n := range refused {
		if _, ok := info.SyscallNames[n]; ok {
			names = append(names, n)
		}
	}
	of := func(g seccomp.SyscallGroup) seccomp.Policy {
		return seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{g}}
	}
	where := func(with unix.Errno, name string, conditions ...seccomp.ArgumentConditions) seccomp.Policy {
		g := seccomp.SyscallGroup{Action: refuse(with)}
		for _, c := range conditions {
			g.NamesWithCondtions = append(g.NamesWithCondtions, seccomp.NameWithConditions{Name: name, Conditions: c})
		}
		return of(g)
	}
	all := []seccomp.Policy{
		where(unix.EPERM, "clone", seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsSet, Value: namespaceFlags}}),
		where(unix.EPERM, "personality", isNot(0, 0, 0xffffffff)),
		where(unix.EPROTONOSUPPORT, "socket",
			isNot(0, unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK),
			append(is(0, unix.AF_INET), seccomp.Condition{Argument: 1, Operation: seccomp.BitsSet, Value: otherTypes}),
			append(is(0, unix.AF_INET6), seccomp.Condition{Argument: 1, Operation: seccomp.BitsSet, Value: otherTypes}),
			append(is(0, unix.AF_INET), isNot(2, protocols...)...),
			append(is(0, unix.AF_INET6), isNot(2, protocols...)...),
			append(is(0, unix.AF_NETLINK), isNot(2, unix.NETLINK_ROUTE)...)),
		where(unix.EPROTONOSUPPORT, "socketpair", isNot(0, unix.AF_UNIX)),
		// Its flags are in memory, where no filter sees them; C libraries then
		// take clone.
		of(seccomp.SyscallGroup{Action: refuse(unix.ENOSYS), Names: []string{"clone3", "openat2"}}),
		of(seccomp.SyscallGroup{Action: refuse(unix.EPERM), Names: names}),
	}
	for _, c := range setting {
		if _, ok := info.SyscallNames[c.name]; ok {
			all = append(all, where(unix.EPERM, c.name, c.when))
		}
	}
	return all
}

// setting are the ways to a file that makes others its owner who run it. What a
// plugin writes to a granted folder belongs to the folder's owner, root perhaps:
// it must not leave a program there that lends that out (as
// systemd.exec(5), RestrictSUIDSGID=). The mode of openat2 is in memory, and
// programs that are told there is no such call take openat.
var setting = func() (l []struct {
	name string
	when seccomp.ArgumentConditions
}) {
	const lending, making = unix.S_ISUID | unix.S_ISGID, unix.O_CREAT | unix.O_TMPFILE&^unix.O_DIRECTORY
	set := func(argument uint32, bits uint64) seccomp.Condition {
		return seccomp.Condition{Argument: argument, Operation: seccomp.BitsSet, Value: bits}
	}
	add := func(name string, when ...seccomp.Condition) {
		l = append(l, struct {
			name string
			when seccomp.ArgumentConditions
		}{name, when})
	}
	add("chmod", set(1, lending))
	add("fchmod", set(1, lending))
	add("fchmodat", set(2, lending))
	add("fchmodat2", set(2, lending))
	add("creat", set(1, lending))
	add("open", set(1, making), set(2, lending))
	add("openat", set(2, making), set(3, lending))
	return l
}()

// chain makes one program of all: what one lets pass, the next looks at.
func chain(info *arch.Info) ([]bpf.Instruction, error) {
	// The library lets pass what is called by another architecture's numbers
	// (on amd64, int 0x80), so that comes first.
	const archAt, wordSize = 4, 4
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: archAt, Size: wordSize},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(info.ID), SkipTrue: 1},
		bpf.RetConstant{Val: uint32(seccomp.ActionKillProcess)},
	}
	pass := bpf.RetConstant{Val: uint32(seccomp.ActionAllow)}
	for i, p := range policies(info) {
		part, err := p.Assemble()
		if err != nil {
			return nil, err
		}
		// Where it lets pass is its last instruction, and no other.
		if last := len(part) - 1; slices.Index(part, bpf.Instruction(pass)) != last {
			return nil, fmt.Errorf("part %d lets pass before its end", i)
		}
		program = append(program, part[:len(part)-1]...)
	}
	return append(program, pass), nil
}

// filter is the program, made once: the launcher, which is started with every
// plugin, need not know system calls by name.
var filter = sync.OnceValues(func() ([]order.Instruction, error) {
	info, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("system calls of this machine: %w", err)
	}
	program, err := chain(info)
	if err != nil {
		return nil, fmt.Errorf("system call filter: %w", err)
	}
	raw, err := bpf.Assemble(program)
	if err != nil {
		return nil, fmt.Errorf("system call filter: %w", err)
	}
	l := make([]order.Instruction, len(raw))
	for i, r := range raw {
		l[i] = order.Instruction{Op: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return l, nil
})
