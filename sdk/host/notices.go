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
	"github.com/openaisle/aisle/sdk/payment"
)

// maxNotice is the most bytes of one message of a stream of notices.
const maxNotice = 32 << 10

// Notices hands on what a processor that was opened under an epoch says by
// itself, until ctx ends or the plugin breaks off. Up to payment.MaxNotices
// calls of report run at once, and Notices waits for them; what report returns no
// error for is acknowledged, and an error of it ends Notices. A notice that says
// too much or makes no sense ends it, too. The error is never nil; it has code
// unsupported where the processor says nothing by itself.
func (p *Plugin) Notices(ctx context.Context, handle uint32, epoch uint64, report func(context.Context, payment.Notice) error) error {
	if p.listens.Add(1) > maxListening {
		p.listens.Add(-1)
		return fault.Errorf(fault.Unavailable, "notices: more than %d processors of one plugin say something by themselves", maxListening)
	}
	defer p.listens.Add(-1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := time.AfterFunc(helloWithin, cancel)
	defer late.Stop()
	stream, err := pb.NewPaymentClient(p.conn).Notices(ctx, grpc.MaxCallRecvMsgSize(maxNotice))
	if err == nil {
		err = stream.Send(&pb.NoticesRequest{Message: &pb.NoticesRequest_Open{Open: &pb.NoticesOpen{Handle: handle, Epoch: epoch}}})
	}
	if stream != nil {
		_, err = stream.Recv() // an empty one says that it listens; where Send failed, Recv knows why
	}
	if !late.Stop() && err == nil {
		err = fmt.Errorf("the plugin did not open the stream within %v", helloWithin)
	}
	if err != nil {
		return wire.FromStatus("notices", err, true)
	}
	t := &taker{stream: stream, report: report, cancel: cancel}
	err = t.take(ctx)
	cancel()
	t.work.Wait()
	if t.failed != nil {
		return t.failed
	}
	return err
}

// taker is the host's end of one stream of notices.
type taker struct {
	stream grpc.BidiStreamingClient[pb.NoticesRequest, pb.NoticesResponse]
	report func(context.Context, payment.Notice) error
	cancel context.CancelFunc
	work   sync.WaitGroup
	once   sync.Once
	failed error
	send   sync.Mutex
}

// take reads notices until the stream ends. It reads no further while
// payment.MaxNotices are under way.
func (t *taker) take(ctx context.Context) error {
	room := make(chan struct{}, payment.MaxNotices)
	for {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "notices", ctx.Err())
		}
		m, err := t.stream.Recv()
		if err != nil {
			return wire.FromStatus("notices", err, true)
		}
		n, err := noticeFrom(m.GetNotice())
		if err != nil {
			return err
		}
		t.work.Go(func() {
			defer func() { <-room }()
			if err := t.hand(ctx, n); err != nil {
				t.once.Do(func() { t.failed = err })
				t.cancel()
			}
		})
	}
}

// hand gives one notice away, and acknowledges it once that is done.
func (t *taker) hand(ctx context.Context, n payment.Notice) error {
	if err := t.report(ctx, n); err != nil {
		return err
	}
	t.send.Lock()
	defer t.send.Unlock()
	_ = t.stream.Send(&pb.NoticesRequest{Message: &pb.NoticesRequest_Ack{Ack: &pb.NoticeAck{Id: n.ID}}}) // Recv tells why
	return nil
}

// noticeFrom makes a notice of its message.
func noticeFrom(m *pb.Notice) (n payment.Notice, err error) {
	n = payment.Notice{
		ID: m.GetId(), Reference: m.GetReference(), Key: m.GetKey(), Amount: wire.MoneyOf(m.GetAmount()),
		Message: wire.Bound(m.GetMessage(), payment.MaxNoticeMessage), At: wire.TimeOf(m.GetAtUs()),
	}
	if k := m.GetKind(); k > 0 && k <= pb.NoticeKind(payment.NoticeChargeback) {
		n.Kind = payment.NoticeKind(k) //nolint:gosec // bounded just above
	}
	return n, n.Check()
}
