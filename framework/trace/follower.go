package trace

import (
	"context"
	"log/slog"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// batch is how many entries are read at a time.
const batch = 1024

// Follower follows a journal and exports each visit that is closed.
type Follower struct {
	journal journal.Reader
	out     *exporter
	from    uint64 // the first record whose closed visits are exported
	log     *slog.Logger
}

// New returns a follower that exports visits that are closed from now on, or nil
// where the environment names no collector. An error says what is wrong with
// what it names.
func New(ctx context.Context, j journal.Reader, log *slog.Logger) (*Follower, error) {
	if !configured() {
		return nil, nil
	}
	out, err := newExporter(ctx, log)
	if err != nil {
		return nil, err
	}
	head, _ := j.Head()
	return &Follower{journal: j, out: out, from: head + 1, log: log}, nil
}

// Run follows the journal until ctx ends, then exports what is left, as far as
// the collector takes it in a moment. Whatever goes wrong is logged and ends the
// tracing alone: it returns nothing.
func (f *Follower) Run(ctx context.Context) {
	defer f.out.close()
	if err := f.follow(ctx); ctx.Err() == nil {
		f.log.Warn("visits are not traced any more", "err", err)
	}
}

// follow returns why it follows no more.
func (f *Follower) follow(ctx context.Context) error {
	g := newGatherer()
	for seq := uint64(0); ; {
		if err := f.journal.Wait(ctx, seq); err != nil {
			return err
		}
		entries, err := f.journal.Read(seq+1, batch)
		if err != nil {
			return err
		}
		for _, e := range entries {
			r, err := event.DecodeRecord(e.Body)
			if err != nil {
				return err
			}
			r.Seq, r.At, seq = e.Seq, e.At, e.Seq
			for _, v := range g.record(r) {
				if r.Seq >= f.from {
					f.out.visit(ctx, v)
				}
			}
		}
	}
}
