package zoo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// reapedWithin is how long the machine may take to let go of processes that
// have been killed, however much other work it has.
const reapedWithin = patience

// leftovers are the processes, mounts and cgroups that carry a token. What has
// been killed may still be on its way out.
func leftovers(token string) []string {
	for end := time.Now().Add(reapedWithin); ; {
		left := append(processesOf(token), mountsOf(token)...)
		if len(left) == 0 || time.Now().After(end) {
			killAll(token)
			return left
		}
		time.Sleep(10 * time.Millisecond) // the machine has no bell for it
	}
}

// processesOf are the processes that have the token among their arguments.
func processesOf(token string) (found []string) {
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range list {
		b, err := os.ReadFile(path)
		if err == nil && bytes.Contains(b, []byte(token)) {
			found = append(found, fmt.Sprintf("process %s (%q)", strings.Split(path, "/")[2], bytes.ReplaceAll(b, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// killAll ends what a failed test left, so that the next one is not disturbed.
func killAll(token string) {
	for _, p := range processesOf(token) {
		var pid int
		if _, err := fmt.Sscanf(p, "process %d", &pid); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// mountsOf are the mounts of this process's namespace that name the rig's
// directory, which the token does.
func mountsOf(token string) (found []string) {
	b, _ := os.ReadFile("/proc/self/mountinfo")
	dir := strings.TrimPrefix(token, "token-")
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, dir) {
			found = append(found, "mount "+line)
		}
	}
	return found
}

// cgroupsOf are the control groups that a process is in and this one is not.
func cgroupsOf(pid int) (found []string) {
	own, _ := os.ReadFile("/proc/self/cgroup")
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	for line := range strings.Lines(string(b)) {
		if strings.Contains(string(own), line) {
			continue
		}
		// One that is ending shows the root, which is nobody's.
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 && parts[2] != "/" {
			found = append(found, cgroupDirs(strings.TrimPrefix(parts[1], "name="), parts[2])...)
		}
	}
	return found
}

// cgroupDirs are where a group's folder may be.
func cgroupDirs(controllers, path string) []string {
	dirs := []string{filepath.Join("/sys/fs/cgroup", path), filepath.Join("/sys/fs/cgroup/unified", path)}
	for _, c := range append(strings.Split(controllers, ","), controllers) {
		dirs = append(dirs, filepath.Join("/sys/fs/cgroup", c, path))
	}
	return slices.DeleteFunc(dirs, func(d string) bool { _, err := os.Stat(d); return err != nil })
}
