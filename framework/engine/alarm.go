package engine

import (
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
)

// alarm wakes the engine when the core wanted to be woken. From the moment it
// rings until the engine has dealt with it, it counts as work in hand, so that
// a peer's clock can't run past it.
type alarm struct {
	clock clock.Clock
	work  *clock.Work
	ring  func()

	mu   sync.Mutex
	at   time.Time // what is set; zero for nothing
	rung bool
	stop func() bool
}

// set has the alarm ring at a time, and at no other.
func (a *alarm) set(at time.Time) {
	a.mu.Lock()
	if a.at.Equal(at) && !a.rung {
		a.mu.Unlock()
		return
	}
	a.mu.Unlock()
	a.clear()
	a.mu.Lock()
	a.at = at
	a.mu.Unlock()
	stop := a.clock.AfterFunc(at, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.at.Equal(at) && !a.rung {
			a.rung = true
			a.work.Begin()
			a.ring()
		}
	})
	a.mu.Lock()
	a.stop = stop
	a.mu.Unlock()
}

// clear unsets the alarm, and is done with it where it rang.
func (a *alarm) clear() {
	a.mu.Lock()
	stop, rung := a.stop, a.rung
	a.at, a.rung, a.stop = time.Time{}, false, nil
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	if rung {
		a.work.End()
	}
}
