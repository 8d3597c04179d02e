package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Report is one report of one device: Handle and Epoch of the opening, Seq,
// Offset (the device's clock minus the host's), and either Evidence or Gap.
type Report = wire.Row

// Gap stands for reports that were lost, the last of them with the report's
// Seq: Interval, Lost, Before, After and Cause.
type Gap = wire.Gap

// Batch is what came in one message, checked: rows in each device's order. It is
// valid until the Sink's Batch returns; Report and Reports copy out what is to be
// kept. What it takes is used again for the next, so that a report costs the host
// no memory before somebody keeps it.
type Batch = wire.Batch

// Head is what a row of a Batch is about, without its evidence.
type Head = wire.Head

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
	// Batch gets reports in each device's order. The batch is valid until it
	// returns.
	Batch func(*Batch)
	// Reports gets copies of them instead, where Batch is nil. The slice is
	// valid until it returns; the reports and their evidence may be kept.
	Reports func([]Report)
	// Lost may be nil.
	Lost func(Lost)
}

// take hands a batch over, with the buffer for copies.
func (s *Sink) take(b *Batch, copies []Report) []Report {
	if s.Batch != nil {
		s.Batch(b)
		return copies
	}
	copies = b.Reports(copies[:0])
	s.Reports(copies)
	clear(copies) // or the last batch would be kept until the next
	return copies
}

// Stats counts what came from a plugin and was not handed over as it came.
type Stats struct {
	// Duplicates were sent again after a reconnection and dropped.
	Duplicates uint64
	// Foreign were of a device that was not opened, and dropped.
	Foreign uint64
	// Holes are numbers that the plugin left out without a gap of its own.
	Holes uint64
	// Strays are answers to commands that nobody waited for: those that came too
	// late, twice, or to nothing.
	Strays uint64
}

// progress is how far one opening of a device has come.
type progress struct {
	wire.Progress
	acked uint64
	lost  bool
}

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
		p.again[s.handle] += p.sources[gone].Duplicates
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
	stream, err := p.base.Observe(ctx, grpc.ForceCodecV2(wire.Codec()), grpc.MaxCallRecvMsgSize(wire.MaxEvidence))
	if err != nil {
		return wire.FromStatus("observe", err, true)
	}
	acks.Go(func() { p.sendAcks(ctx, stream) })
	p.restateAcks()
	var message wire.Scratch
	var decoder wire.Decoder
	var copies []Report
	for {
		if err := stream.RecvMsg(&message); err != nil {
			return wire.FromStatus("observe", err, true)
		}
		batch, lost, err := decoder.Decode(message.Bytes())
		switch {
		case err != nil:
			return fault.Wrap(fault.Invalid, "observe", fmt.Errorf("malformed batch: %w", err))
		case batch != nil:
			if p.admit(&decoder); batch.Len() > 0 {
				copies = sink.take(batch, copies)
			}
		case lost != nil:
			if p.admitLost(lost) && sink.Lost != nil {
				sink.Lost(Lost{Handle: lost.GetHandle(), Epoch: lost.GetEpoch(), Err: lostError(lost.GetFault())})
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

// admit leaves in the batch what is neither foreign nor came before, and a gap
// where numbers are missing.
func (p *Plugin) admit(d *wire.Decoder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := d.Admit(func(handle uint32, epoch uint64) *wire.Progress {
		if at := p.sources[source{handle, epoch}]; at != nil {
			return &at.Progress
		}
		return nil
	})
	p.stats.Duplicates += n.Duplicates
	p.stats.Foreign += n.Foreign
	p.stats.Holes += n.Holes
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
	if at := p.sources[k]; at != nil && min(seq, at.Seq) > at.acked {
		p.unsent += min(seq, at.Seq) - at.acked
		at.acked = min(seq, at.Seq)
		p.acks[k] = at.acked
	}
	now := p.unsent >= ackRows
	p.mu.Unlock()
	p.wakeAcks()
	if now {
		select {
		case p.ackNow <- struct{}{}:
		default:
		}
	}
}

func (p *Plugin) wakeAcks() {
	select {
	case p.ackWake <- struct{}{}:
	default:
	}
}

// Acknowledgements are sent together: at most once in ackEvery, unless they are
// for more than ackRows reports, which a plugin may want to be rid of.
const (
	ackEvery = time.Millisecond
	ackRows  = 4096
)

func (p *Plugin) sendAcks(ctx context.Context, stream grpc.BidiStreamingClient[pb.ObserveRequest, pb.ObserveResponse]) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.ackWake:
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C: // since the last
		case <-p.ackNow:
			pause.Stop()
		}
		request := &pb.ObserveRequest{}
		p.mu.Lock()
		for k, seq := range p.acks {
			request.Acks = append(request.Acks, &pb.Ack{Handle: k.handle, Epoch: k.epoch, Seq: seq})
		}
		clear(p.acks)
		p.unsent = 0
		p.mu.Unlock()
		if len(request.Acks) > 0 {
			if err := stream.Send(request); err != nil {
				return // the receiving end tells why
			}
		}
		pause.Reset(ackEvery)
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

func (p *Plugin) stray() {
	p.mu.Lock()
	p.stats.Strays++
	p.mu.Unlock()
}

// Duplicates counts the reports of one device that were sent again and dropped.
func (p *Plugin) Duplicates(handle uint32) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.again[handle]
	for s, at := range p.sources {
		if s.handle == handle {
			n += at.Duplicates
		}
	}
	return n
}

// Stats gives the counts so far.
func (p *Plugin) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}
