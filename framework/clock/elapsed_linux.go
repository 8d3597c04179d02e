package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// elapsed counts from some moment on, and goes on while the machine sleeps
// (clock_gettime(2), CLOCK_BOOTTIME).
func elapsed() func() time.Duration {
	start := time.Now()
	return func() time.Duration {
		var t unix.Timespec
		if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
			return time.Since(start)
		}
		return time.Duration(t.Nano())
	}
}
