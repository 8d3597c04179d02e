package payment

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

type noticeStream = grpc.BidiStreamingServer[pb.NoticesRequest, pb.NoticesResponse]

// Notices runs a Notifier for as long as the host listens and the device is open.
func (s *service) Notices(stream noticeStream) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	if open == nil {
		return wire.StatusOf(fault.New(fault.Invalid, "notices begin with the device that they are of"))
	}
	// A stream that begins again waits until the one before has ended.
	call := class.Call{Handle: open.GetHandle(), Epoch: open.GetEpoch(), Op: "notices", Beside: true, Session: "\x00notices"}
	return class.Command(stream.Context(), s.commands, call, func(ctx context.Context, n Notifier) error {
		l := &listener{stream: stream, waiting: map[string]*waiting{}, room: make(chan struct{}, MaxNotices), over: make(chan struct{})}
		if err := stream.Send(&pb.NoticesResponse{}); err != nil { // the host waits for it
			return err
		}
		go l.listen() // ends with the stream, which ends when this returns
		return n.Notices(ctx, func(ctx context.Context, n Notice) error { return l.report(ctx, n) })
	})
}

// listener is the plugin's end of one stream of notices.
type listener struct {
	stream noticeStream
	room   chan struct{} // holds a token for each notice that waits
	over   chan struct{} // closed when the stream has ended
	send   sync.Mutex

	mu      sync.Mutex
	waiting map[string]*waiting
}

// waiting is a notice that the host has not journalled yet, and how many wait
// for it: one that comes twice at once is sent once.
type waiting struct {
	done    chan struct{}
	callers int
}

// listen takes acknowledgements until the stream ends.
func (l *listener) listen() {
	defer close(l.over)
	for {
		m, err := l.stream.Recv()
		if err != nil {
			return
		}
		l.mu.Lock()
		if w := l.waiting[m.GetAck().GetId()]; w != nil {
			delete(l.waiting, m.GetAck().GetId())
			close(w.done)
		}
		l.mu.Unlock()
	}
}

// report hands one notice to the host and waits until it is journalled.
func (l *listener) report(ctx context.Context, n Notice) error {
	if err := n.Check(); err != nil {
		return err
	}
	select {
	case l.room <- struct{}{}:
		defer func() { <-l.room }()
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "report a notice", ctx.Err())
	case <-l.over:
		return errDeaf
	}
	w, first := l.expect(n.ID)
	defer l.forget(n.ID, w)
	if first {
		l.send.Lock()
		err := l.stream.Send(&pb.NoticesResponse{Notice: noticeOf(n)})
		l.send.Unlock()
		if err != nil {
			return fault.Wrap(fault.Unavailable, "report a notice", err)
		}
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "wait for the host's journal", ctx.Err())
	case <-l.over:
		return errDeaf
	}
}

// errDeaf says that nobody took a notice: it must be said again.
var errDeaf = fault.New(fault.Unavailable, "the host does not listen any more")

func (l *listener) expect(id string) (w *waiting, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w = l.waiting[id]
	if w == nil {
		w, first = &waiting{done: make(chan struct{})}, true
		l.waiting[id] = w
	}
	w.callers++
	return w, first
}

func (l *listener) forget(id string, w *waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.callers--; w.callers == 0 && l.waiting[id] == w {
		delete(l.waiting, id)
	}
}

func noticeOf(n Notice) *pb.Notice {
	m := &pb.Notice{Id: n.ID, Kind: pb.NoticeKind(n.Kind), Reference: n.Reference, Key: n.Key,
		Message: wire.Bound(n.Message, MaxNoticeMessage), AtUs: wire.Micros(n.At)}
	if n.Amount.Currency != "" {
		m.Amount = wire.AmountOf(n.Amount)
	}
	return m
}
