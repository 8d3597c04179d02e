package engine

import (
	"errors"
	"fmt"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// committer writes one group after the other while the engine steps the next.
// Whoever hears of a group hears of it from here, once it is durable.
type committer struct {
	jobs chan job
	done chan landed // holds the result of the one job under way
	// busy says that there is one. It is the engine's.
	busy bool
}

// job is a group to be written, or a snapshot of the state.
type job struct {
	group  group
	status Status // of the state after the group, but for what the journal says
	state  []byte
	seq    uint64               // that the state covers
	sales  []settlement.Shelved // that it leaves out since the one before
	shelf  bool                 // it leaves any out
}

// landed is what became of a job.
type landed struct {
	head uint64 // 0 for a snapshot
	err  error
}

// commit writes what it is given until there is no more. After a failure nothing
// is written any more.
func (e *Engine) commit(w *committer) {
	var failed error
	for j := range w.jobs {
		var l landed
		switch {
		case failed != nil:
		case j.state != nil:
			switch err := e.snap(j); {
			case errors.Is(err, journal.ErrLimit): // it only spares time later: no reason to turn shoppers away
				e.opt.Log.Error("the state is too large for a snapshot: the next start takes longer", "bytes", len(j.state), "err", err)
			case err != nil:
				failed = fmt.Errorf("take a snapshot: %w", err)
			}
		default:
			if l.head, failed = e.write(&j.group); failed == nil {
				e.tell(j.status, l.head)
			}
		}
		for range j.group.inputs {
			e.opt.Work.End()
		}
		l.err = failed
		w.done <- l
	}
}

// snap keeps a state, and before it what it leaves out.
func (e *Engine) snap(j job) error {
	if j.shelf {
		if err := e.opt.Shelf.Keep(j.seq, j.sales); err != nil {
			return err
		}
	}
	return e.opt.Journal.Snapshot(j.seq, j.state)
}

// write makes a group durable, in as many parts as its bytes need.
func (e *Engine) write(g *group) (head uint64, err error) {
	for rest := g.done; len(rest) > 0; {
		part, err := e.encode(rest)
		if err != nil {
			return 0, err
		}
		if head, err = e.append(part); err != nil {
			return 0, err
		}
		rest = rest[len(part.done):]
	}
	return head, nil
}

// encode drafts as many records as one transaction of the journal takes. Their
// bodies are good until the next call.
func (e *Engine) encode(records []event.Record) (*group, error) {
	b, ends := e.bodies[:0], make([]int, 0, len(records))
	for i := range records {
		from := len(b)
		var err error
		if b, err = event.AppendRecord(b, records[i]); err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
		if len(b) > journal.MaxGroupBytes && from > 0 {
			b = b[:from]
			break
		}
		ends = append(ends, len(b))
	}
	g := &group{engine: e, done: records[:len(ends)], drafts: make([]journal.Draft, len(ends))}
	from := 0
	for i, to := range ends {
		g.drafts[i] = journal.Draft{At: records[i].At, Body: b[from:to:to]}
		from = to
	}
	if e.bodies = b; cap(b) > keptBodies {
		e.bodies = nil
	}
	return g, nil
}

// append makes drafts durable, and only then lets anybody hear of their records.
func (e *Engine) append(g *group) (head uint64, err error) {
	entries, err := e.opt.Journal.Append(g.drafts)
	if err != nil {
		return 0, fmt.Errorf("write the journal: %w", err)
	}
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
			if e.opt.Tell != nil {
				e.opt.Tell(f)
			}
		}
	}
	return entries[len(entries)-1].Seq, nil
}

// send hands the open group to the committer if that has nothing to do, and
// waits until it has where the group is full.
func (e *Engine) send() error {
	w := e.writer
	switch {
	case !w.busy:
		e.submit()
		return nil
	case e.open.inputs >= MaxGroup:
		return e.land(<-w.done)
	}
	select {
	case l := <-w.done:
		return e.land(l)
	default:
		return nil
	}
}

// submit hands the open group to a committer that has nothing to do.
func (e *Engine) submit() {
	g := *e.open
	*e.open = group{engine: e, done: make([]event.Record, 0, len(g.done))} // the same one: whoever steps may be in the middle of it
	if len(g.done) == 0 {
		for range g.inputs {
			e.opt.Work.End()
		}
		return
	}
	e.writer.busy = true
	e.writer.jobs <- job{group: g, status: e.standing()}
}

// land takes note of what became of the job under way, and hands on what was
// stepped meanwhile.
func (e *Engine) land(l landed) error {
	e.writer.busy = false
	if l.head > 0 {
		e.head = l.head
	}
	if l.err == nil {
		e.submit()
	}
	return l.err
}

// settle waits until all that was stepped is durable.
func (e *Engine) settle() error {
	if !e.writer.busy {
		e.submit()
	}
	for e.writer.busy {
		if err := e.land(<-e.writer.done); err != nil {
			return err
		}
	}
	return nil
}

// standing is what the engine says of its state now.
func (e *Engine) standing() Status {
	if e.broken { // it can't be asked: what was said last stands until it is rebuilt
		return e.Status()
	}
	s := Status{At: e.last, Open: e.state.Open(), Asks: len(e.state.Asks), Waiting: e.state.Waiting()}
	if at, ok := e.state.Wake(); ok {
		s.Wake = at
	}
	return s
}

// tell says how the engine stands, as of a durable record.
func (e *Engine) tell(s Status, head uint64) {
	e.note(func(now *Status) {
		s.Head, s.Quarantined, s.EntryClosed = head, now.Quarantined, now.EntryClosed
		*now = s
	})
}

// note changes what the engine says of itself.
func (e *Engine) note(change func(*Status)) {
	for {
		was := e.status.Load()
		now := *was
		change(&now)
		if e.status.CompareAndSwap(was, &now) {
			return
		}
	}
}
