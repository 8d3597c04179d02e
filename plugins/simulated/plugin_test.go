package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/store"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
)

const corner = "../../examples/corner/scene.json"

// drivers gives each class's driver.
var drivers = map[string]string{
	"gate": "gate", "credential": "reader", "rfid": "lane", "shelf": "shelf", "camera": "camera", "payment": "processor",
}

// startWorld runs a world in this process and gives its address.
func startWorld(t testing.TB, opt store.Options) string {
	t.Helper()
	s, err := store.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "world") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, lis) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.Close()
		os.RemoveAll(dir)
	})
	return "unix:" + lis.Addr().String()
}

func options(t testing.TB) store.Options {
	return store.Options{
		Scene: corner, Data: t.TempDir(), Seed: 11, Shoppers: 30, Basket: 8, Arrivals: 12 * time.Second, Noise: "nominal",
		Start: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Linger: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// miniHost is the least host there can be: it opens every device of a scene
// over gRPC, acknowledges every report, holds a card and opens the gate.
type miniHost struct {
	t       *testing.T
	plugin  *host.Plugin
	scene   *scene.Scene
	handles map[string]uint32
	names   map[uint32]string
	clock   *wire.Conn
	asks    atomic.Int64
	work    sync.WaitGroup
	now     atomic.Int64

	mu    sync.Mutex
	kinds map[observe.Kind]int
	held  int
	done  chan struct{}
}

const epoch = 1000

func (m *miniHost) open(address string) {
	config := fmt.Sprintf(`{"world":%q}`, address)
	classes := m.scene.Devices()
	addresses := make([]string, 0, len(classes))
	for a := range classes {
		addresses = append(addresses, a)
	}
	slices.Sort(addresses)
	for i, a := range addresses {
		h := uint32(i + 1)
		m.handles[a], m.names[h] = h, a
		o, err := m.plugin.Open(m.t.Context(), host.OpenRequest{
			Handle: h, Epoch: epoch, Driver: drivers[classes[a]], Address: a, Config: json.RawMessage(config),
		})
		if err != nil {
			m.t.Fatal(err)
		}
		if !strings.HasPrefix(o.Identity.SerialNumber, a+"@") || len(o.Identity.SerialNumber) == len(a)+1 {
			m.t.Errorf("%s says it is %q", a, o.Identity.SerialNumber)
		}
	}
}

// runClock answers polls until the world is done.
func (m *miniHost) runClock() {
	for {
		var msg wire.ToClient
		if err := m.clock.Read(&msg); err != nil {
			return
		}
		if msg.AdvanceUS != 0 {
			m.now.Store(msg.AdvanceUS)
		}
		if msg.Poll != 0 {
			if err := m.clock.Write(wire.FromClient{Poll: msg.Poll, Outstanding: int(m.asks.Load())}); err != nil {
				return
			}
		}
		if msg.Done {
			close(m.done)
			return
		}
	}
}

func (m *miniHost) reports(rs []host.Report) {
	for _, r := range rs {
		m.mu.Lock()
		m.kinds[observe.KindOf(r.Evidence)]++
		m.mu.Unlock()
		if c, ok := r.Evidence.(observe.Credential); ok {
			m.asks.Add(1)
			m.work.Go(func() { m.present(m.names[r.Handle], c, fmt.Sprintf("s-%d-%d", r.Handle, r.Seq)) })
		}
		m.plugin.Ack(r.Handle, r.Epoch, r.Seq)
	}
}

func (m *miniHost) present(reader string, c observe.Credential, session string) {
	defer m.asks.Add(-1)
	ctx := m.t.Context()
	if !slices.Contains(m.scene.Staff, c.Token) {
		p := m.plugin.Payment(m.handles["payment.cards"], epoch)
		r := payment.AuthorizeRequest{Key: session + "/a", Session: session, Token: c.Token, Amount: money.New(12000, "EUR")}
		a, err := p.Authorize(ctx, r)
		if err != nil || a.Amount != r.Amount || a.Reference == "" || len(a.Last4) != 4 {
			m.t.Errorf("authorize: %+v %v", a, err)
			return
		}
		o, err := p.Lookup(ctx, payment.LookupRequest{Key: r.Key, Operation: payment.OperationAuthorize})
		if err != nil || o.State != payment.StateDone || o.Reference != a.Reference || !o.Expires.Equal(a.Expires) {
			m.t.Errorf("look up: %+v %v, want %+v", o, err, a)
		}
		m.mu.Lock()
		m.held++
		m.mu.Unlock()
	}
	name := strings.Replace(strings.Replace(reader, "credential_reader.palm_", "gate.", 1), "credential_reader.card_", "gate.", 1)
	err := m.plugin.Gate(m.handles[name], epoch).Admit(ctx, gate.Admission{
		Session: session, Bodies: max(c.Bodies, 1), Expires: time.UnixMicro(m.now.Load()).Add(20 * time.Second),
	})
	if err != nil {
		m.t.Errorf("admit: %v", err)
	}
}

func (m *miniHost) run(address string) {
	m.open(address)
	ctx, cancel := context.WithCancel(m.t.Context())
	m.work.Go(func() {
		_ = m.plugin.Observe(ctx, host.Sink{Reports: m.reports, Lost: func(l host.Lost) { m.t.Errorf("lost: %+v", l) }})
	})
	var err error
	if m.clock, err = wire.Dial(ctx, address); err != nil {
		m.t.Fatal(err)
	}
	if err := m.clock.Write(wire.FromClient{Hello: wire.HelloParticipant, Name: wire.Host}); err != nil {
		m.t.Fatal(err)
	}
	m.work.Go(m.runClock)
	select {
	case <-m.done:
	case <-time.After(2 * time.Minute):
		m.t.Error("the world did not come to its end in two minutes")
	}
	cancel()
	m.clock.Close()
	m.work.Wait()
}

func newMiniHost(t *testing.T, p *host.Plugin) *miniHost {
	sc, err := scene.Load(corner)
	if err != nil {
		t.Fatal(err)
	}
	return &miniHost{
		t: t, plugin: p, scene: sc, handles: make(map[string]uint32), names: make(map[uint32]string),
		kinds: make(map[observe.Kind]int), done: make(chan struct{}),
	}
}

// TestOverTheWire runs shoppers through the plugin's binary, over gRPC.
func TestOverTheWire(t *testing.T) {
	binary, err := pluginBinary()
	if err != nil {
		t.Fatal(err)
	}
	opt := options(t)
	address := startWorld(t, opt)
	m := newMiniHost(t, classtest.Binary(t, binary))
	begin := time.Now()
	m.run(address)
	t.Logf("%d visits in %v: %v", opt.Shoppers, time.Since(begin).Round(time.Millisecond), m.kinds)
	for _, k := range []observe.Kind{observe.KindCredential, observe.KindPassage, observe.KindWeight, observe.KindTag, observe.KindInteraction, observe.KindPresence} {
		if m.kinds[k] < 10 {
			t.Errorf("only %d reports of %v", m.kinds[k], k)
		}
	}
	if m.held < opt.Shoppers {
		t.Errorf("%d holds for %d visits", m.held, opt.Shoppers)
	}
	b, err := os.ReadFile(filepath.Join(opt.Data, store.TruthFile))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n != opt.Shoppers {
		t.Errorf("%d lines of truth for %d visits", n, opt.Shoppers)
	}
}

// TestOpenRefusals: what is wrong with an address is said when a device opens.
func TestOpenRefusals(t *testing.T) {
	address := startWorld(t, options(t))
	p := classtest.InProcess(t, simulated())
	for i, c := range []struct {
		driver, device, world string
		code                  fault.Code
		path, says            string
	}{
		{"gate", "gate.nroth", address, fault.Invalid, "", "gate.north"},
		{"shelf", "gate.north", address, fault.Invalid, "", "class gate"},
		{"gate", "gate.north", "unix:/nowhere/at/all", fault.Unavailable, "world", "connect"},
		{"gate", "gate.north", "10.0.0.1:80", fault.Invalid, "world", "no address of a world"},
	} {
		_, err := p.Open(t.Context(), host.OpenRequest{
			Handle: uint32(i + 1), Epoch: epoch, Driver: c.driver, Address: c.device, Config: json.RawMessage(fmt.Sprintf(`{"world":%q}`, c.world)),
		})
		if fault.CodeOf(err) != c.code || fault.PathOf(err) != c.path || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("open %s at %s: %v (code %v, path %q); want %v at %q saying %q", c.device, c.world, err, fault.CodeOf(err), fault.PathOf(err), c.code, c.path, c.says)
		}
	}
}
