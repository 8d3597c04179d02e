package host

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// Report is one report of one device: Handle and Epoch of the opening, Seq,
// Offset (the device's clock minus the host's), and either Evidence or Gap.
type Report = wire.Row

// Gap stands for reports that were lost, the last of them with the report's
// Seq: Interval, Lost, Before, After and Cause.
type Gap = wire.Gap

// Lost says that a device ended by itself. It comes after the device's last
// report. Open it again, under a new epoch.
type Lost struct {
	Handle uint32
	Epoch  uint64
	// Err has a fault code, and a Stack where vendor code panicked.
	Err error
}

// Sink takes what a plugin observes. Both functions are called from one
// goroutine, the one that runs Observe; blocking them holds the plugin back,
// which then spools.
type Sink struct {
	// Reports gets reports in each device's order. The slice is valid until it
	// returns; the reports and their evidence may be kept.
	Reports func([]Report)
	// Lost may be nil.
	Lost func(Lost)
}

// Stats counts what Observe did not hand over as it came.
type Stats struct {
	// Duplicates were sent again after a reconnection and dropped.
	Duplicates uint64
	// Foreign were of a device that was not opened, and dropped.
	Foreign uint64
	// Holes are numbers that the plugin left out without a gap of its own.
	Holes uint64
}

// progress is how far one opening of a device has come.
type progress struct {
	seq   uint64 // of the last report handed over
	acked uint64
	last  observe.Interval
	lost  bool
}

// causeHole is the cause of a gap that the plugin did not state itself.
const causeHole = "the plugin left numbers out"

// maxOpenings is how many openings of one device are listened to: the present
// one, and the one before it, whose last reports may still be under way.
const maxOpenings = 2

// expect lets an opening's evidence in.
func (p *Plugin) expect(s source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sources[s] == nil {
		p.sources[s] = &progress{}
	}
	var epochs []uint64
	for other := range p.sources {
		if other.handle == s.handle {
			epochs = append(epochs, other.epoch)
		}
	}
	for len(epochs) > maxOpenings {
		oldest := 0
		for i, e := range epochs {
			if e < epochs[oldest] {
				oldest = i
			}
		}
		gone := source{s.handle, epochs[oldest]}
		delete(p.sources, gone)
		delete(p.acks, gone)
		epochs = append(epochs[:oldest], epochs[oldest+1:]...)
	}
}

// Observe receives evidence until ctx ends or the stream breaks, and always
// returns an error. Call it again to go on: the plugin sends again what was not
// acknowledged, and what was handed over before is dropped. A malformed batch
// ends it with code invalid. Only one Observe of a plugin may run at a time.
func (p *Plugin) Observe(ctx context.Context, sink Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	var acks sync.WaitGroup
	defer acks.Wait()
	defer cancel()
	stream, err := p.base.Observe(ctx)
	if err != nil {
		return wire.FromStatus("observe", err, true)
	}
	acks.Go(func() { p.sendAcks(ctx, stream) })
	p.restateAcks()
	var message pb.ObserveResponse
	var rows, fresh []Report
	for {
		if err := stream.RecvMsg(&message); err != nil {
			return wire.FromStatus("observe", err, true)
		}
		switch m := message.GetMessage().(type) {
		case *pb.ObserveResponse_Batch:
			if rows, err = wire.Decode(m.Batch, rows[:0]); err != nil {
				return fault.Wrap(fault.Invalid, "observe", fmt.Errorf("malformed batch: %w", err))
			}
			if fresh = p.admit(rows, fresh[:0]); len(fresh) > 0 {
				sink.Reports(fresh)
			}
			clear(rows) // or the last batch would be kept until the next
			clear(fresh)
		case *pb.ObserveResponse_Lost:
			if p.admitLost(m.Lost) && sink.Lost != nil {
				sink.Lost(Lost{Handle: m.Lost.GetHandle(), Epoch: m.Lost.GetEpoch(), Err: lostError(m.Lost.GetFault())})
			}
		}
	}
}

func lostError(f *pb.Fault) error {
	if f == nil {
		return fault.New(fault.Unavailable, "the device ended without saying why")
	}
	return wire.ErrorOf(f)
}

// admit appends to out what is neither foreign nor came before, and a gap where
// numbers are missing.
func (p *Plugin) admit(rows, out []Report) []Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	var key source
	var at *progress
	for _, r := range rows {
		if k := (source{r.Handle, r.Epoch}); at == nil || k != key {
			key, at = k, p.sources[k]
		}
		if at == nil {
			p.stats.Foreign++
			continue
		}
		if r.Seq <= at.seq {
			p.stats.Duplicates++
			continue
		}
		first := r.Seq
		if r.Gap != nil {
			first = r.Seq - r.Gap.Lost + 1
		}
		if first <= at.seq { // a gap that overlaps what came before
			gap := *r.Gap
			gap.Lost = r.Seq - at.seq
			r.Gap = &gap
		}
		if missing := int64(first - at.seq - 1); missing > 0 { //nolint:gosec // numbers of one device
			p.stats.Holes += uint64(missing)
			out = append(out, holeBefore(r, first, at))
		}
		at.seq, at.last = r.Seq, spanOf(r)
		out = append(out, r)
	}
	return out
}

// holeBefore is the gap for the numbers missing before r, which begins with
// number first.
func holeBefore(r Report, first uint64, at *progress) Report {
	return Report{Handle: r.Handle, Epoch: r.Epoch, Seq: first - 1, Offset: r.Offset,
		Gap: &Gap{Lost: first - at.seq - 1, Cause: causeHole, Interval: between(at.last, spanOf(r))}}
}

func spanOf(r Report) observe.Interval {
	if r.Gap != nil {
		return r.Gap.Interval
	}
	return r.Evidence.Span()
}

// between is the time that a hole between two reports may speak of.
func between(before, after observe.Interval) observe.Interval {
	if !before.Valid() {
		before = after
	}
	i := observe.Between(before.Settled, after.Settled)
	if i.Settled.Before(i.Onset) {
		i.Onset, i.Settled = i.Settled, i.Onset
	}
	return i
}

func (p *Plugin) admitLost(l *pb.DeviceLost) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.sources[source{l.GetHandle(), l.GetEpoch()}]
	if at == nil {
		p.stats.Foreign++
		return false
	}
	if at.lost {
		return false // told again after a reconnection
	}
	at.lost = true
	return true
}

// Ack says that the host has made durable all reports of one opening up to seq.
// It never blocks. Acknowledgements are sent together, and wait for the next
// stream where there is none.
func (p *Plugin) Ack(handle uint32, epoch, seq uint64) {
	p.mu.Lock()
	k := source{handle, epoch}
	if at := p.sources[k]; at != nil && min(seq, at.seq) > at.acked {
		at.acked = min(seq, at.seq)
		p.acks[k] = at.acked
	}
	p.mu.Unlock()
	p.wakeAcks()
}

func (p *Plugin) wakeAcks() {
	select {
	case p.ackWake <- struct{}{}:
	default:
	}
}

func (p *Plugin) sendAcks(ctx context.Context, stream grpc.BidiStreamingClient[pb.ObserveRequest, pb.ObserveResponse]) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.ackWake:
		}
		request := &pb.ObserveRequest{}
		p.mu.Lock()
		for k, seq := range p.acks {
			request.Acks = append(request.Acks, &pb.Ack{Handle: k.handle, Epoch: k.epoch, Seq: seq})
			delete(p.acks, k)
		}
		p.mu.Unlock()
		if len(request.Acks) == 0 {
			continue
		}
		if err := stream.Send(request); err != nil {
			return // the receiving end tells why
		}
	}
}

// restateAcks sends all acknowledgements again: those sent last on a broken
// stream may not have arrived, and the plugin would keep those reports for ever.
func (p *Plugin) restateAcks() {
	p.mu.Lock()
	for k, at := range p.sources {
		if at.acked > 0 {
			p.acks[k] = at.acked
		}
	}
	p.mu.Unlock()
	p.wakeAcks()
}

// Stats gives the counts so far.
func (p *Plugin) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}
