package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestMemory(t *testing.T) {
	h := asRoot(t)
	needs(t, h, LimitMemory)
	g := h.New("hog", Limits{Memory: 64 << 20})
	defer closeGroup(t, g)
	cmd, said := begin(t, g, "eat")
	_ = cmd.Wait() // the state says it
	if w, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); said != "" || !ok || w.Signal() != syscall.SIGKILL {
		t.Errorf("said %q and ended: %v", said, cmd.ProcessState)
	}
	if u := g.Usage(); u.OOMKills == 0 || u.MemoryPeak > 65<<20 || u.MemoryPeak < 32<<20 {
		t.Errorf("got %+v", u)
	}
}

func TestForkBomb(t *testing.T) {
	h := asRoot(t)
	needs(t, h, LimitTasks)
	g := h.New("bomb", Limits{Tasks: 60})
	defer closeGroup(t, g)
	_, said := begin(t, g, "fork")
	var n int
	if _, err := fmt.Sscanf(said, "forked %d", &n); err != nil || n == 0 || n >= 60 {
		t.Errorf("said %q", said)
	}
	if u := g.Usage(); u.Refused == 0 || u.Tasks > 60 || u.Tasks < 30 {
		t.Errorf("got %+v", u)
	}
}

func TestCPU(t *testing.T) {
	h := asRoot(t)
	needs(t, h, LimitCPU)
	g := h.New("burner", Limits{CPU: 50}) // less than its share of a machine that is busy
	defer closeGroup(t, g)
	begin(t, g, "burn")
	for g.Usage().Throttled < 10 { // for ever, if nothing held it back
		runtime.Gosched()
	}
}

// TestSet raises and lowers the limits of a group that runs.
func TestSet(t *testing.T) {
	h := asRoot(t)
	g := h.New("a/b c", Limits{})
	defer closeGroup(t, g)
	for _, l := range []Limits{{}, {128 << 20, 50, 20}, {256 << 20, 100, 2000}, {64 << 20, 20, 500}, {}} {
		g.Set(l)
		for _, m := range g.Enforced() {
			by := ByNone
			if tr := h.by(m.Limit); tr != nil {
				by = fmt.Sprintf("v%d", tr.version)
			}
			if m.By != by || m.Why == "" {
				t.Errorf("%+v: got %+v", l, m)
			}
			if unset := strings.Contains(m.Why, "no limit"); by != ByNone && m.Limit != LimitKill && unset != (l == Limits{}) {
				t.Errorf("%+v: got %+v", l, m)
			}
		}
	}
	for _, d := range dirs(g) {
		if !strings.HasPrefix(filepath.Base(d), "a_b_c-") {
			t.Errorf("it is called %s", d)
		}
	}
}

// kinds are hosts that do without some of what there is.
func kinds(t *testing.T) map[string]*Host {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	all := hierarchies(string(mounts), threadGroups())
	without := func(drop func(hierarchy) bool) *Host {
		return openWith(slices.DeleteFunc(slices.Clone(all), drop), nil)
	}
	hosts := map[string]*Host{
		"all":               without(func(hierarchy) bool { return false }),
		"no version 2":      without(func(h hierarchy) bool { return h.version == 2 }),
		"no freezer either": without(func(h hierarchy) bool { return h.version == 2 || slices.Contains(h.controllers, freezer) }),
		"memory alone":      without(func(h hierarchy) bool { return !slices.Equal(h.controllers, []string{LimitMemory}) }),
		"no clone3":         without(func(hierarchy) bool { return false }),
	}
	hosts["no clone3"].clone3 = false
	for _, h := range hosts {
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return hosts
}

// TestKill kills what has left its parent, its group and its session, in each
// of the ways that there are.
func TestKill(t *testing.T) {
	for name, h := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			if len(h.trees) == 0 {
				t.Skip("no control group can be made here: ", h.why)
			}
			g := h.New("stray", Limits{Tasks: 500})
			_, pid := begin(t, g, "leave")
			gone := watch(t, pid)
			_, said := begin(t, g, "wait")
			if said != "waiting" {
				t.Fatal(said)
			}
			closeGroup(t, g)
			if !gone() {
				t.Error("the grandchild lives")
			}
			var kill Measure
			for _, m := range g.Enforced() {
				if m.Limit == LimitKill {
					kill = m
				}
			}
			if each := strings.Contains(kill.Why, "one after"); kill.By == ByNone || each != (name == "no freezer either" || name == "memory alone") {
				t.Errorf("got %+v", kill)
			}
		})
	}
}

// TestKillBomb kills what forks as fast as it can.
func TestKillBomb(t *testing.T) {
	for name, h := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			needs(t, h, LimitKill)
			g := h.New("bomb", Limits{Tasks: 80})
			cmd := exec.Command("/proc/self/exe", "fork")
			if err := startIn(g, cmd); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Wait() }()
			if h.by(LimitTasks) != nil {
				for g.Usage().Tasks < 20 {
					runtime.Gosched()
				}
			}
			closeGroup(t, g)
		})
	}
}

// TestSweep: what a killed host left goes when the next one comes, and what a
// living one has stays.
func TestSweep(t *testing.T) {
	h := asRoot(t)
	own := h.New("mine", Limits{})
	defer closeGroup(t, own)
	none := &Group{host: &Host{}}
	host, said := begin(t, none, "host")
	f := strings.Fields(said)
	if len(f) < 2 {
		t.Fatalf("the host said %q", said)
	}
	gone := watch(t, f[0])
	second := Open()
	for _, d := range f[1:] {
		if _, err := os.Stat(d); err != nil {
			t.Errorf("a living host's: %v", err)
		}
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	_ = host.Process.Kill()
	_ = host.Wait() // it was killed
	third := Open()
	if !gone() {
		t.Error("the dead host's plugin lives")
	}
	for _, d := range f[1:] {
		if _, err := os.Stat(filepath.Dir(d)); err == nil {
			t.Errorf("%s is left", filepath.Dir(d))
		}
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
	for _, d := range dirs(own) {
		if _, err := os.Stat(d); err != nil {
			t.Errorf("the test's own: %v", err)
		}
	}
}

// TestSweepStrangers: the groups of others that are named like a host's, such as
// those of services, stay as they are.
func TestSweepStrangers(t *testing.T) {
	h := asRoot(t)
	none := &Group{host: &Host{}}
	for _, name := range []string{"aisle-back.service", "aisle-12345"} {
		within := filepath.Join(filepath.Dir(h.trees[0].dir), name)
		inner := filepath.Join(within, "inner")
		if err := errors.Join(os.Mkdir(within, 0o755), os.Mkdir(inner, 0o755)); err != nil {
			t.Fatal(err)
		}
		in := within // where nobody of a host's is
		if name == "aisle-back.service" {
			in = inner
		}
		cmd, _ := begin(t, none, "wait")
		if err := write(in, "cgroup.procs", strconv.Itoa(cmd.Process.Pid)); err != nil {
			t.Fatal(err)
		}
		second := Open()
		if err := second.Close(); err != nil {
			t.Error(err)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // the state says it
		if w, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || w.Signal() != syscall.SIGTERM {
			t.Errorf("%s: a stranger was killed: %v", name, cmd.ProcessState)
		}
		if err := errors.Join(os.Remove(inner), os.Remove(within)); err != nil {
			t.Error(err)
		}
	}
}

// TestVisitor: a host is in its plugin's group with a thread, for a moment, and
// that is no reason to kill it.
func TestVisitor(t *testing.T) {
	h := asRoot(t)
	i := slices.IndexFunc(h.trees, func(tr *tree) bool { return tr.version == 1 })
	if i < 0 {
		t.Skip("there is no version 1 here")
	}
	g := h.New("visited", Limits{})
	var dir string
	for _, p := range g.list() {
		if p.tree == h.trees[i] {
			dir = p.dir
		}
	}
	cmd := exec.Command("/proc/self/exe", "visit", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "visiting <nil>\n" {
		t.Fatalf("it said %q", said)
	}
	procs, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil || strings.TrimSpace(string(procs)) != strconv.Itoa(cmd.Process.Pid) {
		t.Fatalf("in the group are %q, %v", procs, err)
	}
	killEach(dir)
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the visitor: %v", err)
	}
	closeGroup(t, g)
}

func TestDescends(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	for pid, want := range map[int]bool{os.Getpid(): true, cmd.Process.Pid: true, os.Getppid(): false, 1: false, 0: false, 1 << 30: true} {
		if got := descends(strconv.Itoa(pid)); got != want {
			t.Errorf("%d: %v", pid, got)
		}
	}
}

func TestNone(t *testing.T) {
	for why, h := range map[string]*Host{
		"hierarchy": openWith(nil, nil), "can't tell": openWith(nil, os.ErrPermission),
		"no such file": openWith([]hierarchy{{1, []string{LimitMemory, LimitTasks, LimitCPU, freezer}, "/none", "/none/at/all"}}, nil),
	} {
		g := h.New("acme", ByClass())
		for _, m := range g.Enforced() {
			if m.By != ByNone || !strings.Contains(m.Why, why) {
				t.Errorf("%s: got %+v", why, m)
			}
		}
		cmd := exec.Command("/proc/self/exe", "nothing")
		if err := startIn(g, cmd); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // whatever it says
		closeGroup(t, g)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOrdinaryUser has a host run without any right, and with a part of version
// 2 of its own.
func TestOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become someone else")
	}
	const nobody = 65534
	run := func(attr *syscall.SysProcAttr) string {
		t.Helper()
		self, err := os.Open("/proc/self/exe") // the build's folder is not theirs
		if err != nil {
			t.Fatal(err)
		}
		defer self.Close()
		cmd := exec.Command("/proc/self/fd/3", "enforced")
		cmd.ExtraFiles, cmd.SysProcAttr = []*os.File{self}, attr
		attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	got := run(&syscall.SysProcAttr{})
	if strings.Count(got, " none ") != 4 || !strings.Contains(got, "permission denied") || !strings.Contains(got, "<nil> <nil>") {
		t.Errorf("without a right: %s", got)
	}
	h := asRoot(t)
	i := slices.IndexFunc(h.trees, func(tr *tree) bool { return tr.version == 2 })
	if i < 0 {
		t.Skip("there is no version 2 here")
	}
	dir := filepath.Join(h.trees[i].dir, "delegated")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "cgroup.procs", "cgroup.subtree_control"} {
		if err := os.Chown(filepath.Join(dir, name), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(h.trees[i].dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got = run(&syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd())})
	if !strings.Contains(got, "kill v2 all its processes at once") || !strings.Contains(got, "<nil> <nil>") || strings.Contains(got, "moved") {
		t.Errorf("in a part of its own: %s", got)
	}
	if left, err := os.ReadDir(dir); err != nil || slices.ContainsFunc(left, os.DirEntry.IsDir) {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestVersion2Files looks at what would be written where version 2 has the
// controllers, which few machines of both kinds do.
func TestVersion2Files(t *testing.T) {
	dir := t.TempDir()
	files := []string{"memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max"}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &part{tree: &tree{hierarchy: hierarchy{version: 2}, limits: []string{LimitMemory, LimitTasks, LimitCPU}}, dir: dir}
	read := func() string {
		var all []string
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(b))
			if err := os.Truncate(filepath.Join(dir, f), 0); err != nil {
				t.Fatal(err)
			}
		}
		return strings.Join(all, ",")
	}
	for _, tt := range []struct {
		l    Limits
		want string
	}{
		{Limits{1 << 20, 7, 1500}, "1048576,0,1,7,30000 20000"},
		{Limits{CPU: 20}, "max,0,1,max,2000 100000"},
		{Limits{}, "max,0,1,max,max"},
	} {
		for _, limit := range p.tree.limits {
			if err := p.set(limit, tt.l); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.l, got, tt.want)
		}
	}
	if err := (&part{tree: p.tree, dir: t.TempDir()}).set(LimitTasks, Limits{}); err == nil {
		t.Error("a file that is not there was written")
	}
}
