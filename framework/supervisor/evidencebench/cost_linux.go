package evidencebench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cost is what a process has taken so far: processor time, and how often one of
// its threads let go of its processor because it had to wait.
type cost struct {
	cpu   time.Duration
	waits int64
}

func (c cost) since(before cost) cost { return cost{c.cpu - before.cpu, c.waits - before.waits} }

// costOf reads the cost of a process that may be another's. Threads that have
// ended count in its time alone.
func costOf(pid int) (c cost, err error) {
	const ofProcess = 2 // CPUCLOCK_SCHED of a whole process (clock_getcpuclockid)
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|ofProcess), &at); err != nil { //nolint:gosec // a process id
		return c, fmt.Errorf("read the processor time of process %d: %w", pid, err)
	}
	c.cpu = time.Duration(at.Nano())
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "status"))
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // it has ended
		}
		_, rest, found := bytes.Cut(text, []byte("\nvoluntary_ctxt_switches:"))
		if !found {
			continue
		}
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
		if err != nil {
			return c, err
		}
		c.waits += n
	}
	return c, err
}
