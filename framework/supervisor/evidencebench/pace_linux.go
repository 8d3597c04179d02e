package evidencebench

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// pace calls f so many times, at a rate. Go's own timers are whole milliseconds
// apart while a process is idle; this one is not.
func pace(ctx context.Context, rate, count int, f func(n int)) error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("make a timer: %w", err)
	}
	timer := os.NewFile(uintptr(fd), "timer")
	defer func() { _ = timer.Close() }()
	defer context.AfterFunc(ctx, func() { _ = timer.Close() })()
	every := unix.NsecToTimespec(int64(time.Second) / int64(rate))
	if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return fmt.Errorf("set a timer: %w", err)
	}
	var b [8]byte
	for n := 0; n < count; {
		if _, err := timer.Read(b[:]); err != nil {
			return fmt.Errorf("wait for a timer: %w", err)
		}
		for due := binary.NativeEndian.Uint64(b[:]); due > 0 && n < count; due-- {
			f(n)
			n++
		}
	}
	return nil
}
