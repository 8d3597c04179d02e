package doctor

import (
	"os"
	"runtime"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor"
)

// launcherName is the program that isolates plugins, beside this one.
const launcherName = "aisle-launcher"

// Machine says what of isolation this machine has.
func Machine() []Feature {
	release := read("/proc/sys/kernel/osrelease")
	list := []Feature{{"system", runtime.GOOS == "linux", runtime.GOOS + "/" + runtime.GOARCH + " " + release}}
	if runtime.GOOS != "linux" {
		return list
	}
	namespaces := read("/proc/sys/user/max_user_namespaces")
	seccomp := read("/proc/sys/kernel/seccomp/actions_avail")
	group := "none"
	switch {
	case read("/sys/fs/cgroup/cgroup.controllers") != "":
		group = "version 2: " + read("/sys/fs/cgroup/cgroup.controllers")
	case exists("/sys/fs/cgroup/memory"):
		group = "version 1"
	}
	return append(list,
		Feature{"namespaces", os.Geteuid() == 0 || namespaces != "" && namespaces != "0", "user namespaces: " + orUnknown(namespaces)},
		landlock(),
		Feature{"seccomp", seccomp != "", "actions: " + orUnknown(seccomp)},
		Feature{"control groups", group != "none", group},
		launcher(),
	)
}

// launcher looks for the program that isolates plugins as the host does, which
// builds it where it is not there and can be built.
func launcher() Feature {
	path, err := supervisor.LauncherPath()
	if err != nil {
		return Feature{launcherName, false, err.Error() + "; without it no plugin is isolated: put " + launcherName + " of this release beside aisle"}
	}
	return Feature{launcherName, true, path}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// read gives the first line of a file, or nothing.
func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}
