package sandbox

import (
	"encoding/binary"
	"testing"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The program is run as the kernel would, on struct seccomp_data.
func TestFilter(t *testing.T) {
	info, err := arch.GetInfo("")
	if err != nil {
		t.Skip(err)
	}
	raw, err := filter()
	if err != nil {
		t.Fatal(err)
	}
	program := make([]bpf.Instruction, len(raw))
	for i, r := range raw {
		program[i] = bpf.RawInstruction{Op: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}.Disassemble()
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	run := func(id arch.AuditArch, number int, args ...uint64) seccomp.Action {
		// Words are read by the machine's order; the VM reads the network's.
		b := binary.BigEndian.AppendUint32(nil, uint32(number)) //nolint:gosec // a small number
		b = binary.BigEndian.AppendUint32(b, uint32(id))
		b = append(b, make([]byte, 8)...) // the instruction pointer
		for i := range 6 {
			var v uint64
			if i < len(args) {
				v = args[i]
			}
			// The low word comes first on the machines that there are.
			b = binary.BigEndian.AppendUint32(b, uint32(v)) //nolint:gosec // the low half
			b = binary.BigEndian.AppendUint32(b, uint32(v>>32))
		}
		got, err := vm.Run(b)
		if err != nil {
			t.Fatal(err)
		}
		return seccomp.Action(got) //nolint:gosec // 32 bits
	}
	for _, tt := range []struct {
		name, call string
		args       []uint64
		want       seccomp.Action
	}{
		{"a fork that looks like ptrace", "clone", []uint64{101}, seccomp.ActionAllow},
		{"a socket that looks like ptrace", "socket", []uint64{unix.AF_INET, 0, 6}, seccomp.ActionAllow},
		{"read", "read", nil, seccomp.ActionAllow},
		{"trace", "ptrace", nil, refuse(unix.EPERM)},
		{"unshare", "unshare", nil, refuse(unix.EPERM)},
		{"thread", "clone", []uint64{unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND}, seccomp.ActionAllow},
		{"fork", "clone", []uint64{uint64(unix.SIGCHLD) | unix.CLONE_VFORK | unix.CLONE_VM | unix.CLONE_PIDFD}, seccomp.ActionAllow},
		{"user namespace", "clone", []uint64{unix.CLONE_NEWUSER}, refuse(unix.EPERM)},
		{"two namespaces", "clone", []uint64{unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_VM}, refuse(unix.EPERM)},
		{"clone3", "clone3", nil, refuse(unix.ENOSYS)},
		{"TCP", "socket", []uint64{unix.AF_INET, unix.SOCK_STREAM | unix.SOCK_CLOEXEC, unix.IPPROTO_TCP}, seccomp.ActionAllow},
		{"any stream", "socket", []uint64{unix.AF_INET6, unix.SOCK_STREAM, 0}, seccomp.ActionAllow},
		{"UDP", "socket", []uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDP}, seccomp.ActionAllow},
		{"MPTCP", "socket", []uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}, refuse(unix.EPROTONOSUPPORT)},
		{"MPTCP of version 6", "socket", []uint64{unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}, refuse(unix.EPROTONOSUPPORT)},
		{"ICMP", "socket", []uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, refuse(unix.EPROTONOSUPPORT)},
		{"a protocol with rubbish above", "socket", []uint64{unix.AF_INET, unix.SOCK_STREAM, 1<<32 | unix.IPPROTO_TCP}, refuse(unix.EPROTONOSUPPORT)},
		{"a family with rubbish above", "socket", []uint64{1<<32 | unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}, refuse(unix.EPROTONOSUPPORT)},
		{"SCTP by no number", "socket", []uint64{unix.AF_INET, unix.SOCK_SEQPACKET, 0}, refuse(unix.EPROTONOSUPPORT)},
		{"DCCP by no number", "socket", []uint64{unix.AF_INET6, unix.SOCK_DCCP | unix.SOCK_NONBLOCK, 0}, refuse(unix.EPROTONOSUPPORT)},
		{"Unix packets", "socket", []uint64{unix.AF_UNIX, unix.SOCK_SEQPACKET, 0}, seccomp.ActionAllow},
		{"Unix", "socket", []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0}, seccomp.ActionAllow},
		{"routes", "socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, seccomp.ActionAllow},
		{"firewall", "socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER}, refuse(unix.EPROTONOSUPPORT)},
		{"packets", "socket", []uint64{unix.AF_PACKET, unix.SOCK_RAW, 0}, refuse(unix.EPROTONOSUPPORT)},
		{"virtual machines", "socket", []uint64{unix.AF_VSOCK, unix.SOCK_STREAM, 0}, refuse(unix.EPROTONOSUPPORT)},
		{"a pair", "socketpair", []uint64{unix.AF_UNIX}, seccomp.ActionAllow},
		{"a pair of another family", "socketpair", []uint64{unix.AF_TIPC}, refuse(unix.EPROTONOSUPPORT)},
		{"a mode", "fchmodat", []uint64{3, 0, 0o755}, seccomp.ActionAllow},
		{"a mode that lends its owner", "fchmodat", []uint64{3, 0, 0o4755}, refuse(unix.EPERM)},
		{"a mode that lends its group", "fchmod", []uint64{3, 0o2755}, refuse(unix.EPERM)},
		{"a file", "openat", []uint64{3, 0, unix.O_CREAT | unix.O_WRONLY, 0o755}, seccomp.ActionAllow},
		{"a file that lends its owner", "openat", []uint64{3, 0, unix.O_CREAT | unix.O_WRONLY, 0o4755}, refuse(unix.EPERM)},
		{"a file without a name that does", "openat", []uint64{3, 0, unix.O_TMPFILE | unix.O_RDWR, 0o4755}, refuse(unix.EPERM)},
		{"a file that is there, and rubbish", "openat", []uint64{3, 0, unix.O_DIRECTORY, 0o4755}, seccomp.ActionAllow},
		{"openat2", "openat2", nil, refuse(unix.ENOSYS)},
		{"what it is", "personality", []uint64{0xffffffff}, seccomp.ActionAllow},
		{"no random addresses", "personality", []uint64{0x0040000}, refuse(unix.EPERM)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := run(info.ID, info.SyscallNames[tt.call], tt.args...); got != tt.want {
				t.Errorf("got %#x, want %#x", uint32(got), uint32(tt.want))
			}
		})
	}
	if got := run(info.ID^1, info.SyscallNames["read"]); got != seccomp.ActionKillProcess {
		t.Errorf("another architecture's: %#x", uint32(got))
	}
	if info.Name == arch.X86_64.Name {
		if got := run(info.ID, arch.X32.SeccompMask|info.SyscallNames["ptrace"]); got != refuse(unix.ENOSYS) {
			t.Errorf("x32: %#x", uint32(got))
		}
	}
}

// Every call that is refused exists somewhere: a wrong name would protect
// nothing.
func TestRefusedNames(t *testing.T) {
	tables := []*arch.Info{arch.X86_64, arch.AARCH64, arch.ARM, arch.I386}
	for _, name := range refused {
		found := false
		for _, info := range tables {
			_, ok := info.SyscallNames[name]
			found = found || ok
		}
		if !found {
			t.Errorf("no architecture has %s", name)
		}
	}
}
