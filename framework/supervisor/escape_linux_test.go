package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk"
)

func init() {
	modes["escape"] = func() {
		tryAll(os.Args[3:])
		sdk.Serve(testPlugin())
	}
}

// outside is what a host has that its plugins must not reach.
type outside struct {
	secret   string // a file
	pid      int    // the host's
	tcp      string // a listener on loopback
	abstract string // an abstract socket
	path     string // a socket in the file system
	granted  string // a TCP listener that is granted
	shown    string // a file that is granted
}

// attempt is one try to get out. A nil error is a success of the plugin's.
type attempt struct {
	name string
	try  func(o outside) error
}

func call(nr uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	if _, _, errno := syscall.Syscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5]); errno != 0 {
		return errno
	}
	return nil
}

func dialed(network, address string) error {
	c, err := net.DialTimeout(network, address, 2*time.Second)
	if err == nil {
		c.Close()
	}
	return err
}

func opened(path string, flags int) error {
	f, err := os.OpenFile(path, flags, 0)
	if err == nil {
		f.Close()
	}
	return err
}

func socketed(family, kind, protocol int) error {
	fd, err := unix.Socket(family, kind, protocol)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// nothing is the error of an attempt that the kernel allows and that gives the
// plugin nothing.
func nothing(ok bool) error {
	if ok {
		return errors.New("it is worth nothing")
	}
	return nil
}

var attempts = []attempt{
	{"have a capability", func(outside) error {
		own := statusOf("self")
		for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
			if first(own[set]) != "0000000000000000" {
				return nil
			}
		}
		return nothing(first(own["NoNewPrivs"]) == "1" && first(own["Seccomp"]) == "2")
	}},
	{"gain a capability", func(outside) error { return nothing(first(statusOf("self")["CapBnd"]) == "0000000000000000") }},
	{"read a secret", func(o outside) error { return opened(o.secret, os.O_RDONLY) }},
	{"read the shadow file", func(outside) error { return opened("/etc/shadow", os.O_RDONLY) }},
	{"write a program", func(outside) error { return opened("/usr/bin/env", os.O_WRONLY) }},
	{"write where it may read", func(o outside) error { return opened(o.shown, os.O_WRONLY) }},
	{"write to itself", func(outside) error { return opened("/proc/self/exe", os.O_WRONLY) }},
	{"open the machine's memory", func(outside) error { return opened("/dev/mem", os.O_RDONLY) }},
	{"make a disk's node", func(outside) error { return unix.Mknod("/tmp/disk", unix.S_IFBLK|0o600, int(unix.Mkdev(8, 0))) }},
	{"see the host", func(o outside) error { return opened(fmt.Sprintf("/proc/%d/environ", o.pid), os.O_RDONLY) }},
	{"signal the host", func(o outside) error { return syscall.Kill(o.pid, 0) }},
	{"write its launcher's memory", func(outside) error {
		if os.Getppid() == 0 {
			return errors.New("it has none")
		}
		return opened(fmt.Sprintf("/proc/%d/mem", os.Getppid()), os.O_RDWR)
	}},
	{"trace its parent", func(outside) error { return unix.PtraceAttach(os.Getppid()) }},
	{"make a user namespace", func(outside) error { return unix.Unshare(unix.CLONE_NEWUSER) }},
	{"make a mount namespace by clone", func(outside) error { return call(unix.SYS_CLONE, unix.CLONE_NEWNS|uintptr(unix.SIGCHLD)) }},
	{"make one by clone3", func(outside) error {
		args := [11]uint64{0: unix.CLONE_NEWUSER, 4: uint64(unix.SIGCHLD)}
		return call(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))
	}},
	{"enter a namespace", func(outside) error { return call(unix.SYS_SETNS, 0, 0) }},
	{"mount", func(outside) error { return unix.Mount("x", "/tmp", "tmpfs", 0, "") }},
	{"mount anew", func(outside) error { _, err := unix.Fsopen("tmpfs", 0); return err }},
	{"change its root", func(outside) error { return unix.Chroot("/tmp") }},
	{"load a BPF program", func(outside) error { return call(unix.SYS_BPF, 0, 0, 0) }},
	{"count events", func(outside) error { return call(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0, 0, 0) }},
	{"use io_uring", func(outside) error { return call(unix.SYS_IO_URING_SETUP, 1, 0) }},
	{"use a key ring", func(outside) error {
		_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
		return err
	}},
	{"become root", func(outside) error {
		if err := syscall.Setuid(0); err != nil {
			return err
		}
		return nothing(opened("/etc/shadow", os.O_RDONLY) != nil)
	}},
	{"set the clock", func(outside) error { return unix.ClockSettime(unix.CLOCK_REALTIME, &unix.Timespec{Sec: 1}) }},
	{"connect to the host", func(o outside) error { return dialed("tcp", o.tcp) }},
	{"connect by Multipath TCP", func(outside) error { return socketed(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP) }},
	{"open a raw socket", func(outside) error { return socketed(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP) }},
	{"open a packet socket", func(outside) error { return socketed(unix.AF_PACKET, unix.SOCK_RAW, 0) }},
	{"talk to the firewall", func(outside) error { return socketed(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER) }},
	{"listen", func(outside) error {
		l, err := net.Listen("tcp", "127.0.0.1:7171")
		if err == nil {
			l.Close()
		}
		return err
	}},
	{"reach an abstract socket", func(o outside) error { return dialed("unix", o.abstract) }},
	{"reach a socket", func(o outside) error { return dialed("unix", o.path) }},
	{"raise its limits", func(outside) error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 19, Max: 1 << 19})
	}},
}

// allowed are what a plugin must be able to do, by what was granted.
var allowed = []attempt{
	{"read what is granted", func(o outside) error { return opened(o.shown, os.O_RDONLY) }},
	{"connect to what is granted", func(o outside) error { return dialed("tcp", o.granted) }},
	{"write a temporary file", func(outside) error {
		f, err := os.CreateTemp("", "x")
		if err == nil {
			f.Close()
		}
		return err
	}},
	{"throw away", func(outside) error { return os.WriteFile("/dev/null", []byte("x"), 0) }},
	{"draw random bytes", func(outside) error { return opened("/dev/urandom", os.O_RDONLY) }},
	{"know the time of day", func(outside) error { _, err := os.Stat("/usr"); return err }},
}

func tryAll(args []string) {
	pid, _ := strconv.Atoi(args[1])
	o := outside{args[0], pid, args[2], args[3], args[4], args[5], args[6]}
	for _, l := range []struct {
		kind string
		list []attempt
	}{{"escape", attempts}, {"allowed", allowed}} {
		for _, a := range l.list {
			err := a.try(o)
			if err == nil {
				fmt.Fprintf(os.Stderr, "%s: %s: done\n", l.kind, a.name)
				continue
			}
			fmt.Fprintf(os.Stderr, "%s: %s: not done: %v\n", l.kind, a.name, err)
		}
	}
}

// surroundings makes what a plugin is to be kept from, and what it is granted.
func surroundings(t *testing.T, shown os.FileMode) (o outside, g sandbox.Grants) {
	t.Helper()
	dir, err := os.MkdirTemp("", "out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listen := func(network, address string) string {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l.Addr().String()
	}
	o = outside{
		secret: filepath.Join(dir, "secret"), shown: filepath.Join(dir, "shown"), pid: os.Getpid(),
		tcp: listen("tcp", "127.0.0.1:0"), granted: listen("tcp", "127.0.0.1:0"),
		abstract: listen("unix", fmt.Sprintf("@aisle-test-%d", os.Getpid())), path: listen("unix", filepath.Join(dir, "s")),
	}
	if err := errors.Join(os.WriteFile(o.secret, []byte("canary"), 0o600), os.WriteFile(o.shown, []byte("canary"), shown),
		os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return o, sandbox.Grants{Dial: []string{o.granted}, Read: []string{o.shown}}
}

// escapes runs the escaping plugin and gives what it said of each kind.
func escapes(t *testing.T, s *Supervisor, log *records, level sandbox.Level, shown os.FileMode) (said map[string][]string, r sandbox.Report) {
	t.Helper()
	o, g := surroundings(t, shown)
	sp := spec("escape")
	sp.Args = append(sp.Args, o.secret, strconv.Itoa(o.pid), o.tcp, o.abstract, o.path, o.granted, o.shown)
	sp.Grants, sp.Isolation = g, level
	in, err := s.Start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	r = in.Isolation()
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	said = map[string][]string{}
	for _, m := range log.messages() {
		if kind, what, ok := strings.Cut(m, ": "); ok {
			said[kind] = append(said[kind], what)
		}
	}
	return said, r
}

func check(t *testing.T, said map[string][]string, except ...string) {
	t.Helper()
	if n := len(said["escape"]); n != len(attempts) {
		t.Errorf("%d attempts of %d", n, len(attempts))
	}
	for _, a := range said["escape"] {
		name, outcome, _ := strings.Cut(a, ": ")
		if outcome == "done" && !slices.Contains(except, name) {
			t.Errorf("escaped: %s", name)
		}
	}
	if n := len(said["allowed"]); n != len(allowed) {
		t.Errorf("%d allowed of %d", n, len(allowed))
	}
	for _, a := range said["allowed"] {
		if !strings.HasSuffix(a, ": done") {
			t.Errorf("allowed and could not: %s", a)
		}
	}
}

// isolating skips where this machine has no namespaces at all.
func isolating(t *testing.T, r sandbox.Report) {
	t.Helper()
	if m, _ := r.Measure(sandbox.Processes); m.State != sandbox.Enforced {
		t.Skip("not enforced here: " + m.Why)
	}
}

func TestEscapeAttempts(t *testing.T) {
	log := &records{}
	said, r := escapes(t, supervise(t, Options{Log: slog.New(log)}), log, sandbox.Auto, 0o600)
	for _, m := range r {
		t.Log(m)
	}
	isolating(t, r)
	check(t, said)
}

// Where there are no namespaces, Landlock, the filter and the user are left.
func TestEscapeAttemptsWithoutNamespaces(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	l, err := s.with.launcher()
	if err != nil {
		t.Skip(err)
	}
	l.WithoutNamespaces(errors.New("a test says so"))
	said, r := escapes(t, s, log, sandbox.Auto, 0o644)
	if m, _ := r.Measure(sandbox.Landlock); m.State == sandbox.Missing {
		t.Skip(m.Why)
	}
	for _, name := range []string{sandbox.Processes, sandbox.Network} {
		if m, _ := r.Measure(name); m.State == sandbox.Enforced || !strings.Contains(m.Why, "a test says so") {
			t.Errorf("reports %v", m)
		}
	}
	// A path that may be seen is reached where the port or the user is all
	// that is restricted; Landlock's version 9 refuses sockets, too.
	except := []string{"reach a socket"}
	if os.Getuid() != 0 {
		except = append(except, "gain a capability") // only root can give that up; no_new_privs is left
	}
	check(t, said, except...)
}

func TestRequired(t *testing.T) {
	s := supervise(t, Options{})
	l, err := s.with.launcher()
	if err != nil {
		t.Skip(err)
	}
	l.WithoutNamespaces(errors.New("a test says so"))
	sp := spec("serve")
	sp.Isolation = sandbox.Required
	_, err = s.Start(t.Context(), sp)
	var start *StartError
	var missing *sandbox.RequiredError
	if !errors.As(err, &start) || start.Reason != ReasonIsolation || !errors.As(err, &missing) || len(missing.Missing) == 0 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"processes", "a test says so", "allow user namespaces", `plugin "acme"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestRequiredWhereAllIsThere(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	probe, err := s.Start(t.Context(), spec("serve"))
	if err != nil {
		t.Fatal(err)
	}
	r := probe.Isolation()
	if err := probe.Stop(); err != nil {
		t.Error(err)
	}
	if m := r.Missing(); len(m) > 0 {
		t.Skipf("missing here: %v", m)
	}
	_, r = escapes(t, s, log, sandbox.Required, 0o600)
	if got := r.Summary(); !strings.HasPrefix(got, "isolated") {
		t.Error(got)
	}
}

// Without a launcher plugins run as they are, and every measure says why.
func TestNoLauncher(t *testing.T) {
	s := supervise(t, Options{Launcher: NoLauncher})
	in, err := s.Start(t.Context(), spec("serve"))
	if err != nil {
		t.Fatal(err)
	}
	if got := in.Isolation().Summary(); got != "not isolated: isolation is switched off" {
		t.Error(got)
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	sp := spec("serve")
	sp.Isolation = sandbox.Required
	if _, err := s.Start(t.Context(), sp); !errors.As(err, new(*sandbox.RequiredError)) {
		t.Errorf("got %v", err)
	}
}
