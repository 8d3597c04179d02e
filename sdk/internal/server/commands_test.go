package server_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// lane is a gate whose Admit a test plays.
type lane struct {
	admit  func(context.Context, gate.Admission) error
	report chan func(observe.Passage)
}

func (l *lane) Run(ctx context.Context, report func(observe.Passage)) error {
	l.report <- report
	<-ctx.Done()
	return nil
}

func (l *lane) Admit(ctx context.Context, a gate.Admission) error { return l.admit(ctx, a) }

// gates serves lanes, and gives as many hosts of the plugin as are asked for.
func gates(t testing.TB, l *lane, hosts int) (plugins []*host.Plugin, conns []*grpc.ClientConn) {
	t.Helper()
	l.report = make(chan func(observe.Passage), 64)
	driver := gate.Driver("lane", func(context.Context, class.Env, struct{}) (gate.Gate, error) { return l, nil })
	s, err := server.New(server.Info{Name: "test/lane", Version: "1.0.0", Drivers: []class.Driver{driver}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lis := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.ForceServerCodecV2(wire.Codec()))
	s.Register(g)
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(lis) })
	for range hosts {
		conn, err := grpc.NewClient("passthrough:x", append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
		if err != nil {
			t.Fatal(err)
		}
		conns, plugins = append(conns, conn), append(plugins, host.New(conn))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		for _, c := range conns {
			_ = c.Close()
		}
		g.Stop()
		served.Wait()
	})
	return plugins, conns
}

func openLane(t testing.TB, p *host.Plugin, epoch uint64) {
	t.Helper()
	if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch, Driver: "lane", Address: "gate.north"}); err != nil {
		t.Fatal(err)
	}
}

var party = gate.Admission{Session: "visit", Bodies: 1, Expires: noon}

// raw is a command stream in ordinary protobuf.
func raw(t *testing.T, conn *grpc.ClientConn) pb.Plugin_CommandClient {
	t.Helper()
	stream, err := pb.NewPluginClient(conn).Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || len(first.GetAnswers()) != 0 {
		t.Fatalf("the first message is %v, %v", first, err)
	}
	return stream
}

func admitCommand(t *testing.T, id uint64, epoch uint64) *pb.Command {
	t.Helper()
	b, err := proto.Marshal(&pb.AdmitRequest{Handle: 1, Epoch: epoch, Session: "visit", Bodies: 1, ExpiresUs: noon.UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	return &pb.Command{Id: id, Method: "/aisle.plugin.v1.Gate/Admit", Request: b}
}

// answers takes so many answers, by number.
func answers(t *testing.T, stream pb.Plugin_CommandClient, n int) map[uint64]*pb.Answer {
	t.Helper()
	got := map[uint64]*pb.Answer{}
	for len(got) < n {
		r, err := stream.Recv()
		if err != nil {
			t.Fatalf("after %d of %d answers: %v", len(got), n, err)
		}
		for _, a := range r.GetAnswers() {
			if got[a.GetId()] != nil {
				t.Errorf("%d answered twice", a.GetId())
			}
			got[a.GetId()] = a
		}
	}
	return got
}

func TestCommandStream(t *testing.T) {
	l := &lane{admit: func(_ context.Context, a gate.Admission) error {
		if a != party {
			t.Errorf("admission %+v", a)
		}
		return nil
	}}
	plugins, conns := gates(t, l, 1)
	openLane(t, plugins[0], 5)
	stream := raw(t, conns[0])
	odd := &pb.Command{Id: 9, Method: "/aisle.plugin.v1.Plugin/Close"}
	torn := &pb.Command{Id: 10, Method: "/aisle.plugin.v1.Gate/Admit", Request: []byte{0xff}}
	if err := stream.Send(&pb.CommandRequest{Commands: []*pb.Command{admitCommand(t, 7, 5), admitCommand(t, 8, 4), odd, torn}, Cancels: []uint64{1, 99}}); err != nil {
		t.Fatal(err)
	}
	got := answers(t, stream, 4)
	for id, want := range map[uint64]pb.FaultCode{7: 0, 8: pb.FaultCode_FAULT_CODE_UNAVAILABLE, 9: pb.FaultCode_FAULT_CODE_UNSUPPORTED, 10: pb.FaultCode_FAULT_CODE_INVALID} {
		if got[id].GetFault().GetCode() != want {
			t.Errorf("%d: %v, want %v", id, got[id], want)
		}
	}
	if err := stream.Send(&pb.CommandRequest{Commands: []*pb.Command{admitCommand(t, 7, 5)}}); err != nil {
		t.Fatal(err)
	}
	if r, err := stream.Recv(); err == nil {
		t.Errorf("a number used twice was answered: %v", r)
	}
}

// A panic of vendor code costs one command, whether within the device's own
// method or not.
func TestCommandPanics(t *testing.T) {
	l := &lane{admit: func(context.Context, gate.Admission) error { panic("loose screw") }}
	plugins, _ := gates(t, l, 1)
	openLane(t, plugins[0], 5)
	for range 2 {
		err := plugins[0].Gate(1, 5).Admit(t.Context(), party)
		if fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "loose screw") || !strings.Contains(host.Stack(err), "commands_test.go") {
			t.Fatalf("%v", err)
		}
	}
}

// The plugin learns that its host gave up, and that its time is over.
func TestCommandEnds(t *testing.T) {
	over := make(chan error, 1)
	entered := make(chan struct{}, 1)
	l := &lane{admit: func(ctx context.Context, _ gate.Admission) error {
		entered <- struct{}{}
		<-ctx.Done()
		over <- ctx.Err()
		return ctx.Err()
	}}
	plugins, conns := gates(t, l, 1)
	openLane(t, plugins[0], 5)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- plugins[0].Gate(1, 5).Admit(ctx, party) }()
	<-entered
	cancel()
	if err := <-done; fault.CodeOf(err) != fault.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the plugin saw %v", err)
	}
	stream := raw(t, conns[0])
	c := admitCommand(t, 1, 5)
	c.TimeoutUs = 10_000
	if err := stream.Send(&pb.CommandRequest{Commands: []*pb.Command{c}}); err != nil {
		t.Fatal(err)
	}
	if err := <-over; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the plugin saw %v", err)
	}
	answers(t, stream, 1)
}

// More commands than there may be are answered at once, and nothing has
// happened.
func TestCommandLimit(t *testing.T) {
	leave := make(chan struct{})
	l := &lane{admit: func(context.Context, gate.Admission) error { <-leave; return nil }}
	plugins, conns := gates(t, l, 1)
	openLane(t, plugins[0], 5)
	stream := raw(t, conns[0])
	const more = 10
	r := &pb.CommandRequest{}
	for id := uint64(1); id <= wire.MaxCommands+more; id++ {
		r.Commands = append(r.Commands, admitCommand(t, id, 5))
	}
	if err := stream.Send(r); err != nil {
		t.Fatal(err)
	}
	for id, a := range answers(t, stream, more) {
		if id <= wire.MaxCommands || a.GetFault().GetCode() != pb.FaultCode_FAULT_CODE_UNAVAILABLE {
			t.Errorf("%d: %v", id, a)
		}
	}
	close(leave)
	for id, a := range answers(t, stream, wire.MaxCommands) {
		if a.GetFault() != nil {
			t.Errorf("%d: %v", id, a)
		}
	}
}

// Two hosts on one plugin: the one that opened the gate last has it. Commands
// of the other reach nobody, and reports of the older opening no host.
func TestTwoHosts(t *testing.T) {
	admitted := 0
	l := &lane{admit: func(context.Context, gate.Admission) error { admitted++; return nil }}
	plugins, _ := gates(t, l, 2)
	old, young := plugins[0], plugins[1]
	openLane(t, old, 5)
	reportOld := <-l.report
	openLane(t, young, 6)
	reportYoung := <-l.report
	if err := old.Gate(1, 5).Admit(t.Context(), party); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("the old host: %v", err)
	}
	if err := young.Gate(1, 6).Admit(t.Context(), party); err != nil || admitted != 1 {
		t.Errorf("the young host: %v, %d admissions", err, admitted)
	}
	h, err := young.Health(t.Context())
	if err != nil || len(h) != 1 || h[0].Epoch != 6 || h[0].Refused != 1 {
		t.Errorf("health: %+v, %v", h, err)
	}
	if _, err := old.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 5, Driver: "lane", Address: "gate.north"}); err == nil {
		t.Error("the old host opened it again under its old epoch")
	}
	p := observe.Passage{Interval: observe.At(noon), Direction: observe.DirectionIn}
	reportOld(p) // that opening is over
	reportYoung(p)
	w := classtest.Watch(t, old)
	w.Settle(func() bool { return old.Stats().Foreign == 1 })
	if got := w.Waiting(); len(got) != 0 {
		t.Errorf("the old host heard %+v", got)
	}
	if got := classtest.Watch(t, young).Next(); got.Epoch != 6 || got.Seq != 1 || young.Stats().Foreign != 0 {
		t.Errorf("the young host heard %+v, stats %+v", got, young.Stats())
	}
}

// Commands that take their time hold no other device's up, however many there
// are and however they come.
func TestSlowCommandsHoldNobodyUp(t *testing.T) {
	const slow, quick = 32, 32
	held, release := make(chan struct{}, slow), make(chan struct{})
	plugins, _ := gates(t, &lane{admit: func(_ context.Context, a gate.Admission) error {
		if a.Session == "slow" {
			held <- struct{}{}
			<-release
		}
		return nil
	}}, 1)
	admit := func(handle uint32, session string) error {
		a := party
		a.Session = session
		return plugins[0].Gate(handle, 5).Admit(t.Context(), a)
	}
	for n := range uint32(slow + quick) {
		if _, err := plugins[0].Open(t.Context(), host.OpenRequest{Handle: n, Epoch: 5, Driver: "lane"}); err != nil {
			t.Fatal(err)
		}
	}
	var some, others sync.WaitGroup
	for n := range uint32(slow + quick) {
		if n%2 == 0 {
			some.Go(func() {
				if err := admit(n, "slow"); err != nil {
					t.Errorf("slow: %v", err)
				}
			})
			continue
		}
		others.Go(func() {
			for range 20 {
				if err := admit(n, "quick"); err != nil {
					t.Errorf("quick: %v", err)
				}
			}
		})
	}
	for range slow {
		<-held
	}
	others.Wait() // while the slow ones are held
	close(release)
	some.Wait()
}
