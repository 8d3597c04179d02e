package zoo

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// reapedWithin is how long the machine may take to let go of processes that
// have been killed.
const reapedWithin = time.Second

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

// cgroups are the control groups there are, of the host's own making.
func cgroups() (found []string) {
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.Contains(filepath.Base(path), "aisle") {
			found = append(found, path)
		}
		return nil
	})
	return found
}
