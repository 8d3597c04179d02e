package server

import (
	"context"
	"sync"
	"time"
)

// callContext is the context of one command: that of its stream, with an end of
// its own. It is a good deal cheaper than two of package context, for a device's
// end and the command's, and costs nothing until somebody waits for it.
type callContext struct {
	context.Context // the stream's, for its values
	deadline        time.Time
	timer           *time.Timer

	mu   sync.Mutex
	done chan struct{}
	err  error

	before, after *callContext // in device.running
}

// newCallContext makes a context that ends after a time, or, for 0, when it is
// ended.
func newCallContext(parent context.Context, within time.Duration) *callContext {
	c := &callContext{Context: parent}
	if within > 0 {
		c.deadline = time.Now().Add(within)
	}
	return c
}

// end ends it, and stops its clock.
func (c *callContext) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over(why)
	if c.timer != nil {
		c.timer.Stop()
	}
}

// over is end, with the lock held.
func (c *callContext) over(why error) {
	if c.err != nil {
		return
	}
	c.err = why
	if c.done != nil {
		close(c.done)
	}
}

// late ends it where its time is over: nobody else does as long as nobody waits
// for it. The lock is held.
func (c *callContext) late() {
	if c.err == nil && c.timer == nil && !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		c.over(context.DeadlineExceeded)
	}
}

// Deadline is the command's.
func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

// Done is closed at the end.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done != nil {
		return c.done
	}
	c.late()
	c.done = make(chan struct{})
	switch {
	case c.err != nil:
		close(c.done)
	case !c.deadline.IsZero():
		c.timer = time.AfterFunc(time.Until(c.deadline), func() { c.end(context.DeadlineExceeded) })
	}
	return c.done
}

// Err says what ended it.
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late()
	return c.err
}
