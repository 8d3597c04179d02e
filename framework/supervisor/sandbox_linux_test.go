package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// nobody is an ordinary user, and ordinary what must hold for one as for root.
const (
	nobody   = 65534
	ordinary = "^(TestDescribe|TestStop|TestStartErrors|TestHangsAtStart|TestChildGoesToo|TestHostKilled|TestEnvironment|TestLifeline|" +
		"TestEscapeAttempts|TestEscapeAttemptsWithoutNamespaces|TestRequired|TestResidue|TestDaemon|TestScript|TestNames|TestGrantCostsNobodyElse|TestGrantThatIsALink|TestUSBGrant|TestUSBGrantWithoutNamespaces)$"
)

func TestAsOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user, and any other is one already")
	}
	if testing.Short() {
		t.Skip("repeats other tests as another user")
	}
	launcher, err := build.Launcher(t.Context(), nil)
	if err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "ord")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, "t")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(tmp, 0o700), os.Chown(tmp, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"/proc/self/exe": "test", launcher: "launcher"} {
		if err := copyFile(filepath.Join(dir, to), from); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "test"), "-test.run", ordinary, "-test.v")
	cmd.Dir = tmp
	cmd.Env = []string{"TMPDIR=" + tmp, launcherEnv + "=" + filepath.Join(dir, "launcher")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, must := range []string{"--- PASS: TestDescribe", "--- PASS: TestResidue", "--- PASS: TestUSBGrant (", "--- PASS: TestUSBGrantWithoutNamespaces"} {
		if !strings.Contains(out.String(), must) {
			t.Errorf("no %q in\n%s", must, out.String())
		}
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if strings.Contains(line, "enforced") || strings.Contains(line, "SKIP") || strings.Contains(line, "partly") {
			t.Log(line)
		}
	}
}

func copyFile(to, from string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

// restartsTried is how often a plugin is started and killed to see what is left.
const restartsTried = 30

// held are what a host holds and must not hold more of after each restart.
func held(t *testing.T, name, dir string) map[string]int {
	t.Helper()
	count := func(path string) int {
		l, err := os.ReadDir(path)
		if err != nil {
			t.Fatal(err)
		}
		return len(l)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	groups := 0
	for _, pattern := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*", "/sys/fs/cgroup/*/*"} {
		l, _ := filepath.Glob(filepath.Join(pattern, "aisle-*", name+"-*")) // a good pattern
		groups += len(l)
	}
	return map[string]int{
		"descriptors": count("/proc/self/fd"), "mounts": bytes.Count(mounts, []byte(dir)), "goroutines": runtime.NumGoroutine(),
		"children": len(bytes.Fields(children)), "control groups": groups,
	}
}

// Of plugins that are killed again and again nothing is left, whoever dies
// first.
func TestResidue(t *testing.T) {
	s := supervise(t, Options{})
	name := fmt.Sprintf("residue-%d", os.Getpid())
	_, g := surroundings(t, 0o600)
	once := func(t *testing.T, i int) {
		sp := spec("serve")
		sp.Name, sp.Grants = name, g
		in, err := s.Start(t.Context(), sp)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			err = syscall.Kill(in.PID(), syscall.SIGKILL)
		case 1:
			in.Kill()
		case 2:
			err = syscall.Kill(in.PID(), syscall.SIGSTOP)
			in.Kill()
		}
		if err := errors.Join(err, in.Stop()); err != nil {
			t.Fatal(err)
		}
	}
	once(t, 0) // opens what is opened once
	before := held(t, name, s.dirs.base)
	for i := range restartsTried {
		once(t, i)
	}
	var after map[string]int
	for range 6000 { // goroutines and descriptors of closed connections are on their way out
		after = held(t, name, s.dirs.base)
		if after["goroutines"] <= before["goroutines"] && after["descriptors"] <= before["descriptors"] {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for what, n := range before {
		if what == "descriptors" || what == "goroutines" {
			if after[what] > n {
				t.Errorf("%s: %d before, %d after", what, n, after[what])
			}
		} else if after[what] != n {
			t.Errorf("%s: %d before, %d after", what, n, after[what])
		}
	}
	l, err := os.ReadDir(s.dirs.base)
	if err != nil || len(l) != 1 { // the lock
		t.Errorf("left in the run directory: %v, %v", l, err)
	}
}

// What daemonises ends with the plugin.
func TestDaemon(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	in, err := s.Start(t.Context(), spec("daemon"))
	if err != nil {
		t.Fatal(err)
	}
	isolating(t, in.Isolation())
	daemon := 0
	for daemon == 0 {
		for _, m := range log.messages() {
			_, _ = fmt.Sscanf(m, "daemon %d", &daemon) // another line, then
		}
	}
	gone := watchExit(t, numberOf(t, os.Getpid(), daemon))
	if err := syscall.Kill(in.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-in.Done()
	if !gone() {
		t.Error("the daemon is still there")
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
}

// A script runs by the interpreter that it names, from sealed memory.
func TestScript(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "plugin")
	script := "#!/bin/sh\necho \"I am $1, $(wc -l <$0) lines\" >&2\nexit 7\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := supervise(t, Options{}).Start(t.Context(), Spec{Name: "acme", Path: path, Args: []string{"it"}})
	if err == nil || !strings.Contains(err.Error(), "exit status 7") || !strings.Contains(err.Error(), "I am it, 3 lines") {
		t.Errorf("got %v", err)
	}
}

// A plugin reaches what it was granted by name and by address, at that port and
// no other.
func TestNames(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	var ports []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	sp := spec("dial")
	sp.Args = append(sp.Args, "localhost:"+ports[0], "127.0.0.1:"+ports[0], "localhost:"+ports[1], "10.9.8.7:"+ports[0])
	sp.Grants = sandbox.Grants{Dial: []string{"localhost:" + ports[0], "10.9.8.7:" + ports[0]}}
	in, err := s.Start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	isolating(t, in.Isolation())
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	got := strings.Join(log.messages(), "\n")
	for _, want := range []string{"dial localhost:" + ports[0] + " <nil>", "dial 127.0.0.1:" + ports[0] + " <nil>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	// Its door is there, and may have closed already: behind it is nobody.
	if door := "dial 10.9.8.7:" + ports[0] + " "; !strings.Contains(got, door+"<nil>") &&
		!strings.Contains(got, door+"dial tcp 10.9.8.7:"+ports[0]+": connect: connection reset by peer") {
		t.Errorf("no %q in\n%s", door, got)
	}
	if !strings.Contains(got, "dial localhost:"+ports[1]) || strings.Contains(got, "dial localhost:"+ports[1]+" <nil>") {
		t.Errorf("reached what is not granted:\n%s", got)
	}
}

func init() {
	modes["daemon"] = func() {
		attr := &os.ProcAttr{Files: []*os.File{nil, nil, nil}, Sys: &syscall.SysProcAttr{Setsid: true}}
		p, err := os.StartProcess("/proc/self/exe", []string{"daemon", "plugin", "hang"}, attr)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(os.Stderr, "daemon %d\n", p.Pid)
		modes["serve"]()
	}
	modes["dial"] = func() {
		for _, to := range os.Args[3:] {
			fmt.Fprintln(os.Stderr, "dial", to, dialed("tcp", to))
		}
		modes["serve"]()
	}
}
