package host_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

type commandStream = grpc.BidiStreamingServer[pb.CommandRequest, pb.CommandResponse]

// liner is a plugin whose command stream a test plays. It speaks ordinary
// protobuf, as a plugin in another language would.
type liner struct {
	*script
	play    func(liner *liner, stream commandStream) error
	streams atomic.Int32
	taken   atomic.Int32 // commands, over all streams
}

func (l *liner) Command(stream commandStream) error {
	l.streams.Add(1)
	return l.play(l, stream)
}

// next gives the commands and cancels of the next message.
func (l *liner) next(stream commandStream) ([]*pb.Command, []uint64, error) {
	r, err := stream.Recv()
	l.taken.Add(int32(len(r.GetCommands())))
	return r.GetCommands(), r.GetCancels(), err
}

func hello(stream commandStream) error { return stream.Send(&pb.CommandResponse{}) }

func yes(ids ...uint64) *pb.CommandResponse {
	r := &pb.CommandResponse{}
	for _, id := range ids {
		r.Answers = append(r.Answers, &pb.Answer{Id: id, Result: &pb.Answer_Response{}})
	}
	return r
}

// obliging answers all commands from now on.
func (l *liner) obliging(stream commandStream) error {
	for {
		commands, _, err := l.next(stream)
		if err != nil {
			return nil
		}
		for _, c := range commands {
			if err := stream.Send(yes(c.GetId())); err != nil {
				return err
			}
		}
	}
}

// bothWays runs a test with commands on the connection that all use, and on one
// of their own.
func bothWays(t *testing.T, test func(t *testing.T, direct bool)) {
	t.Run("shared", func(t *testing.T) { test(t, false) })
	t.Run("direct", func(t *testing.T) { test(t, true) })
}

func lined(t *testing.T, direct bool, play func(*liner, commandStream) error) (*host.Plugin, *liner) {
	t.Helper()
	l := &liner{script: &script{admit: func(context.Context) error { t.Error("a unary call"); return nil }}, play: play}
	if !direct {
		p, _ := pluginOf(t, l.script, l)
		return p, l
	}
	// A socket of the kernel's: what it takes at once is part of it.
	path := filepath.Join(t.TempDir(), "socket")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := pluginOn(t, l.script, l, lis)
	p.Direct(host.Direct{Authority: "localhost", Dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}})
	t.Cleanup(p.Disconnect)
	return p, l
}

func admit(ctx context.Context, p *host.Plugin) error {
	return p.Gate(1, 1).Admit(ctx, gate.Admission{Session: "s", Bodies: 1})
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// Answers may come in any order, and each finds its caller.
func TestAnswersInAnyOrder(t *testing.T) { bothWays(t, answersInAnyOrder) }

func answersInAnyOrder(t *testing.T, direct bool) {
	const all = 8
	p, l := lined(t, direct, func(l *liner, stream commandStream) error {
		if err := hello(stream); err != nil {
			return err
		}
		var held []*pb.Command
		for len(held) < all {
			commands, _, err := l.next(stream)
			if err != nil {
				return err
			}
			held = append(held, commands...)
		}
		for i := range held {
			c := held[len(held)-1-i]
			r := &pb.TareRequest{}
			if err := unmarshal(c.GetRequest(), r); err != nil || c.GetMethod() != "/aisle.plugin.v1.Shelf/Tare" || c.GetTimeoutUs() != 0 {
				t.Errorf("%v: %v", c, err)
			}
			f := &pb.Fault{Code: pb.FaultCode_FAULT_CODE_REFUSED, Message: fmt.Sprint("bay ", r.GetBay())}
			if err := stream.Send(&pb.CommandResponse{Answers: []*pb.Answer{{Id: c.GetId(), Result: &pb.Answer_Fault{Fault: f}}}}); err != nil {
				return err
			}
		}
		return l.obliging(stream)
	})
	var calls sync.WaitGroup
	for bay := 1; bay <= all; bay++ {
		calls.Go(func() {
			err := p.Shelf(1, 1).Tare(context.Background(), bay)
			if fault.CodeOf(err) != fault.Refused || err.Error() != fmt.Sprint("bay ", bay) {
				t.Errorf("bay %d: %v", bay, err)
			}
		})
	}
	calls.Wait()
	if err := admit(t.Context(), p); err != nil || l.taken.Load() != all+1 || l.streams.Load() != 1 {
		t.Errorf("%v after %d commands on %d streams", err, l.taken.Load(), l.streams.Load())
	}
}

// A command that is never answered ends with its caller's context, and the
// plugin is told. Its answer may come late.
func TestNeverAnswered(t *testing.T) { bothWays(t, neverAnswered) }

func neverAnswered(t *testing.T, direct bool) {
	cancelled := make(chan uint64, 1)
	p, l := lined(t, direct, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		first, _, err := l.next(stream)
		if err != nil {
			return err
		}
		if us := first[0].GetTimeoutUs(); us == 0 || us > 50_000 {
			t.Errorf("timeout of %d us", us)
		}
		_, cancels, err := l.next(stream)
		if err != nil || len(cancels) != 1 {
			return fmt.Errorf("cancels %v, %w", cancels, err)
		}
		cancelled <- cancels[0]
		_ = stream.Send(yes(first[0].GetId())) // late
		return l.obliging(stream)
	})
	err := admit(soon(t), p)
	for fault.CodeOf(err) == fault.Unavailable { // a busy machine may need longer to send it
		err = admit(soon(t), p)
	}
	if fault.CodeOf(err) != fault.Unknown || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v (code %v)", err, fault.CodeOf(err))
	}
	if n := strings.Count(err.Error(), "deadline"); n != 1 {
		t.Errorf("%q says %d times that it is late", err, n)
	}
	if id := <-cancelled; id != 1 {
		t.Errorf("cancelled %d", id)
	}
	if err := admit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.Strays != 1 || l.taken.Load() != 2 {
		t.Errorf("stats %+v after %d commands", s, l.taken.Load())
	}
}

// Commands that nobody waits for any more, and that are never answered, take no
// room for ever: before they keep new ones out the stream begins again.
func TestNeverAnsweredTakesNoRoom(t *testing.T) { bothWays(t, neverAnsweredTakesNoRoom) }

func neverAnsweredTakesNoRoom(t *testing.T, direct bool) {
	p, l := lined(t, direct, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		if l.streams.Load() > 1 {
			return l.obliging(stream)
		}
		for {
			if _, _, err := l.next(stream); err != nil {
				return nil
			}
		}
	})
	long := strings.Repeat("s", 8<<10) // a few of them are all that may be under way
	for l.streams.Load() < 2 && t.Context().Err() == nil {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := p.Gate(1, 1).Admit(ctx, gate.Admission{Session: long, Bodies: 1})
		cancel()
		if err == nil {
			break
		}
	}
	if err := admit(t.Context(), p); err != nil {
		t.Fatalf("%v after %d commands on %d streams", err, l.taken.Load(), l.streams.Load())
	}
}

func TestAnsweredTwice(t *testing.T) { bothWays(t, answeredTwice) }

func answeredTwice(t *testing.T, direct bool) {
	p, l := lined(t, direct, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		first, _, err := l.next(stream)
		if err != nil {
			return err
		}
		_ = stream.Send(yes(first[0].GetId(), first[0].GetId()))
		_ = stream.Send(yes(first[0].GetId()))
		return l.obliging(stream)
	})
	for range 2 {
		if err := admit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if s := p.Stats(); s.Strays != 2 || l.streams.Load() != 1 {
		t.Errorf("stats %+v on %d streams", s, l.streams.Load())
	}
}

// What ends a command stream makes the commands on it unknown: they are never
// sent again. The next command opens another.
func TestBrokenLine(t *testing.T) { bothWays(t, brokenLine) }

func brokenLine(t *testing.T, direct bool) {
	big := &pb.CommandResponse{Answers: []*pb.Answer{{Id: 1, Result: &pb.Answer_Response{Response: make([]byte, wire.MaxAnswer+1)}}}}
	for name, harm := range map[string]func(stream commandStream) error{
		"ended":      func(commandStream) error { return nil },
		"failed":     func(commandStream) error { return errors.New("oops") },
		"not served": func(commandStream) error { return pb.UnimplementedPluginServer{}.Command(nil) }, // after the fact
		"flood": func(s commandStream) error {
			for n := uint64(1000); ; n++ {
				if err := s.Send(yes(n)); err != nil {
					return err
				}
			}
		},
		"great answer":  func(s commandStream) error { _ = s.Send(big); <-s.Context().Done(); return nil },
		"great message": func(s commandStream) error { return s.Send(&pb.CommandResponse{Answers: manyAnswers()}) },
		"no answer": func(s commandStream) error {
			_ = s.Send(&pb.CommandResponse{Answers: []*pb.Answer{{Id: 1}}})
			<-s.Context().Done()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, l := lined(t, direct, func(l *liner, stream commandStream) error {
				_ = hello(stream)
				if l.streams.Load() > 1 {
					return l.obliging(stream)
				}
				if _, _, err := l.next(stream); err != nil {
					return err
				}
				return harm(stream)
			})
			if err := admit(t.Context(), p); fault.CodeOf(err) != fault.Unknown {
				t.Errorf("%v (code %v)", err, fault.CodeOf(err))
			}
			if err := admit(t.Context(), p); err != nil || l.taken.Load() != 2 || l.streams.Load() != 2 {
				t.Errorf("%v after %d commands on %d streams", err, l.taken.Load(), l.streams.Load())
			}
		})
	}
}

func manyAnswers() (list []*pb.Answer) {
	for n := range uint64(10) {
		list = append(list, &pb.Answer{Id: n + 100, Result: &pb.Answer_Response{Response: make([]byte, 20<<10)}})
	}
	return list
}

// A plugin that says nothing, or takes nothing, costs each caller its own
// deadline and no more. What can't have left is unavailable.
func TestSilentLine(t *testing.T) { bothWays(t, silentLine) }

func silentLine(t *testing.T, direct bool) {
	t.Run("no hello", func(t *testing.T) {
		p, l := lined(t, direct, func(_ *liner, stream commandStream) error { <-stream.Context().Done(); return nil })
		if err := admit(soon(t), p); fault.CodeOf(err) != fault.Unavailable || l.taken.Load() != 0 {
			t.Errorf("%v (code %v)", err, fault.CodeOf(err))
		}
	})
	t.Run("takes nothing", func(t *testing.T) {
		p, l := lined(t, direct, func(l *liner, stream commandStream) error {
			_ = hello(stream)
			if l.streams.Load() > 1 {
				return l.obliging(stream)
			}
			<-stream.Context().Done()
			return nil
		})
		// As many as may be under way leave, and the others don't, however many
		// a busy machine gets out before their time is over.
		var codes [8]atomic.Int32
		all := int32(0)
		for l.streams.Load() < 2 && codes[fault.Unknown].Load() < wire.MaxCommands && t.Context().Err() == nil {
			var calls sync.WaitGroup
			ctx := soon(t)
			for range 2 * wire.MaxCommands {
				calls.Go(func() { codes[fault.CodeOf(admit(ctx, p))].Add(1) })
			}
			calls.Wait()
			all += 2 * wire.MaxCommands
		}
		n, never, answered := codes[fault.Unknown].Load(), codes[fault.Unavailable].Load(), codes[fault.None].Load()
		if n < wire.MaxCommands || n+never+answered != all || answered > 0 && l.streams.Load() < 2 || answered == 0 && n != wire.MaxCommands {
			t.Errorf("%d unknown, %d unavailable and %d answered of %d, on %d streams", n, never, answered, all, l.streams.Load())
		}
		// None of so many was answered: the stream was begun again.
		for l.streams.Load() < 2 {
			if err := admit(soon(t), p); err != nil && fault.CodeOf(err) != fault.Unavailable {
				t.Fatal(err)
			}
		}
		if err := admit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	})
}
