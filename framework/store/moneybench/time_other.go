//go:build !linux

package moneybench

import "time"

// processorTime is not told here.
func processorTime() time.Duration { return 0 }
