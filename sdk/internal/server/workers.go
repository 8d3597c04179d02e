package server

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// workQueue is the commands of a stream that nobody has taken, and who runs
// them. The lock is the commander's.
//
// The one that receives runs commands itself as long as they are done in no
// time: a lone one passes no other goroutine, and the answers to those that came
// together go together. A watch sees to it that one that takes its time after
// all holds nobody up: another goroutine receives from then on. Commands of a
// method that takes its time, or of which that is not known yet, are run by
// workers. One worker is called at a time, and calls the next where more is
// left, so that few run many.
type workQueue struct {
	quick []*job // for who receives
	jobs  []*job // for workers

	idle   int  // workers that wait
	called bool // a worker has been called and has not come yet
	vacant bool // nobody receives: the next worker that comes does
	over   bool
	roused sync.Cond

	receiver uint64        // counts who received
	steps    atomic.Uint64 // of who receives: odd while it runs a command
	watching atomic.Bool
	watch    *time.Timer
	seen     uint64 // by the watch: the step that it found
}

const (
	// stuckAfter is how long a command may take, about, before another goroutine
	// receives in place of the one that runs it.
	stuckAfter = time.Millisecond
	// quickWithin is how soon a command is done that is done in no time, and
	// quickRuns how many of a method have to be before who receives runs them.
	quickWithin = 50 * time.Microsecond
	quickRuns   = 16
	// heldWithin is how long an answer waits for those of commands that came with
	// its own.
	heldWithin = 200 * time.Microsecond
)

// pace is how a method's commands went on this stream.
type pace struct{ runs atomic.Int32 }

func (p *pace) quick() bool { return p.runs.Load() >= quickRuns }

func (p *pace) took(d time.Duration) {
	switch n := p.runs.Load(); {
	case d > stuckAfter: // twice in a row it is not the machine's own hiccup
		p.runs.Store(max(n-quickRuns, 0))
	case d > quickWithin:
		p.runs.Store(max(n-quickRuns/4, 0))
	case n < 2*quickRuns:
		p.runs.Store(n + 1)
	}
}

// rouse calls a worker where there is work for one more. The lock is held.
func (c *commander) rouse() {
	switch {
	case c.called || len(c.jobs) == 0 && !c.vacant:
		return
	case c.idle > 0:
		c.idle--
		c.roused.Signal()
	default:
		c.workers.Go(c.work)
	}
	c.called = true
}

// work receives and runs commands until the stream is over.
func (c *commander) work() {
	c.mu.Lock() // and no defer: vendor code may end the goroutine (runtime.Goexit)
	c.called = false
	for !c.over {
		switch {
		case c.vacant:
			c.vacant = false
			c.receiver++
			c.rouse()
			c.receive(c.receiver)
		case len(c.jobs) > 0:
			j := c.jobs[0]
			c.jobs = c.jobs[:copy(c.jobs, c.jobs[1:])]
			c.rouse()
			c.mu.Unlock()
			c.run(j, false, time.Now())
			jobPool.Put(j)
			c.mu.Lock()
		default:
			c.idle++
			c.roused.Wait()
			c.called = false
		}
	}
	c.mu.Unlock()
}

// receive takes commands, and runs those that are quick, until another receives
// or the stream ends. The lock is held, and let go meanwhile.
func (c *commander) receive(mine uint64) {
	var since, now time.Time // of the first answer that waits, about, and of the last
	ran := 0
	for c.receiver == mine && !c.over {
		if len(c.quick) > 0 && now.Sub(since) < heldWithin {
			j := c.quick[0]
			c.quick = c.quick[:copy(c.quick, c.quick[1:])]
			c.steps.Add(1)
			c.mu.Unlock()
			c.guardStep()
			if now.IsZero() {
				now = time.Now()
				since = now
			}
			now = c.run(j, true, now)
			ran++
			jobPool.Put(j)
			c.mu.Lock()
			if c.receiver == mine {
				c.steps.Add(1)
			}
			continue
		}
		c.mu.Unlock()
		c.out.Flush()
		if ran > 1 {
			runtime.Gosched() // gRPC's writer puts the answers in its buffer, waits for more this long,
			runtime.Gosched() // and writes: the host gets these while the next commands run
		}
		many := ran >= manyRuns
		since, now, ran = time.Time{}, time.Time{}, 0
		c.mu.Lock()
		if len(c.quick) > 0 {
			continue
		}
		c.mu.Unlock()
		if many {
			c.lookOut()
		}
		err := c.next()
		c.received.Add(1)
		c.mu.Lock()
		if err != nil {
			c.finish(err)
			return
		}
		c.rouse()
	}
	c.mu.Unlock()
	c.out.Flush() // what it had put in when another took its place
	c.mu.Lock()
}

// guardStep sees that the watch is on.
func (c *commander) guardStep() {
	if c.watching.Load() || c.watching.Swap(true) {
		return
	}
	c.watch.Reset(stuckAfter)
}

// look is the watch: it finds out whether who receives still runs the command
// that it ran at the last look, and if so lets another receive.
func (c *commander) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.steps.Load()
	switch {
	case c.over:
	case now%2 == 0: // it waits for commands; the next starts the watch anew
		c.watching.Store(false)
	case now == c.seen:
		c.steps.Add(1)
		c.receiver++ // it is none any more
		c.vacant = true
		c.rouse()
		c.watching.Store(false)
	default:
		c.seen = now
		c.watch.Reset(stuckAfter)
	}
}

// end ends all commands. Those that no worker took are not run: nobody would
// hear of it.
func (c *commander) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.jobs, c.quick = true, nil, nil
	c.watch.Stop()
	for j := c.running; j != nil; j = j.after {
		j.ctx.end(context.Canceled)
	}
	c.roused.Broadcast()
}

// answer puts an answer in; those of who receives go when it has run all that
// came. The stream's end tells why one is not taken.
func (c *commander) answer(held, crowded bool, add func(b []byte) []byte) {
	if held {
		_ = c.out.Add(add)
		return
	}
	_ = c.out.Put(crowded, add)
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
