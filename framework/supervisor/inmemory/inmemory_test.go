package inmemory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// ticker is a reader to which somebody comes every second.
type ticker struct{}

func (ticker) Run(ctx context.Context, report func(observe.Credential)) error {
	for n := 0; ; n++ {
		t := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
			report(observe.Credential{Interval: observe.At(time.Now()), Token: fmt.Sprint("tok-", n), Method: observe.MethodPalm, Quality: 990_000})
		}
	}
}

func plugin() sdk.Plugin {
	return sdk.Plugin{Name: "test/ticker", Version: "1.0.0", Drivers: []sdk.Driver{
		credential.Driver("ticker", func(context.Context, sdk.Env, struct{}) (credential.Reader, error) { return ticker{}, nil }),
	}}
}

// heard takes what is reported, over breaks of the stream, and acknowledges it.
type heard struct {
	mu   sync.Mutex
	seqs []uint64
}

func (h *heard) listen(ctx context.Context, p *host.Plugin) {
	for ctx.Err() == nil {
		_ = p.Observe(ctx, host.Sink{Reports: func(rs []host.Report) {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, r := range rs {
				h.seqs = append(h.seqs, r.Seq)
				p.Ack(r.Handle, r.Epoch, r.Seq)
			}
		}})
		time.Sleep(100 * time.Millisecond)
	}
}

func (h *heard) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seqs)
}

// rig runs f with a machine on which the ticker is open.
func rig(t *testing.T, o Options, f func(t *testing.T, m *Machine, in supervisor.RemoteInstance, h *heard)) {
	synctest.Test(t, func(t *testing.T) {
		o.Name, o.Plugin = "madeup", plugin
		m := New(o)
		in, err := m.Start(t.Context(), supervisor.Spec{Name: "ticker"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Plugin().Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Driver: "ticker", Address: "reader.a", Config: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		h := &heard{}
		var wg sync.WaitGroup
		wg.Go(func() { h.listen(ctx, in.Plugin()) })
		f(t, m, in, h)
		cancel()
		m.Close()
		wg.Wait()
		for i, s := range h.seqs {
			if s != uint64(i+1) {
				t.Fatalf("report %d comes as number %d: %v", s, i+1, h.seqs)
			}
		}
	})
}

// Whatever befalls a connection, each report comes once and in order, late.
func TestConnections(t *testing.T) {
	const faulty, after = 30 * time.Second, 30 * time.Second
	for name, strike := range map[string]func(*Machine){
		"nothing":      func(*Machine) {},
		"cut":          func(m *Machine) { m.Cut() },
		"away":         func(m *Machine) { m.Unreached(faulty); m.Cut() },
		"half open":    func(m *Machine) { m.Stall(ToHost, faulty) },
		"other half":   func(m *Machine) { m.Stall(ToPlugin, faulty) },
		"stands":       func(m *Machine) { m.Stall(ToHost, faulty); m.Stall(ToPlugin, faulty) },
		"byte by byte": func(m *Machine) { m.Slow(ToHost, 1, faulty) },
	} {
		t.Run(name, func(t *testing.T) {
			again := 0
			rig(t, Options{Delay: func() time.Duration { return 20 * time.Millisecond }, Again: func() bool { again++; return again%3 == 0 }},
				func(t *testing.T, m *Machine, in supervisor.RemoteInstance, h *heard) {
					time.Sleep(10*time.Second + time.Millisecond)
					strike(m)
					time.Sleep(faulty)
					before := h.count()
					switch name {
					case "away", "half open", "stands", "byte by byte":
						if before > 12 {
							t.Errorf("%d reports came although nothing gets through", before)
						}
					}
					time.Sleep(after)
					if n := h.count(); n < 60 {
						t.Errorf("%d reports of 70 came", n)
					}
					if name != "nothing" && name != "cut" && in.Plugin().Stats().Duplicates == 0 {
						t.Error("nothing came twice")
					}
				})
		})
	}
}

// The end of a process is told, and calls to it fail as they do to one that is
// gone.
func TestCrash(t *testing.T) {
	rig(t, Options{}, func(t *testing.T, m *Machine, in supervisor.RemoteInstance, _ *heard) {
		why := errors.New("out of memory")
		if !m.Crash(why) || m.Crash(why) {
			t.Error("it crashes but once")
		}
		<-in.Done()
		if !errors.Is(in.Err(), why) {
			t.Error(in.Err())
		}
		if _, err := in.Plugin().Health(t.Context()); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("health of a process that is gone: %v", err)
		}
		if _, err := m.Start(t.Context(), supervisor.Spec{Name: "ticker"}); err != nil {
			t.Errorf("start it again: %v", err)
		}
	})
}

// A process that hangs is one whose machine is well.
func TestHang(t *testing.T) {
	rig(t, Options{}, func(t *testing.T, m *Machine, in supervisor.RemoteInstance, _ *heard) {
		if cause, _ := in.Line(); cause != nil {
			t.Error(cause)
		}
		m.Hang()
		if _, err := in.Plugin().Health(t.Context()); err == nil {
			t.Error("it answers")
		}
		time.Sleep(time.Minute)
		if cause, _ := in.Line(); cause != nil || time.Since(in.Heard()) > 0 {
			t.Errorf("the line is at fault: %v", cause)
		}
		in.Kill()
		<-in.Done()
	})
}

// A line that is cut is seen, and so is its return.
func TestLine(t *testing.T) {
	rig(t, Options{}, func(t *testing.T, m *Machine, in supervisor.RemoteInstance, _ *heard) {
		time.Sleep(time.Second)
		_, changed := in.Line()
		m.Unreached(time.Minute)
		m.Cut()
		<-changed
		cause, changed := in.Line()
		if cause == nil {
			t.Fatal("nobody sees that it is cut")
		}
		if _, err := m.Describe(t.Context(), supervisor.Spec{Name: "ticker"}); err == nil {
			t.Error("it is reached")
		}
		<-changed
		if cause, _ := in.Line(); cause != nil {
			t.Error(cause)
		}
		if err := m.Reached(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
