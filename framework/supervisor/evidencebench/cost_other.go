//go:build !linux

package evidencebench

import (
	"errors"
	"time"
)

type cost struct {
	cpu   time.Duration
	waits int64
}

func (c cost) since(cost) cost { return c }

func costOf(int) (cost, error) { return cost{}, errors.ErrUnsupported }
