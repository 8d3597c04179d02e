//go:build unix

package host

import (
	"syscall"
	"time"
)

// effort is the processor time that this process has taken; 0 where the kernel
// does not tell.
func effort() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
