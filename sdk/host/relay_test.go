package host_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// relayed is a host's stream at an agent that a test plays.
type relayed struct {
	t       *testing.T
	asks    chan []byte
	answers chan *pb.CommandResponse
	over    chan error
	now     uint64
	allowed error
}

func relay(t *testing.T, s *script) *relayed {
	p, _ := plugin(t, s)
	r := &relayed{t: t, asks: make(chan []byte), answers: make(chan *pb.CommandResponse, 1000), over: make(chan error, 1), now: 1000}
	go func() {
		r.over <- p.Relay(t.Context(), host.Relay{
			Receive: func() ([]byte, error) {
				b, more := <-r.asks
				if !more {
					return nil, io.EOF
				}
				return b, nil
			},
			Send: func(b []byte) error {
				m := &pb.CommandResponse{}
				err := proto.Unmarshal(b, m)
				r.answers <- m
				return err
			},
			Now:     func() uint64 { return r.now },
			Allowed: func() error { return r.allowed },
		})
	}()
	if hello := <-r.answers; len(hello.GetAnswers()) != 0 {
		t.Fatalf("it begins with %v", hello)
	}
	return r
}

const admits = "/aisle.plugin.v1.Gate/Admit"

func (r *relayed) ask(id, by uint64, within time.Duration) {
	request, err := proto.Marshal(&pb.AdmitRequest{Handle: 1, Session: fmt.Sprint("s", id)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.asks <- wire.AppendCommand(nil, id, admits, within, by, request)
}

// answer gives the one answer of the next message.
func (r *relayed) answer() (id uint64, err error) {
	m := <-r.answers
	if len(m.GetAnswers()) != 1 {
		r.t.Fatalf("%v", m)
	}
	return m.GetAnswers()[0].GetId(), wire.ErrorOf(m.GetAnswers()[0].GetFault())
}

// Each command is made in its time, and one that came too late is not.
func TestRelay(t *testing.T) {
	made := make(chan struct{}, 10)
	r := relay(t, &script{admit: func(ctx context.Context) error {
		made <- struct{}{}
		if _, bounded := ctx.Deadline(); !bounded {
			return wire.StatusOf(fault.New(fault.Refused, "for ever"))
		}
		return nil
	}})
	for n, c := range []struct {
		by     uint64
		within time.Duration
		want   fault.Code
		made   int
	}{
		{0, time.Minute, 0, 1},
		{1001 + 60e6, 0, 0, 1},                    // within what the agent's clock leaves
		{1000, time.Minute, fault.Unavailable, 0}, // over as it came
		{1, time.Minute, fault.Unavailable, 0},
	} {
		r.ask(uint64(n)+1, c.by, c.within) //nolint:gosec // a few
		id, err := r.answer()
		if code := fault.CodeOf(err); id != uint64(n)+1 || (err != nil || c.want != 0) && code != c.want { //nolint:gosec // a few
			t.Errorf("by %d within %v: answer to %d: %v, want code %v", c.by, c.within, id, err, c.want)
		}
		if len(made) != c.made {
			t.Errorf("by %d: made %d times, want %d", c.by, len(made), c.made)
		}
		for len(made) > 0 {
			<-made
		}
	}
	r.ask(4, 0, time.Minute)
	if err := <-r.over; err == nil {
		t.Error("a number that came twice is taken")
	}
}

// The host may call a command off, and has no more under way than it may.
func TestRelayIsBounded(t *testing.T) {
	r := relay(t, &script{admit: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
	for n := range uint64(wire.MaxCommands) {
		r.ask(n+1, 0, time.Hour)
	}
	r.ask(wire.MaxCommands+1, 0, time.Hour)
	if id, err := r.answer(); id != wire.MaxCommands+1 || fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("one too many: answer to %d: %v", id, err)
	}
	r.asks <- wire.AppendCancel(nil, 7)
	if id, err := r.answer(); id != 7 || err == nil {
		t.Errorf("called off: answer to %d: %v", id, err)
	}
	close(r.asks)
	if err := <-r.over; err != nil {
		t.Errorf("the host ended it: %v", err)
	}
}

// A host that has lost the agent is not heard.
func TestRelayAllowed(t *testing.T) {
	r := relay(t, &script{admit: func(context.Context) error { t.Error("a command of a host that may not"); return nil }})
	r.allowed = fault.New(fault.Unavailable, "another host has the lease")
	r.ask(1, 0, time.Minute)
	if err := <-r.over; err == nil {
		t.Error("it goes on")
	}
}
