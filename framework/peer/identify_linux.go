package peer

import (
	"bytes"
	"os"
	"strconv"
)

// startField is where a process's start time is in /proc/PID/stat, counted from
// the field after its name (proc_pid_stat(5): field 22, and the name is 2).
const startField = 22 - 3

// identify gives what tells a process from a later one of the same pid, and
// whether it lives. One that has ended and that nobody waits for does not.
func identify(pid int) (started string, alive bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// The name is in brackets and may hold anything.
	end := bytes.LastIndexByte(b, ')')
	if end < 0 {
		return "", false
	}
	fields := bytes.Fields(b[end+1:])
	if len(fields) <= startField || bytes.Equal(fields[0], []byte("Z")) || bytes.Equal(fields[0], []byte("X")) {
		return "", false
	}
	return string(fields[startField]), true
}
