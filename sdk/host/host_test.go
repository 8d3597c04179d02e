package host_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a plugin that says what a test tells it to, however wrong.
type script struct {
	pb.UnimplementedPluginServer
	pb.UnimplementedGateServer
	pb.UnimplementedPaymentServer

	say      []*pb.ObserveResponse
	acks     chan *pb.Ack
	describe *pb.DescribeResponse
	admit    func(context.Context) error
	lookup   *pb.LookupResponse
	hold     *pb.AuthorizeResponse
	notices  func(*pb.NoticesOpen, noticeStream) error
}

func (s *script) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return s.describe, nil
}

func (s *script) Open(context.Context, *pb.OpenRequest) (*pb.OpenResponse, error) {
	return &pb.OpenResponse{}, nil
}

func (s *script) Admit(ctx context.Context, _ *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	return &pb.AdmitResponse{}, s.admit(ctx)
}

func (s *script) Lookup(context.Context, *pb.LookupRequest) (*pb.LookupResponse, error) {
	return s.lookup, nil
}

func (s *script) Authorize(context.Context, *pb.AuthorizeRequest) (*pb.AuthorizeResponse, error) {
	return s.hold, nil
}

func (s *script) Observe(stream grpc.BidiStreamingServer[pb.ObserveRequest, pb.ObserveResponse]) error {
	for _, m := range s.say {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			return nil
		}
		for _, a := range r.GetAcks() {
			s.acks <- a
		}
	}
}

// plugin gives the host's end of a script, and what ends the script's server.
func plugin(t *testing.T, s *script) (*host.Plugin, func()) {
	t.Helper()
	return pluginOf(t, s, s)
}

// pluginOf is plugin with another base service.
func pluginOf(t *testing.T, s *script, base pb.PluginServer) (*host.Plugin, func()) {
	t.Helper()
	return pluginOn(t, s, base, nil)
}

// pluginOn is pluginOf, served on one listener more.
func pluginOn(t *testing.T, s *script, base pb.PluginServer, more net.Listener) (*host.Plugin, func()) {
	t.Helper()
	s.acks = make(chan *pb.Ack, 100)
	lis := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.MaxSendMsgSize(1 << 30))
	pb.RegisterPluginServer(g, base)
	pb.RegisterGateServer(g, s)
	pb.RegisterPaymentServer(g, s)
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(lis) })
	if more != nil {
		served.Go(func() { _ = g.Serve(more) })
	}
	conn, err := grpc.NewClient("passthrough:x", append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() { g.Stop(); served.Wait() })
	t.Cleanup(func() { _ = conn.Close(); end() })
	return host.New(conn), end
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// batch is a batch of doors of one opening with these numbers.
func batch(handle uint32, epoch uint64, seqs ...uint64) *pb.ObserveResponse {
	var rows []wire.Row
	for _, n := range seqs {
		rows = append(rows, wire.Row{Handle: handle, Epoch: epoch, Seq: n,
			Evidence: observe.Door{Interval: observe.At(noon.Add(time.Duration(n) * time.Second))}})
	}
	return batchOf(rows...)
}

func batchOf(rows ...wire.Row) *pb.ObserveResponse {
	var e wire.Encoder
	e.Reset()
	for _, row := range rows {
		r := wire.RecordOf(row)
		e.Add(row.Handle, row.Epoch, &r)
	}
	m := &pb.ObserveResponse{}
	if err := proto.Unmarshal(e.Append(nil), m); err != nil {
		panic(err)
	}
	return m
}

// observed opens handle 1 under epochs 1 and 2 and gives what the sink gets
// until the plugin has said it all: its last word is a loss of handle 1.
func observed(t *testing.T, s *script) (reports []host.Report, stats host.Stats, err error) {
	t.Helper()
	s.say = append(s.say, &pb.ObserveResponse{Message: &pb.ObserveResponse_Lost{Lost: &pb.DeviceLost{Handle: 1, Epoch: 2}}})
	p, _ := plugin(t, s)
	for _, epoch := range []uint64{1, 2} {
		if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = p.Observe(ctx, host.Sink{
		Reports: func(r []host.Report) { reports = append(reports, r...) },
		Lost:    func(host.Lost) { cancel() },
	})
	return reports, p.Stats(), err
}

func numbers(reports []host.Report) (seqs []uint64, gaps map[uint64]uint64) {
	gaps = map[uint64]uint64{}
	for _, r := range reports {
		seqs = append(seqs, r.Seq)
		if r.Gap != nil {
			gaps[r.Seq] = r.Gap.Lost
		}
	}
	return seqs, gaps
}

func equal(a []uint64, b ...uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestSequence(t *testing.T) {
	gap := func(seq, lost uint64) wire.Row {
		return wire.Row{Handle: 1, Epoch: 2, Seq: seq, Gap: &wire.Gap{Interval: observe.At(noon), Lost: lost}}
	}
	for name, c := range map[string]struct {
		say   []*pb.ObserveResponse
		want  []uint64
		gaps  map[uint64]uint64
		stats host.Stats
	}{
		"in order":       {[]*pb.ObserveResponse{batch(1, 2, 1, 2), batch(1, 2, 3)}, []uint64{1, 2, 3}, nil, host.Stats{}},
		"duplicates":     {[]*pb.ObserveResponse{batch(1, 2, 1, 2), batch(1, 2, 1, 2, 3)}, []uint64{1, 2, 3}, nil, host.Stats{Duplicates: 2}},
		"hole":           {[]*pb.ObserveResponse{batch(1, 2, 1), batch(1, 2, 5, 6)}, []uint64{1, 4, 5, 6}, map[uint64]uint64{4: 3}, host.Stats{Holes: 3}},
		"hole at start":  {[]*pb.ObserveResponse{batch(1, 2, 3)}, []uint64{2, 3}, map[uint64]uint64{2: 2}, host.Stats{Holes: 2}},
		"holes in batch": {[]*pb.ObserveResponse{batch(1, 2, 2, 4)}, []uint64{1, 2, 3, 4}, map[uint64]uint64{1: 1, 3: 1}, host.Stats{Holes: 2}},
		"gap":            {[]*pb.ObserveResponse{batch(1, 2, 1), batchOf(gap(4, 3)), batch(1, 2, 5)}, []uint64{1, 4, 5}, map[uint64]uint64{4: 3}, host.Stats{}},
		"gap too small":  {[]*pb.ObserveResponse{batch(1, 2, 1), batchOf(gap(4, 1))}, []uint64{1, 3, 4}, map[uint64]uint64{3: 2, 4: 1}, host.Stats{Holes: 2}},
		"gap too great":  {[]*pb.ObserveResponse{batch(1, 2, 1, 2), batchOf(gap(4, 4))}, []uint64{1, 2, 4}, map[uint64]uint64{4: 2}, host.Stats{}},
		"foreign handle": {[]*pb.ObserveResponse{batch(9, 2, 1), batch(1, 2, 1)}, []uint64{1}, nil, host.Stats{Foreign: 1}},
		"foreign epoch":  {[]*pb.ObserveResponse{batch(1, 3, 1), batch(1, 2, 1)}, []uint64{1}, nil, host.Stats{Foreign: 1}},
		"older epoch":    {[]*pb.ObserveResponse{batch(1, 1, 1), batch(1, 2, 1)}, []uint64{1, 1}, nil, host.Stats{}},
	} {
		t.Run(name, func(t *testing.T) {
			reports, stats, err := observed(t, &script{say: c.say})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("Observe: %v", err)
			}
			seqs, gaps := numbers(reports)
			if !equal(seqs, c.want...) || stats != c.stats {
				t.Errorf("numbers %v, stats %+v; want %v, %+v", seqs, stats, c.want, c.stats)
			}
			if len(gaps) != len(c.gaps) {
				t.Errorf("gaps %v, want %v", gaps, c.gaps)
			}
			for seq, lost := range c.gaps {
				if gaps[seq] != lost {
					t.Errorf("gaps %v, want %v", gaps, c.gaps)
				}
			}
		})
	}
}

// Only the present opening and the one before it are listened to.
func TestOldOpeningsAreForgotten(t *testing.T) {
	p, _ := plugin(t, &script{say: []*pb.ObserveResponse{batch(1, 1, 1), batch(1, 2, 1), batch(1, 2, 1), batch(1, 3, 1)}})
	for _, epoch := range []uint64{1, 2, 3} {
		if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var epochs []uint64
	_ = p.Observe(ctx, host.Sink{Reports: func(r []host.Report) {
		epochs = append(epochs, r[0].Epoch)
		if r[0].Epoch == 3 {
			cancel()
		}
	}})
	if !equal(epochs, 2, 3) || p.Stats().Foreign != 1 {
		t.Errorf("heard epochs %v, stats %+v", epochs, p.Stats())
	}
	for _, epoch := range []uint64{4, 5} { // what they counted is not
		if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	if p.Duplicates(1) != 1 || p.Duplicates(2) != 0 {
		t.Errorf("%d and %d duplicates", p.Duplicates(1), p.Duplicates(2))
	}
}

func TestMalformedBatchEndsTheStream(t *testing.T) {
	bad := batch(1, 2, 1)
	bad.GetBatch().Doors.Open = nil
	_, _, err := observed(t, &script{say: []*pb.ObserveResponse{bad}})
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "unequal length") {
		t.Errorf("Observe: %v", err)
	}
}

func TestReceiveCap(t *testing.T) {
	big := &pb.ObserveResponse{Message: &pb.ObserveResponse_Batch{Batch: &pb.Batch{Texts: []string{"", strings.Repeat("x", host.MaxMessage)}}}}
	_, _, err := observed(t, &script{say: []*pb.ObserveResponse{big}})
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a message over the cap: %v", err)
	}
}

// An empty message, and one of a kind of a later contract, harm nobody.
func TestUnknownMessage(t *testing.T) {
	reports, _, err := observed(t, &script{say: []*pb.ObserveResponse{{}, batch(1, 2, 1)}})
	if !errors.Is(err, context.Canceled) || len(reports) != 1 {
		t.Errorf("%d reports, %v", len(reports), err)
	}
}

// Acknowledgements are sent again on a new stream, for those sent last may not
// have arrived; never for more than was handed over.
func TestAcks(t *testing.T) {
	s := &script{say: []*pb.ObserveResponse{batch(1, 1, 1, 2, 3)}}
	p, _ := plugin(t, s)
	if _, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		got := make(chan struct{})
		done.Go(func() { _ = p.Observe(ctx, host.Sink{Reports: func([]host.Report) { close(got) }}) })
		if round == 0 {
			<-got
			p.Ack(1, 1, 99)
			p.Ack(1, 1, 2)
			p.Ack(7, 7, 7)
		}
		if a := <-s.acks; a.GetHandle() != 1 || a.GetEpoch() != 1 || a.GetSeq() != 3 {
			t.Errorf("round %d: ack %v, want 3", round, a)
		}
		cancel()
		done.Wait()
	}
	if len(s.acks) != 0 {
		t.Errorf("more came: %v", <-s.acks)
	}
}

func TestErrorsOfCalls(t *testing.T) {
	detail := func(code fault.Code) error { return wire.StatusOf(fault.New(code, "said so")) }
	for name, c := range map[string]struct {
		answer error
		want   fault.Code
	}{
		"none":            {nil, fault.None},
		"refused":         {detail(fault.Refused), fault.Refused},
		"unavailable":     {detail(fault.Unavailable), fault.Unavailable},
		"internal":        {detail(fault.Internal), fault.Internal},
		"unsupported":     {detail(fault.Unsupported), fault.Unsupported},
		"plain":           {errors.New("oops"), fault.Unknown},
		"bare refusal":    {status.Error(codes.FailedPrecondition, "no"), fault.Unknown},
		"bare deadline":   {status.Error(codes.DeadlineExceeded, "late"), fault.Unknown},
		"bare outage":     {status.Error(codes.Unavailable, "gone"), fault.Unknown},
		"not implemented": {status.Error(codes.Unimplemented, "what?"), fault.Unsupported},
		"later code":      {withDetail(t, &pb.Fault{Code: 77, Message: "new"}), fault.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := plugin(t, &script{admit: func(context.Context) error { return c.answer }})
			if err := p.Gate(1, 1).Admit(t.Context(), gate.Admission{}); fault.CodeOf(err) != c.want {
				t.Errorf("%v (code %v), want %v", err, fault.CodeOf(err), c.want)
			}
		})
	}
}

func withDetail(t *testing.T, f *pb.Fault) error {
	s, err := status.New(codes.Internal, "x").WithDetails(f)
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

// Only a call that never left is unavailable: one cut off under way is unknown.
func TestCutOff(t *testing.T) {
	entered := make(chan struct{})
	p, end := plugin(t, &script{admit: func(ctx context.Context) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}})
	answer := make(chan error, 1)
	go func() { answer <- p.Gate(1, 1).Admit(context.Background(), gate.Admission{}) }()
	<-entered
	end()
	if err := <-answer; fault.CodeOf(err) != fault.Unknown {
		t.Errorf("cut off under way: %v (code %v)", err, fault.CodeOf(err))
	}
	if err := p.Gate(1, 1).Admit(t.Context(), gate.Admission{}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("with nobody there: %v (code %v)", err, fault.CodeOf(err))
	}
}

func TestAnswersThatCantBe(t *testing.T) {
	s := &script{lookup: &pb.LookupResponse{State: 9}, hold: &pb.AuthorizeResponse{Amount: &pb.Amount{Minor: 1, Currency: "EUR"}}}
	p, _ := plugin(t, s)
	if out, err := p.Payment(1, 1).Lookup(t.Context(), payment.LookupRequest{}); fault.CodeOf(err) != fault.Unknown {
		t.Errorf("a lookup of state 9: %+v, %v", out, err)
	}
	if a, err := p.Payment(1, 1).Authorize(t.Context(), payment.AuthorizeRequest{}); fault.CodeOf(err) != fault.Unknown {
		t.Errorf("a hold without reference: %+v, %v", a, err)
	}
}

func TestHostileDescriptions(t *testing.T) {
	deep := &pb.Block{}
	for range 100 {
		deep = &pb.Block{Blocks: []*pb.NestedBlock{{Name: "b", Block: deep}}}
	}
	for name, b := range map[string]*pb.Block{
		"deep":         deep,
		"bad name":     {Attributes: []*pb.Attribute{{Name: "A b", Type: pb.ValueType_VALUE_TYPE_STRING}}},
		"unknown type": {Attributes: []*pb.Attribute{{Name: "a", Type: 260}}},
		"bad access":   {Attributes: []*pb.Attribute{{Name: "a", Type: pb.ValueType_VALUE_TYPE_STRING, Access: 7}}},
		"bad default":  {Attributes: []*pb.Attribute{{Name: "a", Type: pb.ValueType_VALUE_TYPE_BOOL, DefaultJson: []byte(`"x`)}}},
	} {
		p, _ := plugin(t, &script{describe: &pb.DescribeResponse{Name: "x", Drivers: []*pb.Driver{{Name: "d", Schema: b}}}})
		if _, err := p.Describe(t.Context()); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNeedsAndAccessTravel(t *testing.T) {
	s := &script{describe: &pb.DescribeResponse{Name: "x", Needs: &pb.Needs{Dial: []string{"a:1"}, Listen: []string{":2"}, Devices: []string{"/dev/a"},
		Read: []string{"/r"}, Write: []string{"/w"}}, Drivers: []*pb.Driver{{Name: "d", Schema: &pb.Block{Attributes: []*pb.Attribute{
		{Name: "a", Type: pb.ValueType_VALUE_TYPE_STRING, Access: pb.Access_ACCESS_USB}}}}}}}
	p, _ := plugin(t, s)
	d, err := p.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := host.Needs{Dial: []string{"a:1"}, Listen: []string{":2"}, Devices: []string{"/dev/a"}, Read: []string{"/r"}, Write: []string{"/w"}}
	if !reflect.DeepEqual(d.Needs, want) || d.Drivers[0].Schema.Attributes[0].Access != config.AccessUSB {
		t.Errorf("needs %+v, schema %+v", d.Needs, d.Drivers[0].Schema)
	}
	s.describe.Needs.Dial = []string{"nowhere"}
	if _, err := p.Describe(t.Context()); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("needs that mean nothing: %v", err)
	}
}

func unmarshal(b []byte, m proto.Message) error { return proto.Unmarshal(b, m) }
