package server_test

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

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// station is a device that a test reports through and commands.
type station struct {
	env    class.Env
	report chan func(observe.Evidence)
	direct func(observe.Weight) // set once report holds one
	end    chan error
	stuck  chan struct{} // Run ignores its context until it is closed

	flushed chan error    // where set, Run flushes once its context has ended,
	told    chan struct{} // which closes this
}

func (s *station) Run(ctx context.Context, report func(observe.Weight)) error {
	s.direct = report
	s.report <- func(e observe.Evidence) { report(e.(observe.Weight)) }
	return s.stay(ctx)
}

// reader is a station that tags pass.
type reader struct{ *station }

func (r reader) Run(ctx context.Context, report func(observe.Tag)) error {
	r.report <- func(e observe.Evidence) { report(e.(observe.Tag)) }
	return r.stay(ctx)
}

// stay is all of Run but its reports.
func (s *station) stay(ctx context.Context) error {
	if s.stuck != nil {
		<-s.stuck
		return nil
	}
	select {
	case <-ctx.Done():
		if s.flushed != nil {
			close(s.told)
			s.flushed <- s.env.Link.Flush(context.WithoutCancel(ctx))
		}
		return nil
	case err := <-s.end:
		return err
	}
}

// commanded gives the Commands of the server under test, as a class's service
// would get it.
type rig struct {
	server   *server.Server
	plugin   *host.Plugin
	commands class.Commands
	stations chan *station
	stuck    chan struct{}
	flushed  chan error
}

type stationConfig struct {
	Port int `aisle:"port,min=1" default:"1"`
}

// start serves one driver, "station", over a real connection.
func start(t testing.TB, o server.Options) *rig {
	t.Helper()
	r := &rig{stations: make(chan *station, 16)}
	c := class.Sensing("shelf", (*station).Run)
	c.Register = func(_ grpc.ServiceRegistrar, commands class.Commands) { r.commands = commands }
	made := func(env class.Env) *station {
		s := &station{env: env, report: make(chan func(observe.Evidence), 1), end: make(chan error, 1), stuck: r.stuck, flushed: r.flushed, told: make(chan struct{})}
		r.stations <- s
		return s
	}
	driver := class.Define(c, "station", func(_ context.Context, env class.Env, _ stationConfig) (*station, error) { return made(env), nil })
	tags := class.Define(class.Sensing("rfid", reader.Run), "reader", func(_ context.Context, env class.Env, _ stationConfig) (reader, error) { return reader{made(env)}, nil })
	var err error
	r.server, err = server.New(server.Info{Name: "test/station", Version: "1.0.0", Drivers: []class.Driver{driver, tags}}, &o)
	if err != nil {
		t.Fatal(err)
	}
	lis := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.ForceServerCodecV2(wire.Codec()))
	r.server.Register(g)
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(lis) })
	conn, err := grpc.NewClient("passthrough:x", append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	r.plugin = host.New(conn)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := r.server.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		_ = conn.Close()
		g.Stop()
		served.Wait()
	})
	return r
}

func (r *rig) open(t testing.TB, handle uint32, epoch uint64) (*station, func(observe.Evidence)) {
	t.Helper()
	return r.openWith(t, "station", handle, epoch)
}

func (r *rig) openWith(t testing.TB, driver string, handle uint32, epoch uint64) (*station, func(observe.Evidence)) {
	t.Helper()
	_, err := r.plugin.Open(t.Context(), host.OpenRequest{Handle: handle, Epoch: epoch, Driver: driver, Address: fmt.Sprintf("shelf.s%d", handle)})
	if err != nil {
		t.Fatal(err)
	}
	s := <-r.stations
	return s, <-s.report
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func weight(n int) observe.Weight {
	return observe.Weight{Interval: observe.At(noon.Add(time.Duration(n) * time.Second)), Bay: 1, Mass: measure.Mass(n) * measure.Gram}
}

// Commands run one at a time; beside each other only where the class says so,
// and never two of one session.
func TestTurns(t *testing.T) {
	r := start(t, server.Options{})
	r.open(t, 1, 1)
	for _, c := range []struct {
		name    string
		call    func(i int) class.Call
		atOnce  int
		overlap bool
	}{
		{"exclusive", func(int) class.Call { return class.Call{Handle: 1, Epoch: 1, Op: "x"} }, 4, false},
		{"one session", func(int) class.Call { return class.Call{Handle: 1, Epoch: 1, Op: "x", Beside: true, Session: "s"} }, 4, false},
		{"sessions", func(i int) class.Call {
			return class.Call{Handle: 1, Epoch: 1, Op: "x", Beside: true, Session: fmt.Sprint(i)}
		}, 4, true},
		{"lookups", func(int) class.Call { return class.Call{Handle: 1, Epoch: 1, Op: "x", Beside: true} }, 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			running, most := 0, 0
			all := make(chan struct{})
			var calls sync.WaitGroup
			for i := range c.atOnce {
				calls.Go(func() {
					err := r.commands.Do(t.Context(), c.call(i), func(context.Context, any) error {
						mu.Lock()
						running++
						most = max(most, running)
						if running == c.atOnce {
							close(all)
						}
						mu.Unlock()
						if c.overlap {
							<-all // passes only if all run at once
						}
						mu.Lock()
						running--
						mu.Unlock()
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			if !c.overlap && most != 1 {
				t.Errorf("%d ran at once", most)
			}
		})
	}
}

// A call that waits for its turn gives up with its context, and nothing has
// happened.
func TestTurnGivesUp(t *testing.T) {
	r := start(t, server.Options{})
	r.open(t, 1, 1)
	call := class.Call{Handle: 1, Epoch: 1, Op: "x"}
	entered, leave := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		_ = r.commands.Do(t.Context(), call, func(context.Context, any) error { close(entered); <-leave; return nil })
	})
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.commands.Do(ctx, call, func(context.Context, any) error { t.Error("it ran"); return nil })
	if err == nil {
		t.Error("no error")
	}
	close(leave)
	first.Wait()
}

// Closing a device ends its commands' contexts and waits for them.
func TestCloseEndsCommands(t *testing.T) {
	r := start(t, server.Options{})
	r.open(t, 1, 1)
	entered, ended := make(chan struct{}), false
	var first sync.WaitGroup
	first.Go(func() {
		_ = r.commands.Do(context.Background(), class.Call{Handle: 1, Epoch: 1}, func(ctx context.Context, _ any) error {
			close(entered)
			<-ctx.Done()
			ended = true
			return ctx.Err()
		})
	})
	<-entered
	if err := r.plugin.Close(t.Context(), 1, 1); err != nil {
		t.Fatal(err)
	}
	if !ended {
		t.Error("the device closed under a running command")
	}
	first.Wait()
}

// A device that doesn't heed its context is left behind after a grace, with an
// error, and can be opened again.
func TestStuckDevice(t *testing.T) {
	r := start(t, server.Options{})
	r.stuck = make(chan struct{})
	r.open(t, 1, 1)
	if err := r.plugin.Close(t.Context(), 1, 1); fault.CodeOf(err) != fault.Internal {
		t.Errorf("close: %v, want code internal", err)
	}
	close(r.stuck)
	r.stuck = nil
	r.open(t, 1, 2)
}

func TestDriversAreChecked(t *testing.T) {
	good := gate.Driver("g", func(context.Context, class.Env, struct{}) (gate.Gate, error) { return nil, nil })
	for name, drivers := range map[string][]class.Driver{
		"none":     nil,
		"twice":    {good, good},
		"empty":    {{}},
		"no tags":  {gate.Driver("g", func(context.Context, class.Env, struct{ A int }) (gate.Gate, error) { return nil, nil })},
		"by hand":  {{Name: "g", Class: "gate"}},
		"unnamed":  {gate.Driver("", func(context.Context, class.Env, struct{}) (gate.Gate, error) { return nil, nil })},
		"no class": {{Name: "g"}},
	} {
		if _, err := server.New(server.Info{Drivers: drivers}, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := server.New(server.Info{Drivers: []class.Driver{good}}, nil); err != nil {
		t.Error(err)
	}
}
