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
		c.timer = time.AfterFunc(within, func() { c.over(context.DeadlineExceeded) })
	}
	return c
}

// end ends it, and stops its clock.
func (c *callContext) end(why error) {
	c.over(why)
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *callContext) over(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = why
	if c.done != nil {
		close(c.done)
	}
}

// Deadline is the command's.
func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

// Done is closed at the end.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err says what ended it.
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
