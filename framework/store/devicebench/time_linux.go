package devicebench

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what a process has taken so far; it may be another's.
func processorTime(pid int) (time.Duration, error) {
	const ofProcess = 2 // CPUCLOCK_SCHED of a whole process (clock_getcpuclockid)
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|ofProcess), &at); err != nil { //nolint:gosec // a process id
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, err)
	}
	return time.Duration(at.Nano()), nil
}
