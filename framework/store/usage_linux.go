package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// clockTick is how the kernel counts processor time for programs: USER_HZ,
// which is 100 on every architecture that Go runs on (proc(5), "stat").
const clockTick = 100

// The fields of /proc/PID/stat that are read, counted from 0 after the name.
const (
	fieldUser   = 11
	fieldSystem = 12
	fieldRSS    = 21
)

// usage reads the memory and processor time of a process, or 0.
func usage(pid int) (memory int64, cpu float64) {
	if pid == 0 {
		return 0, 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0 // it has just gone
	}
	text := string(b)
	f := strings.Fields(text[strings.LastIndex(text, ")")+1:]) // the name in brackets may hold anything
	if len(f) <= fieldRSS {
		return 0, 0
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return number(fieldRSS) * int64(os.Getpagesize()), float64(number(fieldUser)+number(fieldSystem)) / clockTick
}
