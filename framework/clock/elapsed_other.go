//go:build !linux

package clock

import "time"

// elapsed counts from some moment on. Where the machine sleeps, what passes
// meanwhile may be left out.
func elapsed() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
