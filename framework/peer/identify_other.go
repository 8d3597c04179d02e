//go:build !linux

package peer

import (
	"os/exec"
	"strconv"
	"strings"
)

// identify gives what tells a process from a later one of the same pid, and
// whether it lives. One that has ended and that nobody waits for does not.
func identify(pid int) (started string, alive bool) {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	state, started, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !ok || strings.HasPrefix(state, "Z") {
		return "", false
	}
	return strings.TrimSpace(started), true
}
