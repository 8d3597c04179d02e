package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// maxTicks bounds how often in a row time alone may matter at one instant: a
// core that wants to be woken at once for ever is a defect.
const maxTicks = 4096

// Run writes until ctx ends or the journal fails. When ctx ends it takes what
// waits already, takes a snapshot and returns nil. A failure of the journal is
// returned: nothing is decided any more, nobody is let in, and exits stay free
// as they always are.
func (e *Engine) Run(ctx context.Context) error {
	defer e.in.end()
	defer e.alarm.clear()
	if !e.opened {
		return errors.New("engine: Run before Recover")
	}
	for _, a := range e.state.Pending() {
		e.opt.Ask(a, true)
	}
	stop := e.startCommitter()
	defer stop()
	for {
		e.opt.Work.Begin()
		looked := e.in.nudged()
		// In hand until the alarm is set: between two groups a peer's clock would
		// see nothing to do and no time to wake, and run past what comes next.
		err := e.busy(ctx)
		if err == nil {
			e.rest()
		}
		e.opt.Work.End()
		looked()
		e.begun()
		if err != nil {
			return err
		}
		select {
		case <-e.in.news:
			if ctx.Err() != nil {
				return e.finish()
			}
		case <-ctx.Done():
			return e.finish()
		}
	}
}

// startCommitter begins what writes groups; stop ends it, and with it what was
// not written after a failure.
func (e *Engine) startCommitter() (stop func()) {
	w := &committer{jobs: make(chan job, 1), done: make(chan landed, 1)}
	e.writer, e.open = w, &group{engine: e}
	var ended sync.WaitGroup
	ended.Go(func() { e.commit(w) })
	return func() {
		close(w.jobs)
		ended.Wait()
		for range e.open.inputs {
			e.opt.Work.End()
		}
		e.writer, e.open = nil, nil
	}
}

// busy takes what waits until nothing does and all of it is durable, or ctx ends.
func (e *Engine) busy(ctx context.Context) error {
	heard := false
	defer func() {
		if heard { // there may be a nudge among the news, which the next look is for
			e.in.signal()
		}
	}()
	for {
		more, err := e.turn()
		if err != nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return e.settle()
		case more:
		case !e.writer.busy:
			return nil
		default:
			select {
			case l := <-e.writer.done:
				if err := e.land(l); err != nil {
					return err
				}
			case <-e.in.news:
				heard = true
			}
		}
	}
}

// begun ends what Recover began: from now on a peer's clock may move.
func (e *Engine) begun() {
	if e.holding {
		e.holding = false
		e.opt.Work.End()
	}
}

// finish takes what is left and a last snapshot.
func (e *Engine) finish() error {
	e.in.stop.Do(func() {
		e.in.mu.Lock()
		e.in.ended = true
		e.in.mu.Unlock()
		close(e.in.done)
	})
	for {
		more, err := e.turn()
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if err := e.keep(1); err != nil {
		return err
	}
	return e.settle()
}

// rest sets the alarm for when time alone next matters.
func (e *Engine) rest() {
	at, ok := e.state.Wake()
	held, holds := e.damper.wake()
	if !ok && !holds {
		e.alarm.clear()
		return
	}
	if ok && !at.After(e.ticked) { // it was woken for this, and nothing came of it
		if !e.stuck.Equal(at) {
			e.stuck = at
			e.opt.Log.Error("the core wants to be woken at a time that has passed", "wake", at, "time", e.ticked)
		}
		at = e.ticked.Add(tickAgain)
	}
	if holds && (!ok || held.Before(at)) {
		at = held
	}
	e.alarm.set(at)
}

// turn takes what waits and steps it, and reports whether there may be more. It
// is written with what was stepped before, once the committer is free.
func (e *Engine) turn() (more bool, err error) {
	e.damper.due(e.opt.Clock.Now(), func(s event.DeviceStatus) bool { return e.in.offer(s.Device, s) })
	inputs := e.in.take(nil, MaxGroup-e.open.inputs)
	left := len(inputs) // that are not stepped yet
	defer func() { e.open.inputs += left }()
	now := e.now()
	for _, in := range core.InTime(inputs, e.last, now) {
		if err := e.open.ticks(in.At); err != nil {
			return false, err
		}
		if in.At.Before(e.last) { // what time alone brought about was later than that
			in.At = e.last
		}
		left--
		e.open.inputs++
		if _, err := e.open.take(in.At, in.Input); err != nil {
			return false, err
		}
	}
	if err := e.open.ticks(now); err != nil {
		return false, err
	}
	e.ticked = now
	if err := e.send(); err != nil {
		return false, err
	}
	if len(inputs) == 0 {
		return false, nil
	}
	return true, e.keep(uint64(e.opt.SnapshotEvery))
}

// now is the time of the next record: it never goes back.
func (e *Engine) now() time.Time {
	if now := e.opt.Clock.Now(); now.After(e.last) {
		return now
	}
	return e.last
}

// keep takes a snapshot if it would spare recovery at least so many records.
func (e *Engine) keep(least uint64) error {
	if e.head-e.snapshot < least && least > 1 {
		return nil
	}
	if err := e.settle(); err != nil {
		return err
	}
	if e.head == e.snapshot {
		return nil
	}
	b, err := e.state.Encode()
	if err != nil {
		return err
	}
	e.snapshot = e.head
	e.writer.busy = true
	e.writer.jobs <- job{state: b, seq: e.head, sales: e.state.Settlement.Take(), shelf: e.state.Settlement.Shelved > 0}
	return nil
}

// group is the records that share one sync.
type group struct {
	engine *Engine
	done   []event.Record
	drafts []journal.Draft // of done, once the group is written
	inputs int             // that are in hand until it is durable
}

// ticks lets time pass up to now, stopping wherever the core wanted to be
// woken, so that what happens by time alone happens at its own instant, however
// inputs are grouped.
func (g *group) ticks(now time.Time) error {
	e := g.engine
	for n := 0; n < e.most; n++ {
		wake, ok := e.state.Wake()
		if !ok || wake.After(now) || now.Before(e.mute) {
			return nil
		}
		if wake.Before(e.last) {
			wake = e.last
		}
		if wake.After(e.last) { // a store that was down for long has many instants to catch up with
			n = 0
		}
		if changed, err := g.take(wake, event.Time{}); err != nil || !changed {
			return err
		}
	}
	return fmt.Errorf("engine: the core asked for %d wakes at one instant and never came to rest", e.most)
}

// take steps one input and drafts its record. Changed says whether the state
// is another.
func (g *group) take(at time.Time, in event.Input) (changed bool, err error) {
	e := g.engine
	if in, err = e.recalled(in); err != nil {
		return false, err
	}
	facts, panicked := stepped(e.step, e.state, at, in)
	if panicked != "" {
		return false, g.quarantine(at, in, panicked)
	}
	if _, ok := in.(event.Time); ok && len(facts) == 0 {
		return false, nil // nothing came of it
	}
	if err := g.draft(event.Record{At: at, Input: in, Facts: facts}); err != nil {
		return false, err
	}
	if e.writer != nil && len(g.done) >= enough {
		err = e.send()
	}
	return len(facts) > 0, err
}

// draft adds a record. Nothing of it is changed from now on: whoever writes the
// group encodes it, while the next is stepped.
func (g *group) draft(r event.Record) error {
	g.done = append(g.done, r)
	g.engine.last = r.At
	if len(g.done) == journal.MaxGroup {
		return g.flush()
	}
	return nil
}

// flush makes what was drafted durable before anything else is done.
func (g *group) flush() error {
	e := g.engine
	if e.writer != nil {
		return e.settle()
	}
	if len(g.done) == 0 {
		return nil
	}
	head, err := e.write(g)
	if err != nil {
		return err
	}
	e.head = head
	g.done = nil
	return nil
}

// stepped is Step, with a panic turned into its text.
func stepped(step func(*core.State, time.Time, event.Input) []event.Fact, s *core.State, at time.Time, in event.Input) (facts []event.Fact, panicked string) {
	defer func() {
		if r := recover(); r != nil {
			panicked = fmt.Sprint(r)
			if panicked == "" {
				panicked = "a panic without a word"
			}
		}
	}()
	return step(s, at, in), ""
}
