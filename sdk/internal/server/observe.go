package server

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

type observeStream = grpc.BidiStreamingServer[pb.ObserveRequest, pb.ObserveResponse]

// Observe carries evidence until the stream, the server or a newer stream ends
// it. A newer stream takes over, since the older one's host may have died
// without a word.
func (s *Server) Observe(stream observeStream) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	number, err := s.takeOver(ctx, cancel, ended)
	if err != nil {
		return wire.StatusOf(err)
	}
	go func() { // ends with the stream, which ends when this handler returns
		s.receive(stream)
		cancel()
	}()
	return wire.StatusOf(s.send(ctx, stream, number))
}

// takeOver ends the older stream. It doesn't wait for it: a host that froze may
// hold it in a send, and what it may still take ends with its number. A stream
// that has ended takes nothing over: on a busy machine the handler of one that
// the host gave up may begin after that of the next.
func (s *Server) takeOver(ctx context.Context, cancel context.CancelFunc, ended chan struct{}) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, fault.Wrap(fault.Unavailable, "observe", err)
	}
	if s.closed {
		return 0, fault.New(fault.Unavailable, "the plugin is stopping")
	}
	if s.stream != nil {
		s.stream()
	}
	s.stream, s.ended = cancel, ended
	return s.spool.restart(), nil
}

// receive takes acknowledgements until the host ends its half.
func (s *Server) receive(stream observeStream) {
	for {
		r, err := stream.Recv()
		if err != nil {
			return // the end of the host's half is the end of the stream, however it came
		}
		for _, a := range r.GetAcks() {
			s.spool.ack(a.GetHandle(), a.GetEpoch(), a.GetSeq())
		}
	}
}

// send sends whatever waits, at once: a batch grows only while the one before
// is being sent.
func (s *Server) send(ctx context.Context, stream observeStream, number uint64) error {
	var batch wire.Encoder
	var p parcel
	defer func() { s.spool.finish(p.blocks) }()
	for {
		batch.Reset()
		var ok bool
		if p, ok = s.spool.take(number, &batch, p.blocks); !ok {
			return fault.New(fault.Unavailable, "a newer stream took over")
		}
		for _, b := range p.blocks {
			if err := stream.SendMsg(b); err != nil {
				return err
			}
		}
		if len(p.blocks) > 0 {
			continue
		}
		if batch.Rows() > 0 {
			if err := stream.SendMsg(&batch); err != nil {
				return err
			}
			continue
		}
		for _, n := range p.notices {
			if err := stream.Send(lostOf(n)); err != nil {
				return err
			}
		}
		if len(p.notices) > 0 {
			continue
		}
		if ctx.Err() != nil { // only now: what was reported before the end still goes out
			return nil
		}
		select {
		case <-s.spool.wake:
		case <-ctx.Done():
		}
	}
}

func lostOf(o *source) *pb.ObserveResponse {
	o.spool.mu.Lock()
	notice := o.notice
	o.spool.mu.Unlock()
	return &pb.ObserveResponse{Message: &pb.ObserveResponse_Lost{Lost: &pb.DeviceLost{
		Handle: o.handle, Epoch: o.epoch, Fault: wire.FaultOf(notice),
	}}}
}
