//go:build unix

package server_test

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// Many commands at once are looked for before the thread goes to sleep. A lone
// one is not, nor is anything while there are none.
func TestLookOut(t *testing.T) {
	l := &lane{admit: func(context.Context, gate.Admission) error { return nil }, report: make(chan func(observe.Passage), 1)}
	driver := gate.Driver("lane", func(context.Context, class.Env, struct{}) (gate.Gate, error) { return l, nil })
	s, err := server.New(server.Info{Name: "test/lane", Version: "1.0.0", Drivers: []class.Driver{driver}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "socket")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(grpc.ForceServerCodecV2(wire.Codec()))
	s.Register(g)
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(lis) })
	conn, err := grpc.NewClient("unix:"+path, append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	p := host.New(conn)
	p.Direct(host.Direct{Authority: "localhost", Dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}})
	t.Cleanup(func() {
		p.Disconnect()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		_ = conn.Close()
		g.Stop()
		served.Wait()
	})
	openLane(t, p, 5)
	one := p.Gate(1, 5)
	quickly(t, one)
	if n := s.Looks(); n != 0 {
		t.Errorf("%d looks for a lone command", n)
	}
	var callers sync.WaitGroup
	var failed atomic.Bool
	until := time.Now().Add(2 * time.Minute)
	for range 64 {
		callers.Go(func() {
			for s.Looks() == 0 && !failed.Load() {
				if err := one.Admit(t.Context(), party); err != nil || time.Now().After(until) {
					t.Errorf("no look, and %v", err)
					failed.Store(true)
				}
			}
		})
	}
	callers.Wait()
	for range 100 {
		n := s.Looks()
		if quickly(t, one); s.Looks() == n {
			return
		} // or the last look of many was not over
	}
	t.Error("it looks for lone commands after many")
}

// The connections at a path are found, and neither who listens nor the other ends.
func TestSocketsOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	var ours, theirs []net.Conn
	for range 2 {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		a, err := lis.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		ours, theirs = append(ours, a), append(theirs, c)
	}
	n, something := server.SocketsOf(path)
	if n != 2 || something() {
		t.Fatalf("%d connections, or something in one", n)
	}
	if _, err := theirs[1].Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if !something() {
		t.Error("what was written is not seen")
	}
	if _, err := io.ReadFull(ours[1], make([]byte, 1)); err != nil || something() {
		t.Errorf("%v, or something is left", err)
	}
	_ = ours[0].Close()
	if !something() {
		t.Error("a closed one keeps it looking")
	}
	for _, path := range []string{"", path + "2"} {
		if n, _ := server.SocketsOf(path); n != 0 {
			t.Errorf("%d connections at %q", n, path)
		}
	}
}
