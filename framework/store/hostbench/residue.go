package hostbench

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
)

// residueMost is the growth of memory that is allowed, in MiB.
const residueMost = 8.0

// warm is how many restarts there are before what there is is counted, and
// restartsAtOnce how many plugins are being restarted at a time.
const (
	warm           = 40
	restartsAtOnce = 4
)

// traces are what a process can leave behind.
type traces struct {
	files, mounts, cgroups, descriptors, goroutines int
	memory                                          float64 // MiB
	mounted                                         []string
}

// residue starts and kills a plugin again and again and looks what is left.
func (b *bench) residue(ctx context.Context) (err error) {
	if err := b.kept.part("residue", b.From, b.Restarts); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(b.dir, "x")
	if err != nil {
		return err
	}
	sup := supervisor.New(&supervisor.Options{RunDir: dir, Log: slog.New(slog.DiscardHandler)})
	defer func() {
		if e := sup.Close(); err == nil {
			err = e
		}
	}()
	spec := b.programs.Spec(zoo.Animal{Name: "good"}, "good", "bench")
	turn := func(n int) error {
		in, err := sup.Start(ctx, spec)
		if err != nil {
			return err
		}
		if n%2 == 0 {
			in.Kill()
			<-in.Done()
		}
		return in.Stop()
	}
	in, err := sup.Start(ctx, spec)
	if err != nil {
		return err
	}
	groups := groupsOf(in.PID())
	if err := in.Stop(); err != nil {
		return err
	}
	if err := several(ctx, warm, restartsAtOnce, turn); err != nil {
		return err
	}
	before := look(dir, groups)
	if err := several(ctx, b.Restarts, restartsAtOnce, turn); err != nil {
		return err
	}
	after := look(dir, groups)
	// Others on this machine mount, too.
	for _, m := range after.mounted {
		if !slices.Contains(before.mounted, m) {
			b.Progress("a mount that was not there before: " + strings.TrimSpace(m))
		}
	}
	for _, what := range []struct {
		name          string
		before, after int
	}{
		{"files", before.files, after.files}, {"mounts", before.mounts, after.mounts}, {"control groups", before.cgroups, after.cgroups},
		{"descriptors", before.descriptors, after.descriptors}, {"goroutines", before.goroutines, after.goroutines},
	} {
		b.kept.count("residue "+what.name, float64(max(what.after-what.before, 0)))
		b.emit(Row{Key: "residue", Name: "left after restarts: " + what.name, Value: b.kept.Sums["residue "+what.name], Unit: what.name, Of: b.turns("residue")})
	}
	b.kept.count("residue memory", after.memory-before.memory)
	b.emit(Row{Key: "residue", Name: "memory grown over restarts", Value: b.kept.Sums["residue memory"], Unit: "MiB", Limit: residueMost, Of: b.turns("residue")})
	return nil
}

// turns sums up the parts of a loop.
func (b *bench) turns(loop string) (n int) {
	for _, p := range b.kept.Parts {
		if p.Loop == loop {
			n += p.Count
		}
	}
	return n
}

// look counts what there is. Goroutines that are on their way out get a moment.
func look(dir string, groups []string) (t traces) {
	time.Sleep(300 * time.Millisecond)
	debug.FreeOSMemory()
	_ = filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { t.files++; return nil }) // what can't be seen isn't there
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	t.mounted = slices.Collect(strings.Lines(string(mounts)))
	t.mounts = len(t.mounted)
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.ContainsFunc(groups, func(g string) bool { return strings.Contains(path, g) }) {
			t.cgroups++
		}
		return nil
	})
	fds, _ := os.ReadDir("/proc/self/fd")
	t.descriptors, t.goroutines = len(fds), runtime.NumGoroutine()
	t.memory = float64(statusKiB("VmRSS")) / 1024
	return t
}

// hostGroup is the name of a host's control group.
var hostGroup = regexp.MustCompile(`/aisle-\w+`)

// groupsOf are the names of the control groups of the host that a process is
// in: one in each hierarchy.
func groupsOf(pid int) []string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return hostGroup.FindAllString(string(b), -1)
}

// statusKiB reads a line of /proc/self/status, in KiB.
func statusKiB(name string) int {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(v)[0])
			return n
		}
	}
	return 0
}
