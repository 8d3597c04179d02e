// Package clock is the time that a store runs on: the wall's, or that of a
// peer such as a simulated world, which moves on only when the host has dealt
// with everything it was told.
//
// It decides nothing about the store and knows no evidence. The engine takes
// its times and its wake-ups from here, and dispatch the deadlines of its
// calls, so that both run on the one clock. Work is what they say of their own
// business, so that a peer can tell when the host is done with an instant.
//
// What the machine's clock is set to while a host runs changes no duration: see
// Wall. Constructors start nothing; Peer.Run is the one goroutine that moves a
// peer's clock.
package clock

import "time"

// Clock tells the time and wakes at a time.
type Clock interface {
	// Now is the time, in UTC and without a monotonic reading.
	Now() time.Time
	// AfterFunc calls f once when the time has reached at, and returns a
	// function that prevents it. Where that time has come already, f is called
	// before AfterFunc returns. Otherwise whoever moves the clock calls it, so
	// f must not block. Stop reports whether f will now not be called.
	AfterFunc(at time.Time, f func()) (stop func() bool)
}

// Wall is the machine's own clock, made steady: see steady.
type Wall struct{}

// Now is the machine's time as it was when the host started, and what has passed
// since. It never goes back, and never stands because the machine's clock was set
// back.
func (Wall) Now() time.Time { return wall.now() }

// Local is an instant of this machine's clock as the store's time has it: what a
// plugin says of the future in terms of the machine's clock.
func (Wall) Local(t time.Time) time.Time { return wall.local(t) }

// AfterFunc is time.AfterFunc.
func (w Wall) AfterFunc(at time.Time, f func()) (stop func() bool) {
	d := at.Sub(w.Now())
	if d <= 0 {
		f()
		return func() bool { return false }
	}
	return time.AfterFunc(d, f).Stop
}
