package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/openaisle/aisle/sdk/internal/server"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// shutdownGrace is how long devices get to end when the host lets go. A host
// kills a plugin 2 s after it asked it to stop.
const shutdownGrace = 1500 * time.Millisecond

// maxStreams bounds the streams that are open at once: those of evidence and of
// commands, and calls, of which a host leaves room for its own.
const maxStreams = 64

// Serve serves the plugin to the host that started this process, and returns
// when the host lets go, is gone, or the process is told to stop. It exits with
// status 1 where no host started it or the plugin is put together wrongly.
func Serve(p Plugin) {
	if os.Getenv(wire.CookieKey) != wire.CookieValue {
		fmt.Fprintln(os.Stderr, byHand(p))
		os.Exit(1)
	}
	out, err := divert()
	if err != nil {
		fmt.Fprintln(os.Stderr, "set standard output aside:", err)
		os.Exit(1)
	}
	log := slog.New(newHandler(out.log))
	s, err := newServer(p, &server.Options{Log: log, BeforeOpen: out.restore})
	if err != nil {
		fmt.Fprintf(os.Stderr, "plugin %s: %v\n", p.Name, err)
		os.Exit(1)
	}
	tune(p.Drivers)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() { // ends with the process: go-plugin's Serve can't be ended from inside
		watch(ctx, cancel)
		stop(s, log)
		os.Exit(0)
	}()
	go out.copy(log)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake(),
		Plugins:         plugin.PluginSet{wire.PluginName: &pluginSet{server: s}},
		GRPCServer:      newGRPC,
		Logger:          hclog.New(&hclog.LoggerOptions{Output: out.log, JSONFormat: true, Level: hclog.Warn}),
	})
	stop(s, log)
}

func stop(s *server.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		log.Warn("devices left behind", "error", err)
	}
}

// ServeTest serves the plugin on a listener, without a process, until ctx ends.
// It is for tests: the services and messages are those of Serve. It waits for
// all devices to end, and says which did not.
func ServeTest(ctx context.Context, lis net.Listener, p Plugin) error {
	return ServeTestWith(ctx, lis, p, TestOptions{})
}

// TestOptions are settings of ServeTestWith. The zero value is Serve's own.
type TestOptions struct {
	// Log gets what the SDK logs, and the plugin's devices.
	Log *slog.Logger
	// SpoolEvents is how many reports are kept for a host that is away, before
	// the oldest become gaps.
	SpoolEvents int
}

// ServeTestWith is ServeTest with settings.
func ServeTestWith(ctx context.Context, lis net.Listener, p Plugin, o TestOptions) error {
	s, err := newServer(p, &server.Options{Log: o.Log, SpoolEvents: o.SpoolEvents})
	if err != nil {
		return err
	}
	g := newGRPC(nil)
	s.Register(g)
	served := make(chan error, 1)
	go func() { served <- g.Serve(lis) }()
	select {
	case <-ctx.Done():
	case err = <-served: // the listener broke: nobody can call any more, but devices run
		served <- grpc.ErrServerStopped
		err = fmt.Errorf("serve: %w", err)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err = errors.Join(err, s.Shutdown(end))
	g.Stop()
	if served := <-served; !errors.Is(served, grpc.ErrServerStopped) {
		err = errors.Join(err, served)
	}
	return err
}

func newServer(p Plugin, o *server.Options) (*server.Server, error) {
	if p.Name == "" || p.Version == "" {
		return nil, errors.New("a plugin needs a name and a version")
	}
	return server.New(server.Info{Name: p.Name, Version: p.Version, Drivers: p.Drivers, Needs: p.Needs}, o)
}

func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion: wire.Contract, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue,
	}
}

func newGRPC(opts []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(wire.MaxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.StaticStreamWindowSize(wire.StreamWindow),
		grpc.StaticConnWindowSize(wire.ConnWindow),
		grpc.WaitForHandlers(false),
		// Its one client is the host: that may ping as it likes. By gRPC's default
		// a connection that is quiet ends with the host's fourth ping.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Nanosecond, PermitWithoutStream: true}),
		grpc.ForceServerCodecV2(wire.Codec()),
	)...)
}

// pluginSet is the one plugin of the binary in go-plugin's terms.
type pluginSet struct {
	plugin.NetRPCUnsupportedPlugin
	server *server.Server
}

func (p *pluginSet) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	p.server.Register(g)
	return nil
}

func (p *pluginSet) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is no host")
}
