package classtest

import (
	"context"
	"io"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/host"
)

// startTimeout is how long a plugin gets to start.
const startTimeout = 10 * time.Second

// announcer is a listener that tells when somebody begins to accept.
type announcer struct {
	net.Listener
	once      sync.Once
	accepting chan struct{}
}

func (a *announcer) Accept() (net.Conn, error) {
	a.once.Do(func() { close(a.accepting) })
	return a.Listener.Accept()
}

// InProcess serves p in this process until the test ends, and gives the host's
// end of it. A plugin that can't be served, such as one with a wrong struct tag,
// fails the test with the reason.
func InProcess(t testing.TB, p sdk.Plugin) *host.Plugin {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	a := &announcer{Listener: lis, accepting: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		err := sdk.ServeTest(ctx, a, p)
		_ = lis.Close() // where nothing is served any more, no call may wait
		served <- err
	}()
	select {
	case <-a.accepting:
	case err := <-served: // such as a driver whose Check fails
		cancel()
		t.Fatalf("plugin %s can't be served: %v", p.Name, err)
	}
	options := append(host.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	conn, err := grpc.NewClient("passthrough:plugin", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close() // what could fail was seen by the calls
		cancel()
		if err := <-served; err != nil {
			t.Errorf("the plugin did not end cleanly: %v", err)
		}
	})
	return host.New(conn)
}

// Binary starts a plugin binary as a host does, until the test ends. Its log
// goes to the test's.
func Binary(t testing.TB, path string, args ...string) *host.Plugin {
	t.Helper()
	return Command(t, exec.Command(path, args...)) //nolint:gosec // a test starts what it is told to
}

// Command starts a plugin by a command that the caller may have given an
// environment.
func Command(t testing.TB, cmd *exec.Cmd) *host.Plugin {
	t.Helper()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: host.Handshake(), Plugins: host.PluginSet(), Cmd: cmd,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true, SkipHostEnv: true,
		GRPCDialOptions: host.DialOptions(), StartTimeout: startTimeout,
		Logger: hclog.New(&hclog.LoggerOptions{Output: &logWriter{t: t}, Level: hclog.Info}),
		Stderr: io.Discard, SyncStdout: io.Discard, SyncStderr: io.Discard,
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	raw, err := rpc.Dispense(host.PluginName)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := raw.(*host.Plugin)
	if !ok {
		t.Fatalf("dispensed a %T", raw)
	}
	return p
}
