//go:build !linux

package devicebench

import (
	"errors"
	"time"
)

func processorTime(int) (time.Duration, error) {
	return 0, errors.New("processor time is measured on Linux alone")
}
