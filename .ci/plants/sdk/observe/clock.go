package observe

import "time"

// Age reads the wall clock.
func Age(at time.Time) time.Duration {
	return time.Since(at) // want forbidigo "pure room: no clock"
}

// Today reads the machine's time zone.
func Today(at time.Time) string {
	return at.In(time.Local).Format(time.DateOnly) // want forbidigo "pure room: no local time zone"
}

// Later starts a timer.
func Later() *time.Timer {
	return time.NewTimer(time.Second) // want forbidigo "pure room: no clock"
}
