package main

import (
	"context"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// lastFlush is how long a device that closes waits for the journal.
const lastFlush = 200 * time.Millisecond

// pump passes the world's reports on until ctx ends or the world is gone. What
// has been reported is flushed to the host's journal before it is confirmed to
// the world, whose clock stands until then; reports that came together are
// flushed together.
func (l *line) pump(ctx context.Context, report func(observe.Evidence) error) error {
	for {
		var last uint64
		select {
		case m := <-l.reports:
			if err := pass(m, report); err != nil {
				return err
			}
			last = m.ID
		case <-l.gone:
			return fault.Wrap(fault.Unavailable, "observe", errGone)
		case <-ctx.Done():
			return ctx.Err()
		}
		for more := true; more; {
			select {
			case m := <-l.reports:
				if err := pass(m, report); err != nil {
					return err
				}
				last = m.ID
			default:
				more = false
			}
		}
		if err := l.flush(ctx); err != nil {
			return err
		}
		if err := l.conn.Write(wire.FromClient{Done: last}); err != nil {
			return fault.Wrap(fault.Unavailable, "confirm", err)
		}
	}
}

// flush waits for the host's journal, a moment longer than ctx: else the world
// would have to send again, to the next opening, what the journal has.
func (l *line) flush(ctx context.Context) error {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastFlush, cancel) })
	defer stop()
	return l.env.Link.Flush(late)
}

func pass(m wire.ToClient, report func(observe.Evidence) error) error {
	var kind observe.Kind
	if err := kind.UnmarshalText([]byte(m.Kind)); err != nil {
		return fault.Wrap(fault.Internal, "read a report", err)
	}
	e, err := observe.Decode(kind, m.Report)
	if err != nil {
		return fault.Wrap(fault.Internal, "read a report", err)
	}
	return report(e)
}

// only passes on one kind of evidence, and takes any other for a defect.
func only[E observe.Evidence](report func(E)) func(observe.Evidence) error {
	return func(e observe.Evidence) error {
		v, ok := e.(E)
		if !ok {
			return fault.New(fault.Internal, fmt.Sprintf("the world reported a %s", observe.KindOf(e)))
		}
		report(v)
		return nil
	}
}
