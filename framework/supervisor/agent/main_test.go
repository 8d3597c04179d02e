package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// The test binary is the plugin that agents run, and, with "agent", an agent in
// a network namespace.
func TestMain(m *testing.M) {
	if os.Getenv(host.Handshake().MagicCookieKey) != "" {
		sdk.Serve(testPlugin())
		return
	}
	if len(os.Args) == 5 && os.Args[1] == "agent" {
		agentProcess(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	goleak.VerifyTestMain(m)
}

func testPlugin() sdk.Plugin {
	return sdk.Plugin{Name: "test/gate", Version: "1.2.3", Drivers: []sdk.Driver{gate.Driver("ticking", open)}}
}

// tickingConfig makes a gate that tells of numbered passages.
type tickingConfig struct {
	Every time.Duration `aisle:"every" default:"1h"`
	Most  int           `aisle:"most" default:"0"`
}

// ticking tells of a passage with each tick, and of each time that it opens.
type ticking struct {
	conf  tickingConfig
	opens chan observe.Passage
}

func open(_ context.Context, _ sdk.Env, c tickingConfig) (gate.Gate, error) {
	return &ticking{c, make(chan observe.Passage, 100)}, nil
}

func (g *ticking) Run(ctx context.Context, report func(observe.Passage)) error {
	tick := time.NewTicker(g.conf.Every)
	defer tick.Stop()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-g.opens:
			report(p)
		case <-tick.C:
			if n < g.conf.Most {
				n++
				report(observe.Passage{Interval: observe.At(time.Now()), Direction: observe.DirectionOut, Lane: fmt.Sprint("tick ", n)})
			}
		}
	}
}

// Admit opens whenever it is told to: a second time for the same session is the
// effect that must not be.
func (g *ticking) Admit(ctx context.Context, a gate.Admission) error {
	switch a.Session {
	case "panic":
		panic("vendor")
	case "die":
		os.Exit(7)
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	}
	g.opens <- observe.Passage{Interval: observe.At(time.Now()), Direction: observe.DirectionIn, Admission: a.Session}
	return nil
}

// store is a store's authority, and agents by it.
type store struct {
	dir string
	ca  *CA
}

func newStore(t testing.TB) store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ca")
	ca, err := Init(dir, "corner", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return store{dir, ca}
}

// agent writes an identity of a role for a name, without joining.
func (s store) identity(t testing.TB, r Role, name string, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := s.ca.issue(r, name, key.Public(), at)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{writeKey(filepath.Join(dir, r.key()), key), writeCert(filepath.Join(dir, r.cert()), der),
		writeCert(filepath.Join(dir, fileCA), s.ca.cert.Raw)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// running agent in this process.
type testAgent struct {
	dir, address string
	server       *Server
	stop         func()
}

func quiet() *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// shortDir is a folder whose path fits a Unix socket's.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ag")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s store) serve(t testing.TB, dir, address string) *testAgent {
	t.Helper()
	return s.serveWith(t, dir, address, nil)
}

func (s store) serveWith(t testing.TB, dir, address string, start func(context.Context, supervisor.Spec) (process, error)) *testAgent {
	t.Helper()
	id, err := Load(dir, RoleAgent)
	if err != nil {
		t.Fatal(err)
	}
	sup := supervisor.New(&supervisor.Options{Log: quiet(), RunDir: shortDir(t), Limits: patient(false)})
	server, err := NewServer(&ServerOptions{Identity: id, Dir: dir, Programs: map[string]string{"acme": os.Args[0]}, Supervisor: sup, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if start != nil {
		server.start = start
	}
	lis, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := server.Serve(ctx, lis); err != nil {
			t.Error("serve:", err)
		}
	})
	a := &testAgent{dir: dir, address: lis.Addr().String(), server: server}
	a.stop = sync.OnceFunc(func() {
		cancel()
		served.Wait()
		if err := sup.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	t.Cleanup(a.stop)
	return a
}

// agent starts an agent named back.
func (s store) agent(t testing.TB) *testAgent {
	t.Helper()
	return s.serve(t, s.identity(t, RoleAgent, "back", time.Now()), "127.0.0.1:0")
}

// link is a host's end of an agent at an address.
func (s store) link(t testing.TB, address string) *Link {
	t.Helper()
	return s.linkAs(t, LinkOptions{Address: address})
}

func (s store) linkAs(t testing.TB, o LinkOptions) *Link {
	t.Helper()
	o.Name, o.Log = "back", quiet()
	if o.Dir == "" {
		o.Dir = s.dir
	}
	l := NewLink(o)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// moving is a host's end of an agent that may listen elsewhere later: a port that
// was let go may be somebody else's by then.
func (s store) moving(t testing.TB, address string) (_ *Link, moved func(string)) {
	t.Helper()
	var now atomic.Value
	now.Store(address)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, now.Load().(string))
	}
	return s.linkAs(t, LinkOptions{Address: address, Dial: dial}), func(to string) { now.Store(to) }
}

var acme = supervisor.Spec{Name: "acme"}

// started gives an instance of the test plugin. A line that a busy machine took
// for cut is made again.
func start(t testing.TB, l *Link) supervisor.RemoteInstance {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		in, err := l.Start(ctx, acme)
		var away *supervisor.AwayError
		switch {
		case err == nil:
			return in
		case ctx.Err() != nil || !errors.As(err, &away):
			t.Fatal("start:", err)
		}
		t.Log("started again:", err)
	}
}

// refused is a deed that is refused for a reason: one that a busy machine cut
// short before anybody could say it is done again.
func refused(t testing.TB, deed func() error, words ...string) {
	t.Helper()
	for begun := time.Now(); ; {
		err := deed()
		late := err != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
			strings.Contains(err.Error(), "deadline") || strings.Contains(err.Error(), "timeout"))
		if !late || time.Since(begun) > within {
			has(t, err, words...)
			return
		}
		t.Log("done again:", err)
	}
}

// agentProcess is an agent of its own process: it says its address and serves
// until its standard input ends.
func agentProcess(dir, address, runDir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	id, err := Load(dir, RoleAgent)
	fail(err)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	sup := supervisor.New(&supervisor.Options{Log: log, RunDir: runDir, Limits: patient(false)})
	server, err := NewServer(&ServerOptions{Identity: id, Dir: dir, Programs: map[string]string{"acme": os.Args[0]}, Supervisor: sup, Log: log})
	fail(err)
	lis, err := net.Listen("tcp", address)
	fail(err)
	fmt.Println(lis.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
	fail(server.Serve(ctx, lis))
	fail(sup.Close())
}

func has(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q has no %q", err, w)
		}
	}
}
