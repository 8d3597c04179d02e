package server

import (
	"context"
	"sync"
)

// workQueue is the commands of a stream that no worker has taken, and the
// workers. The lock is the commander's.
//
// One worker is called at a time, and calls the next where more is left. So
// commands that are done in no time are all run by one worker or two, without a
// hand-over each, and one that takes its time holds none of the others up.
type workQueue struct {
	jobs   []*job
	idle   int  // workers that wait
	called bool // a worker has been called and has not come yet
	over   bool
	roused sync.Cond
}

// rouse calls a worker where there is work for one more. The lock is held.
func (c *commander) rouse() {
	switch {
	case c.called || len(c.jobs) == 0:
		return
	case c.idle > 0:
		c.idle--
		c.roused.Signal()
	default:
		c.workers.Go(c.work)
	}
	c.called = true
}

// work runs commands until the stream is over.
func (c *commander) work() {
	c.mu.Lock() // and no defer: vendor code may end the goroutine (runtime.Goexit)
	c.called = false
	for !c.over {
		if len(c.jobs) == 0 {
			c.idle++
			c.roused.Wait()
			c.called = false
			continue
		}
		j := c.jobs[0]
		c.jobs = c.jobs[:copy(c.jobs, c.jobs[1:])]
		c.rouse()
		c.mu.Unlock()
		c.run(j)
		jobPool.Put(j)
		c.mu.Lock()
	}
	c.mu.Unlock()
}

// end ends all commands. Those that no worker took are not run: nobody would
// hear of it.
func (c *commander) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.jobs = true, nil
	for j := c.running; j != nil; j = j.after {
		j.ctx.end(context.Canceled)
	}
	c.roused.Broadcast()
}

// link adds a command to those that have no answer.
func (c *commander) link(j *job) {
	j.before, j.after = nil, c.running
	if c.running != nil {
		c.running.before = j
	}
	c.running = j
}

func (c *commander) unlink(j *job) {
	if j.after != nil {
		j.after.before = j.before
	}
	if j.before != nil {
		j.before.after = j.after
	} else {
		c.running = j.after
	}
	j.before, j.after = nil, nil
}
