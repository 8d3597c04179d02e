package host_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/payment"
)

type noticeStream = grpc.BidiStreamingServer[pb.NoticesRequest, pb.NoticesResponse]

// Notices plays what a test says.
func (s *script) Notices(stream noticeStream) error {
	if s.notices == nil {
		return status.Error(codes.Unimplemented, "no such method")
	}
	m, err := stream.Recv()
	if err != nil {
		return err
	}
	return s.notices(m.GetOpen(), stream)
}

func said(id string) *pb.NoticesResponse {
	return &pb.NoticesResponse{Notice: &pb.Notice{Id: id, Kind: pb.NoticeKind_NOTICE_KIND_CAPTURED, Reference: "pi_1"}}
}

func listens(stream noticeStream) error { return stream.Send(&pb.NoticesResponse{}) }

// A notice is acknowledged once it was handed on, and not before.
func TestNotices(t *testing.T) {
	const all = 200
	acks := make(chan string, all)
	s := &script{notices: func(open *pb.NoticesOpen, stream noticeStream) error {
		if open.GetHandle() != 3 || open.GetEpoch() != 9 {
			t.Errorf("opened %v", open)
		}
		if err := listens(stream); err != nil {
			return err
		}
		go func() {
			for n := range all {
				_ = stream.Send(said(fmt.Sprint("evt_", n)))
			}
		}()
		for range all {
			m, err := stream.Recv()
			if err != nil {
				return err
			}
			acks <- m.GetAck().GetId()
		}
		return status.Error(codes.Unavailable, "that was all")
	}}
	p, _ := pluginOf(t, s, s)
	var mu sync.Mutex
	got, most, now := map[string]bool{}, 0, 0
	err := p.Notices(t.Context(), 3, 9, func(_ context.Context, n payment.Notice) error {
		mu.Lock()
		defer mu.Unlock()
		now++
		most = max(most, now)
		now--
		got[n.ID] = true
		return nil
	})
	if err == nil || len(got) != all || len(acks) != all {
		t.Errorf("%v: %d notices, %d acknowledged", err, len(got), len(acks))
	}
}

// What makes no sense is not handed on, and ends the stream.
func TestSenselessNotices(t *testing.T) {
	for name, change := range map[string]func(*pb.Notice){
		"nothing":          func(n *pb.Notice) { *n = pb.Notice{} },
		"no id":            func(n *pb.Notice) { n.Id = "" },
		"long id":          func(n *pb.Notice) { n.Id = strings.Repeat("x", payment.MaxNoticeID+1) },
		"no movement":      func(n *pb.Notice) { n.Reference = "" },
		"long reference":   func(n *pb.Notice) { n.Reference = strings.Repeat("x", payment.MaxNoticeName+1) },
		"long key":         func(n *pb.Notice) { n.Key = strings.Repeat("x", payment.MaxNoticeName+1) },
		"no kind":          func(n *pb.Notice) { n.Kind = 0 },
		"kind of tomorrow": func(n *pb.Notice) { n.Kind = 99 },
		"kind below":       func(n *pb.Notice) { n.Kind = -1 },
		"no currency":      func(n *pb.Notice) { n.Amount = &pb.Amount{Minor: 1, Currency: "gold"} },
		"less than none":   func(n *pb.Notice) { n.Amount = &pb.Amount{Minor: -1, Currency: "EUR"} },
		"huge":             func(n *pb.Notice) { n.Message = strings.Repeat("x", 64<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{notices: func(_ *pb.NoticesOpen, stream noticeStream) error {
				if err := listens(stream); err != nil {
					return err
				}
				n := said("evt_1")
				change(n.GetNotice())
				if err := stream.Send(n); err != nil {
					return err
				}
				_, err := stream.Recv()
				return err
			}}
			p, _ := pluginOf(t, s, s)
			err := p.Notices(t.Context(), 1, 1, func(context.Context, payment.Notice) error {
				t.Error("it was handed on")
				return nil
			})
			if err == nil {
				t.Error("no error")
			}
		})
	}
}

// A message that is long is cut, and the notice taken.
func TestLongMessage(t *testing.T) {
	s := &script{notices: func(_ *pb.NoticesOpen, stream noticeStream) error {
		if err := listens(stream); err != nil {
			return err
		}
		n := said("evt_1")
		n.Notice.Message = strings.Repeat("é", payment.MaxNoticeMessage)
		if err := stream.Send(n); err != nil {
			return err
		}
		_, err := stream.Recv()
		return err
	}}
	p, _ := pluginOf(t, s, s)
	var got payment.Notice
	_ = p.Notices(t.Context(), 1, 1, func(_ context.Context, n payment.Notice) error { got = n; return nil })
	if got.ID == "" || len(got.Message) > payment.MaxNoticeMessage {
		t.Errorf("%d bytes", len(got.Message))
	}
}

// A flood waits in the plugin: no more than MaxNotices are under way.
func TestFloodOfNotices(t *testing.T) {
	const all = 4 * payment.MaxNotices
	s := &script{notices: func(_ *pb.NoticesOpen, stream noticeStream) error {
		if err := listens(stream); err != nil {
			return err
		}
		for n := range all {
			if err := stream.Send(said(fmt.Sprint("evt_", n))); err != nil {
				return err
			}
		}
		<-stream.Context().Done()
		return stream.Context().Err()
	}}
	p, _ := pluginOf(t, s, s)
	ctx, cancel := context.WithCancel(t.Context())
	under := make(chan struct{}, all)
	go func() {
		for range payment.MaxNotices {
			<-under
		}
		cancel()
	}()
	err := p.Notices(ctx, 1, 1, func(ctx context.Context, _ payment.Notice) error {
		under <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	if err == nil || len(under) != 0 {
		t.Errorf("%v: %d more than %d under way", err, len(under), payment.MaxNotices)
	}
}

func TestNoticesEnd(t *testing.T) {
	deaf := errors.New("no journal")
	one := func(_ *pb.NoticesOpen, stream noticeStream) error {
		if err := listens(stream); err != nil {
			return err
		}
		if err := stream.Send(said("evt_1")); err != nil {
			return err
		}
		m, err := stream.Recv()
		if err == nil {
			t.Errorf("acknowledged: %v", m)
		}
		return err
	}
	s := &script{notices: one}
	p, _ := pluginOf(t, s, s)
	if err := p.Notices(t.Context(), 1, 1, func(context.Context, payment.Notice) error { return deaf }); !errors.Is(err, deaf) {
		t.Errorf("a journal that fails: %v", err)
	}
	none := &script{}
	q, _ := pluginOf(t, none, none)
	if err := q.Notices(t.Context(), 1, 1, nil); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("a plugin without the method: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	silent := &script{notices: func(_ *pb.NoticesOpen, stream noticeStream) error {
		<-stream.Context().Done()
		return stream.Context().Err()
	}}
	v, _ := pluginOf(t, silent, silent)
	if err := v.Notices(ctx, 1, 1, nil); err == nil {
		t.Error("a plugin that never listens")
	}
}

// What a plugin declares is checked before anybody believes it.
func TestDeclaredProcessing(t *testing.T) {
	good := func() *pb.Processing { return &pb.Processing{HoldLifetimeUs: time.Hour.Microseconds()} }
	network := func(name string) *pb.Processing {
		p := good()
		p.HoldLifetimes = []*pb.NetworkLifetime{{Network: name, LifetimeUs: 2 * time.Hour.Microseconds()}}
		return p
	}
	many := good()
	for n := range 33 {
		many.HoldLifetimes = append(many.HoldLifetimes, &pb.NetworkLifetime{Network: fmt.Sprint("n", n), LifetimeUs: time.Hour.Microseconds()})
	}
	over, ever := good(), good()
	over.OverCapturePpm = 1_000_001
	ever.KeyWindowUs = 1 << 62
	back := good()
	back.SettlingDelayUs = -1 << 63
	for name, c := range map[string]struct {
		class string
		p     *pb.Processing
		ok    bool
	}{
		"good": {"payment", good(), true}, "a network": {"payment", network("visa"), true},
		"none": {"payment", nil, false}, "of a gate": {"gate", good(), false}, "gate": {"gate", nil, true},
		"empty": {"payment", &pb.Processing{}, false}, "bad network": {"payment", network("V\n"), false}, "many": {"payment", many, false},
		"over": {"payment", over, false}, "ever": {"payment", ever, false}, "back": {"payment", back, false},
	} {
		s := &script{describe: &pb.DescribeResponse{Name: "a/b", Drivers: []*pb.Driver{{Name: "d", Class: c.class, Processing: c.p}}}}
		p, _ := pluginOf(t, s, s)
		d, err := p.Describe(t.Context())
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (d.Drivers[0].Processing != nil) != (c.p != nil) {
			t.Errorf("%s: %+v", name, d.Drivers[0])
		}
	}
}
