package view

import (
	"context"
	"errors"
	"fmt"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

// keepEvery is how many records a start folds again at most, and keepAtEnd how
// many are worth a checkpoint when a view ends.
const (
	keepEvery = 20_000
	keepAtEnd = 1
)

// NewKept returns the view of a journal, as of where it was kept: Run goes on from
// there, and keeps how far it came. A checkpoint that is of another journal or
// another version, or damaged, is thrown away, and Warn is told. It starts
// nothing.
func NewKept(r journal.Reader, point *checkpoint.Reader, warn func(error)) *View {
	v := New(r)
	v.point, v.warn = point, warn
	switch m, err := v.load(); {
	case err == nil:
		v.model, v.kept = m, m.seq
		v.now.Store(m.Snapshot())
	case !errors.Is(err, checkpoint.ErrNone):
		v.anew(err)
	}
	return v
}

func (v *View) load() (*Model, error) {
	seq, body, err := v.point.Load()
	if err != nil {
		return nil, err
	}
	m, err := restored(body, v.point.Get, v.record)
	if err == nil && m.seq != seq {
		err = fmt.Errorf("it says record %d and is of record %d", seq, m.seq)
	}
	return m, err
}

// anew begins at the first record.
func (v *View) anew(why error) {
	v.warn(fmt.Errorf("pages are behind until the journal is read from its first record: %w", errors.Join(why, v.point.Forget())))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.model, v.kept = NewModel(), 0
}

// record reads one.
func (v *View) record(seq uint64) (event.Record, error) {
	entries, err := v.reader.Read(seq, 1)
	if err != nil {
		return event.Record{}, err
	}
	if len(entries) == 0 {
		return event.Record{}, fmt.Errorf("entry %d is not there", seq)
	}
	return decode(entries[0])
}

// sound sees whether all that was looked up could be: with something missing, the
// model is wrong, and the next one begins at the first record.
func (v *View) sound() bool {
	v.mu.Lock()
	err := v.model.past.err
	v.mu.Unlock()
	if err != nil {
		v.anew(err)
	}
	return err == nil
}

// keep keeps the model, if that spares the next start enough records. What can't
// be kept costs time then, and nothing else.
func (v *View) keep(least uint64) {
	if v.point == nil {
		return
	}
	v.mu.Lock()
	seq := v.model.seq
	if seq < v.kept+least || v.model.past.err != nil {
		v.mu.Unlock()
		return
	}
	body, values, err := v.model.Checkpoint()
	v.mu.Unlock()
	if err == nil { // nobody else writes to the model: what is looked up meanwhile is still in memory
		err = v.point.Save(seq, body, values)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept = seq
	if err != nil {
		v.warn(fmt.Errorf("the next start reads more of the journal: %w", err))
		return
	}
	v.model.past.look = v.point.Get
	v.model.past.let()
}

// follow folds what there is and what comes.
func (v *View) follow(ctx context.Context) error {
	v.mu.Lock()
	seq := v.model.seq
	v.mu.Unlock()
	for {
		if err := v.reader.Wait(ctx, seq); err != nil {
			if ctx.Err() != nil {
				v.keep(keepAtEnd)
			}
			return fmt.Errorf("follow the journal: %w", err)
		}
		entries, err := v.reader.Read(seq+1, batch)
		if err != nil {
			return fmt.Errorf("follow the journal: %w", err)
		}
		if len(entries) == 0 {
			continue
		}
		records := make([]event.Record, len(entries))
		for i, e := range entries {
			if records[i], err = decode(e); err != nil {
				return fmt.Errorf("follow the journal: %w", err)
			}
		}
		v.fold(records)
		seq = entries[len(entries)-1].Seq
		if !v.sound() {
			seq = 0
			continue
		}
		v.tell()
		v.keep(keepEvery)
	}
}
