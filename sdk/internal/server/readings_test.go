package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// meter is a device of nothing but readings.
type meter struct {
	handle int
	of     func(handle int) []class.Reading
}

func (meter) Run(ctx context.Context, _ func(observe.Weight)) error { <-ctx.Done(); return nil }

func (m meter) Readings() []class.Reading { return m.of(m.handle) }

func (meter) Condition() class.Condition {
	return class.Condition{State: class.StateDegraded, Cause: strings.Repeat("worn ", 100)}
}

// meters serves a number of them.
func meters(t *testing.T, log *slog.Logger, n int, of func(handle int) []class.Reading) *host.Plugin {
	t.Helper()
	var next int
	driver := class.Define(class.Sensing("shelf", meter.Run), "meter", func(context.Context, class.Env, struct{}) (meter, error) {
		next++
		return meter{next, of}, nil
	})
	s, err := server.New(server.Info{Name: "test/meter", Version: "1.0.0", Drivers: []class.Driver{driver}}, &server.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	lis := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.ForceServerCodecV2(wire.Codec()))
	s.Register(g)
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(lis) })
	conn, err := grpc.NewClient("passthrough:x", append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		_ = conn.Close()
		g.Stop()
		served.Wait()
	})
	p := host.New(conn)
	for h := 1; h <= n; h++ {
		if _, err := p.Open(t.Context(), host.OpenRequest{Handle: uint32(h), Epoch: 7, Driver: "meter", Address: fmt.Sprintf("shelf.s%d", h)}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func health(t *testing.T, p *host.Plugin) []host.DeviceHealth {
	t.Helper()
	all, err := p.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// until asks for the health until what it says of the one device is right.
func until(t *testing.T, p *host.Plugin, right func(host.DeviceHealth) bool) host.DeviceHealth {
	t.Helper()
	for limit := time.After(time.Minute); ; {
		h := health(t, p)[0]
		if right(h) {
			return h
		}
		select {
		case <-limit:
			t.Fatalf("never came: %+v", h)
		case <-time.After(time.Millisecond):
		}
	}
}

// What a vendor says goes to the host in its bounds, with the first word of what
// does not.
func TestReadings(t *testing.T) {
	var mu sync.Mutex
	list := []class.Reading{{Name: "supply_volts", Value: 3.7, At: noon}, {Name: "signal_dbm", Value: -61, At: noon}}
	p := meters(t, slog.New(slog.DiscardHandler), 1, func(int) []class.Reading {
		mu.Lock()
		defer mu.Unlock()
		return list
	})
	h := until(t, p, func(h host.DeviceHealth) bool { return h.Readings != nil })
	if len(h.Readings) != 2 || h.Readings[0] != (class.Reading{Name: "signal_dbm", Value: -61, At: noon}) || h.Unfit != nil {
		t.Errorf("%+v, %v", h.Readings, h.Unfit)
	}
	mu.Lock()
	list = []class.Reading{{Name: "supply_volts", Value: 3.6, At: noon.Add(time.Second)}, {Name: "signal_dbm", Value: math.NaN(), At: noon}}
	mu.Unlock()
	h = until(t, p, func(h host.DeviceHealth) bool { return h.Unfit != nil })
	if len(h.Readings) != 1 || h.Readings[0].Value != 3.6 || !strings.Contains(h.Unfit.Error(), "signal_dbm is NaN") {
		t.Errorf("%+v, %v", h.Readings, h.Unfit)
	}
	mu.Lock()
	list = nil
	mu.Unlock()
	h = until(t, p, func(h host.DeviceHealth) bool { return h.Unfit == nil && h.Readings != nil })
	if len(h.Readings) != 0 {
		t.Errorf("of none: %+v", h.Readings)
	}
}

// A panic costs the readings, and is logged once with its stack.
func TestReadingsPanic(t *testing.T) {
	log := &bytes.Buffer{}
	p := meters(t, slog.New(slog.NewTextHandler(log, nil)), 1, func(int) []class.Reading { panic("no such register") })
	for range 3 {
		h := until(t, p, func(h host.DeviceHealth) bool { return h.Unfit != nil })
		if len(h.Readings) != 0 || h.State != class.StateDegraded {
			t.Errorf("%+v", h)
		}
	}
	if n := strings.Count(log.String(), "no such register"); strings.Count(log.String(), "the device panicked") != 1 || n == 0 || !strings.Contains(log.String(), "readings_test.go") {
		t.Errorf("logged %s", log)
	}
}

// Readings that never come hold up no health and are asked for once; the device
// closes once they have come.
func TestReadingsStuck(t *testing.T) {
	var mu sync.Mutex
	asked, stuck := 0, make(chan struct{})
	p := meters(t, slog.New(slog.DiscardHandler), 2, func(handle int) []class.Reading {
		if handle == 1 {
			mu.Lock()
			asked++
			mu.Unlock()
			<-stuck
		}
		return []class.Reading{{Name: "supply_volts", Value: float64(handle), At: noon}}
	})
	defer close(stuck)
	others := 0
	for others < 3 { // each waits a tenth of a second for the first, and the second's come
		all := health(t, p)
		if all[0].State != class.StateDegraded || all[0].Readings != nil {
			t.Fatalf("%+v", all[0])
		}
		if len(all[1].Readings) == 1 {
			others++
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// Readings fill what room the conditions leave, and no device is left out for ever.
func TestReadingsShareTheRoom(t *testing.T) {
	const n = 200
	of := func(int) (list []class.Reading) {
		for i := range class.MaxReadings {
			list = append(list, class.Reading{Name: fmt.Sprintf("%s_%02d", strings.Repeat("x", class.MaxReadingName-3), i), Value: math.Pi, At: noon})
		}
		return list
	}
	p := meters(t, slog.New(slog.DiscardHandler), n, of)
	seen, most := map[uint32]bool{}, 0
	for limit := time.Now().Add(time.Minute); len(seen) < n; {
		all := health(t, p)
		if len(all) != n {
			t.Fatalf("%d devices", len(all))
		}
		now := 0
		for _, h := range all {
			if h.Cause == "" {
				t.Fatalf("the condition of %d is cut", h.Handle)
			}
			if h.Readings != nil {
				seen[h.Handle] = true
				now++
				if len(h.Readings) != class.MaxReadings || h.Unfit != nil {
					t.Fatalf("%+v, %v", h.Readings, h.Unfit)
				}
			}
		}
		most = max(most, now)
		if time.Now().After(limit) {
			t.Fatalf("only %d of %d ever", len(seen), n)
		}
	}
	if most == n {
		t.Error("all fit at once: the test proves nothing")
	}
}
