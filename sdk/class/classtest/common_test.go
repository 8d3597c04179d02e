package classtest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// foreign is a plugin of one door that owes nothing to the SDK, as one in
// another language would. It can break what the SDK does for vendors.
type foreign struct {
	pb.UnimplementedPluginServer
	broken breach

	mu    sync.Mutex
	epoch uint64 // 0 while closed
	seq   uint64
	kept  []wire.Row
	news  chan struct{}

	measured time.Time
	asked    int
}

type breach struct {
	wrongClass, acceptsAnything, wrongPath, takesOldEpochs, neverReady, staysOpen, closesAny, countsOn, forgets, failsClose bool
	manyReadings, badReading, oldReadings, noReadings                                                                       bool
}

func (f *foreign) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	class := "door"
	if f.broken.wrongClass {
		class = "window"
	}
	return &pb.DescribeResponse{Name: "foreign/door", Version: "1.0.0", Contract: 1, Drivers: []*pb.Driver{{
		Name: "door", Class: class, Schema: &pb.Block{Attributes: []*pb.Attribute{
			{Name: "pin", Type: pb.ValueType_VALUE_TYPE_INTEGER, Required: true},
		}},
	}}}, nil
}

func (f *foreign) Open(_ context.Context, r *pb.OpenRequest) (*pb.OpenResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := string(r.GetConfigJson()); c != `{"pin":1}` && !f.broken.acceptsAnything {
		path := "pin"
		if c != `{}` {
			path = "no_such_attribute"
		}
		if f.broken.wrongPath {
			path = ""
		}
		return nil, wire.StatusOf(&fault.Error{Code: fault.Invalid, Path: path, Message: "no"})
	}
	if r.GetEpoch() <= f.epoch && !f.broken.takesOldEpochs {
		return nil, wire.StatusOf(fault.New(fault.Invalid, "old"))
	}
	f.epoch = r.GetEpoch()
	if !f.broken.countsOn {
		f.seq = 0
	}
	return &pb.OpenResponse{}, nil
}

func (f *foreign) Close(_ context.Context, r *pb.CloseRequest) (*pb.CloseResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken.failsClose && f.epoch == 0 {
		return nil, wire.StatusOf(fault.New(fault.Invalid, "it is closed"))
	}
	if (r.GetEpoch() == f.epoch || f.broken.closesAny) && !f.broken.staysOpen {
		f.epoch = 0
	}
	return &pb.CloseResponse{}, nil
}

func (f *foreign) Health(context.Context, *pb.HealthRequest) (*pb.HealthResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.epoch == 0 {
		return &pb.HealthResponse{}, nil
	}
	state := pb.HealthState_HEALTH_STATE_READY
	if f.broken.neverReady {
		state = pb.HealthState_HEALTH_STATE_OFFLINE
	}
	return &pb.HealthResponse{Devices: []*pb.DeviceHealth{{Handle: handle, Epoch: f.epoch, State: state, Reported: f.seq, Readings: f.readings()}}}, nil
}

// readings are what the door measures.
func (f *foreign) readings() *pb.Readings {
	taken := f.measured
	if f.broken.oldReadings && !taken.IsZero() {
		taken = taken.Add(-time.Duration(f.asked) * time.Hour)
		f.asked++
	}
	all := &pb.Readings{}
	if f.broken.noReadings || taken.IsZero() {
		return all
	}
	all.Readings = append(all.Readings, &pb.Reading{Name: "supply_volts", Value: 3.7, TakenUs: taken.UnixMicro()})
	for i := range 16 * btoi(f.broken.manyReadings) {
		all.Readings = append(all.Readings, &pb.Reading{Name: fmt.Sprintf("cell_%d_volts", i), Value: 3.7, TakenUs: taken.UnixMicro()})
	}
	if f.broken.badReading {
		all.Readings = append(all.Readings, &pb.Reading{Name: "Voltage", Value: 3.7, TakenUs: taken.UnixMicro()})
	}
	return all
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// measure makes the door take a reading.
func (f *foreign) measure() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.measured = time.Now()
}

// slam makes the door report.
func (f *foreign) slam() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	f.kept = append(f.kept, wire.Row{Handle: handle, Epoch: f.epoch, Seq: f.seq, Evidence: observe.Door{Interval: observe.At(time.Now())}})
	close(f.news)
	f.news = make(chan struct{})
}

func (f *foreign) Observe(stream grpc.BidiStreamingServer[pb.ObserveRequest, pb.ObserveResponse]) error {
	var receiving sync.WaitGroup
	defer receiving.Wait()
	receiving.Go(func() {
		for {
			r, err := stream.Recv()
			if err != nil {
				return
			}
			f.mu.Lock()
			for _, a := range r.GetAcks() {
				for len(f.kept) > 0 && f.kept[0].Epoch <= a.GetEpoch() && f.kept[0].Seq <= a.GetSeq() {
					f.kept = f.kept[1:]
				}
			}
			f.mu.Unlock()
		}
	})
	sent := map[wire.Row]bool{}
	for {
		var batch wire.Encoder
		batch.Reset()
		f.mu.Lock()
		for _, r := range f.kept {
			if !sent[r] {
				sent[r] = true
				record := wire.RecordOf(r)
				batch.Add(r.Handle, r.Epoch, &record)
			}
		}
		if f.broken.forgets {
			f.kept = nil
		}
		news := f.news
		f.mu.Unlock()
		if batch.Rows() > 0 {
			message := &pb.ObserveResponse{}
			if err := proto.Unmarshal(batch.Append(nil), message); err != nil {
				return err
			}
			if err := stream.Send(message); err != nil {
				return err
			}
		}
		select {
		case <-news:
		case <-stream.Context().Done():
			return nil
		}
	}
}

func doorCases(broken breach) []Case {
	var f *foreign
	return Common(Subject{
		Driver: "door", Config: `{"pin":1}`, Patience: time.Second, Measure: func(testing.TB) { f.measure() },
		Start: func(t testing.TB) *host.Plugin {
			f = &foreign{broken: broken, news: make(chan struct{})}
			lis := bufconn.Listen(1 << 20)
			g := grpc.NewServer()
			pb.RegisterPluginServer(g, f)
			var served sync.WaitGroup
			served.Go(func() { _ = g.Serve(lis) }) // ends with Stop
			conn, err := grpc.NewClient("passthrough:x", append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close(); g.Stop(); served.Wait() })
			return host.New(conn)
		},
	}, "door", func(testing.TB, *Rig) { f.slam() })
}

// The common cases need nothing of the SDK on the plugin's side.
func TestForeignPluginConforms(t *testing.T) { Run(t, doorCases(breach{})) }

func TestCommonCasesFindBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach breach
		finds  string
	}{
		"wrongClass":      {breach{wrongClass: true}, "describe names the driver and its class"},
		"acceptsAnything": {breach{acceptsAnything: true}, "an unknown attribute is refused at its path"},
		"accepts nothing": {breach{acceptsAnything: true}, "a missing required attribute is refused at its path"},
		"wrongPath":       {breach{wrongPath: true}, "an unknown attribute is refused at its path"},
		"takesOldEpochs":  {breach{takesOldEpochs: true}, "an epoch that is not newer is refused"},
		"neverReady":      {breach{neverReady: true}, "an open device is ready"},
		"staysOpen":       {breach{staysOpen: true}, "the device stops when told, and closing twice is no error"},
		"failsClose":      {breach{failsClose: true}, "the device stops when told, and closing twice is no error"},
		"closesAny":       {breach{closesAny: true}, "opening again replaces the older opening"},
		"manyReadings":    {breach{manyReadings: true}, "readings hold their bounds, and the newest wins"},
		"badReading":      {breach{badReading: true}, "readings hold their bounds, and the newest wins"},
		"oldReadings":     {breach{oldReadings: true}, "readings hold their bounds, and the newest wins"},
		"noReadings":      {breach{noReadings: true}, "readings hold their bounds, and the newest wins"},
		"countsOn":        {breach{countsOn: true}, "reports are numbered from 1 in every epoch"},
		"forgets":         {breach{forgets: true}, "what is not acknowledged comes again, and only that"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Finds(t, doorCases(c.breach), c.finds)
		})
	}
}
