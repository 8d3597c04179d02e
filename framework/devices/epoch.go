package devices

import (
	"sync"
	"time"
)

// epochBits are the random low bits of an epoch: what tells two hosts apart that
// open the same device in the same microsecond.
const epochBits = 12

// epochs mints epochs: unique across hosts and journals, and growing, also when
// the clock goes back.
type epochs struct {
	now    func() time.Time
	random func() uint64

	mu   sync.Mutex
	last uint64
}

func (e *epochs) next() uint64 {
	low := e.random() & (1<<epochBits - 1)
	at := uint64(e.now().UnixMicro())<<epochBits | low //nolint:gosec // this century's
	e.mu.Lock()
	defer e.mu.Unlock()
	if at <= e.last {
		at = e.last + 1 + low
	}
	e.last = at
	return at
}
