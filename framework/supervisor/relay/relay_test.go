package relay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// device is a server that hands over its connections.
type device struct {
	l     *net.TCPListener
	conns chan *net.TCPConn
}

func newDevice(t *testing.T) *device {
	d := &device{l: listen(t), conns: make(chan *net.TCPConn, 1000)}
	var all sync.WaitGroup
	all.Go(func() {
		defer close(d.conns)
		for {
			c, err := d.l.AcceptTCP()
			if err != nil {
				return
			}
			d.conns <- c
		}
	})
	t.Cleanup(func() {
		d.l.Close()
		all.Wait()
		for c := range d.conns {
			c.Close()
		}
	})
	return d
}

// relayTo serves a relay to an address and returns where it listens.
func relayTo(t *testing.T, address string, o *Options) (*Relay, string) {
	t.Helper()
	l := listen(t)
	if o == nil {
		o = &Options{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r, err := New([]Target{{Address: address, Listener: l}}, o)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.Serve(t.Context()) }()
	t.Cleanup(func() {
		r.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if s := r.Stats(); s[0].Open != 0 || len(r.slots) != 0 {
			t.Errorf("left: %+v, %d slots", s, len(r.slots))
		}
	})
	return r, l.Addr().String()
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // of a test that fails
	return c.(*net.TCPConn)
}

// expectReset dials what resets it, be it at once.
func expectReset(t *testing.T, address string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err == nil {
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = io.ReadAll(c)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

// through gives both ends of a connection through a relay.
func through(t *testing.T, o *Options) (r *Relay, plugin, dev *net.TCPConn) {
	t.Helper()
	d := newDevice(t)
	r, at := relayTo(t, d.l.Addr().String(), o)
	plugin = dial(t, at)
	dev = <-d.conns
	t.Cleanup(func() { dev.Close() })
	_ = dev.SetDeadline(time.Now().Add(20 * time.Second))
	return r, plugin, dev
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("got %q, %v; want %q", b, err, want)
	}
}

func TestBothWays(t *testing.T) {
	r, plugin, dev := through(t, nil)
	say(t, plugin, "hello")
	hear(t, dev, "hello")
	say(t, dev, "hi")
	hear(t, plugin, "hi")
	if s := r.Stats()[0]; s.Open != 1 || s.Accepted != 1 || s.Sent != 5 || s.Received != 2 || s.Error != "" {
		t.Errorf("got %+v", s)
	}
}

func TestHalfClose(t *testing.T) {
	for _, tt := range []struct {
		name string
		flip bool
	}{{"by the plugin", false}, {"by the device", true}} {
		t.Run(tt.name, func(t *testing.T) {
			_, a, b := through(t, nil)
			if tt.flip {
				a, b = b, a
			}
			say(t, a, "request")
			if err := a.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(b); string(got) != "request" || err != nil {
				t.Fatalf("got %q, %v", got, err)
			}
			say(t, b, "answer")
			hear(t, a, "answer")
			say(t, b, " in parts")
			if err := b.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(a); string(got) != " in parts" || err != nil {
				t.Fatalf("got %q, %v", got, err)
			}
		})
	}
}

// TestHalfClosedSilence: a side that finished and one that says nothing is no
// connection any more; a whole one may be silent.
func TestHalfClosedSilence(t *testing.T) {
	o := &Options{Limits: &Limits{HalfClosed: 50 * time.Millisecond}}
	_, plugin, dev := through(t, o)
	if err := plugin.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(plugin); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the plugin got %v", err)
	}
	if _, err := io.ReadAll(dev); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the device got %v", err)
	}
}

func TestReset(t *testing.T) {
	for _, tt := range []struct {
		name string
		flip bool
	}{{"by the plugin", false}, {"by the device", true}} {
		t.Run(tt.name, func(t *testing.T) {
			_, a, b := through(t, nil)
			if tt.flip {
				a, b = b, a
			}
			say(t, a, "x")
			hear(t, b, "x")
			reset(a)
			if _, err := io.ReadAll(b); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other got %v", err)
			}
		})
	}
}

// TestSlowReader: what a reader does not take makes the writer wait, and no
// memory of the host's hold it.
func TestSlowReader(t *testing.T) {
	r, plugin, dev := through(t, nil)
	const size = 64 << 20
	var sent sync.WaitGroup
	sent.Go(func() {
		chunk := bytes.Repeat([]byte{7}, 1<<20)
		for range size / len(chunk) {
			if _, err := plugin.Write(chunk); err != nil {
				t.Error(err)
				return
			}
		}
		_ = plugin.CloseWrite() // the count below tells
	})
	hear(t, dev, "\a") // it flows
	if got := r.Stats()[0].Sent; got >= size {
		t.Errorf("%d bytes were taken at once", got)
	}
	n, err := io.Copy(io.Discard, dev)
	sent.Wait()
	if n != size-1 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestFailsClosed(t *testing.T) {
	l := listen(t)
	closed := l.Addr().String()
	l.Close()
	log := &bytes.Buffer{}
	var mu sync.Mutex
	o := &Options{Plugin: "acme", Log: slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); log.Write(b); mu.Unlock() }), nil))}
	r, at := relayTo(t, closed, o)
	for range 3 {
		expectReset(t, at)
	}
	s := r.Stats()[0]
	if s.Failed != 3 || s.Accepted != 0 || !strings.Contains(s.Error, "refused") {
		t.Errorf("got %+v", s)
	}
	mu.Lock()
	defer mu.Unlock()
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "plugin=acme") || !strings.Contains(text, closed) {
		t.Errorf("the log says %q", text)
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// TestFlood has more connections than are allowed: so many are carried, the
// rest is reset, and the plugin goes on when some have ended.
func TestFlood(t *testing.T) {
	d := newDevice(t)
	r, at := relayTo(t, d.l.Addr().String(), &Options{Limits: &Limits{Conns: 4, DialRate: 1000, DialBurst: 1000}})
	var kept []*net.TCPConn
	for range 4 {
		c := dial(t, at)
		say(t, c, "x")
		hear(t, <-d.conns, "x")
		kept = append(kept, c)
	}
	for range 20 {
		expectReset(t, at)
	}
	if s := r.Stats()[0]; s.Open != 4 || s.Refused != 20 || s.Accepted != 4 {
		t.Errorf("got %+v", s)
	}
	reset(kept[0])
	for r.Stats()[0].Open == 4 {
		runtime.Gosched()
	}
	c := dial(t, at)
	say(t, c, "again")
	hear(t, <-d.conns, "again")
}

// TestPace has no clock but the one it is given.
func TestPace(t *testing.T) {
	at := time.Unix(1e9, 0)
	p := newPace(10, 3)
	var got []time.Duration
	for range 5 {
		got = append(got, p.due(at))
	}
	want := []time.Duration{0, 0, 0, 100 * time.Millisecond, 200 * time.Millisecond}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if d := p.due(at.Add(time.Hour)); d != 0 {
		t.Errorf("after an hour: %v", d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if newPace(1, 1).wait(ctx) {
		t.Error("a wait that was given up came to its turn")
	}
}

// TestCloseResets: a relay that is closed leaves no end that looks finished.
func TestCloseResets(t *testing.T) {
	r, plugin, dev := through(t, nil)
	say(t, plugin, "x")
	hear(t, dev, "x")
	r.Close()
	for _, c := range []*net.TCPConn{plugin, dev} {
		if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
	}
	r.Close()
	if err := r.Serve(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("served again: %v", err)
	}
}

// TestCloseWhileDialling does not wait for a device that answers nothing.
func TestCloseWhileDialling(t *testing.T) {
	asked := make(chan struct{}, 10)
	deaf := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	r, at := relayTo(t, "gate.example:9", &Options{Resolver: deaf, Limits: &Limits{DialWithin: time.Hour}})
	c := dial(t, at)
	<-asked
	r.Close()
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

func TestNew(t *testing.T) {
	for _, address := range []string{"", "host", "host:", ":80", "host:http", "host:0", "host:65536", "host:-1", "*:80", "a b:80", "10.0.0.0/8:80", "[::1:80"} {
		l := listen(t)
		r, err := New([]Target{{Address: address, Listener: l}}, nil)
		if r != nil || err == nil || !strings.Contains(err.Error(), address) {
			t.Errorf("%q: %v", address, err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%q: the listener is left open: %v", address, err)
		}
	}
	if _, err := New([]Target{{Address: "a:1"}}, nil); err == nil {
		t.Error("took a target without a listener")
	}
	l := listen(t)
	r, err := New([]Target{{Address: "printer.local:9100", Listener: l}, {Address: "[::1]:80", Listener: listen(t)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed before it served: %v", err)
	}
}

// TestOwnAddresses: a name from outside leads to no service that is for this
// machine alone; an address and localhost are what they say.
func TestOwnAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:80": false, "127.9.9.9:80": false, "[::1]:80": false, "0.0.0.0:80": false, "[::]:80": false,
		"169.254.169.254:80": false, "[fe80::1]:80": false, "[::ffff:127.0.0.1]:80": false, "224.0.0.1:80": false,
		"10.0.0.5:80": true, "[2001:db8::1]:80": true,
	} {
		if err := refuseOwn("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, guarded := range map[string]bool{
		"127.0.0.1:80": false, "[::1]:80": false, "localhost:80": false, "LOCALHOST.:80": false, "x.localhost:80": false,
		"printer:80": true, "localhost.example.com:80": true,
	} {
		v, err := newTarget(Target{Address: address, Listener: listen(t)}, Limits{}, nil)
		if err != nil || (v.dialer.Control != nil) != guarded {
			t.Errorf("%s: guarded %v, %v", address, v.dialer.Control != nil, err)
		}
	}
}
