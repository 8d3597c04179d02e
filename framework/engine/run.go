package engine

import (
	"context"
	"errors"
	"fmt"
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
	for {
		e.opt.Work.Begin()
		looked := e.in.nudged()
		// In hand until the alarm is set: between two groups a peer's clock would
		// see nothing to do and no time to wake, and run past what comes next.
		more, err := e.turn()
		for more && err == nil && ctx.Err() == nil {
			more, err = e.turn()
		}
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
			return e.keep(1)
		}
	}
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

// turn takes and writes one group, and reports whether there may be more.
func (e *Engine) turn() (more bool, err error) {
	e.damper.due(e.opt.Clock.Now(), func(s event.DeviceStatus) bool { return e.in.offer(s.Device, s) })
	inputs := e.in.take(nil, MaxGroup)
	defer func() {
		for range inputs {
			e.opt.Work.End()
		}
	}()
	now := e.now()
	g := &group{engine: e}
	for _, in := range core.InTime(inputs, e.last, now) {
		if err := g.ticks(in.At); err != nil {
			return false, err
		}
		if in.At.Before(e.last) { // what time alone brought about was later than that
			in.At = e.last
		}
		if _, err := g.take(in.At, in.Input); err != nil {
			return false, err
		}
	}
	if err := g.ticks(now); err != nil {
		return false, err
	}
	e.ticked = now
	if err := g.flush(); err != nil {
		return false, err
	}
	e.publish()
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
	if e.head-e.snapshot < least || e.head == e.snapshot {
		return nil
	}
	b, err := e.state.Encode()
	if err != nil {
		return err
	}
	if err := e.opt.Journal.Snapshot(e.head, b); err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	e.snapshot = e.head
	return nil
}

func (e *Engine) publish() {
	s := e.Status()
	s.Head, s.At, s.Open, s.Asks = e.head, e.last, e.state.Open(), len(e.state.Asks)
	s.Wake = time.Time{}
	if at, ok := e.state.Wake(); ok {
		s.Wake = at
	}
	e.status.Store(&s)
}

// group is the records that share one sync.
type group struct {
	engine *Engine
	drafts []journal.Draft
	bytes  int // of the bodies of drafts
	done   []event.Record
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
	facts, panicked := stepped(e.step, e.state, at, in)
	if panicked != "" {
		return false, g.quarantine(at, in, panicked)
	}
	if _, ok := in.(event.Time); ok && len(facts) == 0 {
		return false, nil // nothing came of it
	}
	return len(facts) > 0, g.draft(event.Record{At: at, Input: in, Facts: facts})
}

func (g *group) draft(r event.Record) error {
	body, err := event.EncodeRecord(r)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if g.bytes+len(body) > journal.MaxGroupBytes {
		if err := g.flush(); err != nil {
			return err
		}
	}
	g.drafts = append(g.drafts, journal.Draft{At: r.At, Body: body})
	g.bytes += len(body)
	g.done = append(g.done, r)
	g.engine.last = r.At
	if len(g.drafts) == journal.MaxGroup {
		return g.flush()
	}
	return nil
}

// flush makes what was drafted durable, and only then lets anybody hear of it.
func (g *group) flush() error {
	if len(g.drafts) == 0 {
		return nil
	}
	e := g.engine
	entries, err := e.opt.Journal.Append(g.drafts)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	e.head = entries[len(entries)-1].Seq
	for _, r := range g.done {
		switch in := r.Input.(type) {
		case event.Evidence:
			e.opt.Ack(in.Device, in.Epoch, in.Seq)
		case event.Notice:
			e.notices.durable(in)
		case event.Answer, event.Definition, event.DeviceStatus, event.StaffOrder, event.Resumed, event.Time:
		}
	}
	for _, r := range g.done {
		for _, f := range r.Facts {
			if a, ok := f.(event.Asked); ok {
				e.opt.Ask(a.Ask, false)
			}
		}
	}
	g.drafts, g.done, g.bytes = nil, nil, 0
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
