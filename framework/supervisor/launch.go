package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/host"
)

// launch is one start of one plugin: a new go-plugin client each time, for
// go-plugin says that a client which crashed runs. Of go-plugin it takes the
// start alone. The connection is made here: go-plugin's own would follow what
// the plugin names, read without limit what it sends of its output, and let it
// announce connections without end.
type launch struct {
	limits Limits
	proc   *process
	client *plugin.Client
	tls    *tls.Config
	cert   []byte // the host's, in PEM
	done   chan negotiated

	plugin *host.Plugin
	desc   host.Description

	// What is known of a start that failed: what was wrong with the handshake
	// line, and whether it took too long.
	first   error
	expired bool

	mu     sync.Mutex
	conn   *grpc.ClientConn
	output context.CancelFunc // ends the reading of carried
	// carried is the output that comes over the connection.
	carried sync.WaitGroup
}

type negotiated struct {
	plugin *host.Plugin
	desc   host.Description
	err    error
}

func newLaunch(p *process, l Limits) *launch {
	a := &launch{limits: l, proc: p, done: make(chan negotiated, 1), tls: &tls.Config{
		ServerName: certName, MinVersion: tls.VersionTLS12,
		RootCAs: x509.NewCertPool(), // until go-plugin puts the plugin's certificate here
	}}
	a.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  host.Handshake(),
		Plugins:          host.PluginSet(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		TLSConfig:        a.tls,
		SkipHostEnv:      true,
		RunnerFunc:       a.spawn,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.root},
		// Longer than our own deadline, which then is the one that counts.
		StartTimeout: 2 * l.StartWithin,
		Logger:       hclog.NewNullLogger(),
	})
	return a
}

// spawn is go-plugin's RunnerFunc.
func (a *launch) spawn(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
	a.proc.dir = dir
	if err := a.proc.spawn(append(cmd.Env, clientCertEnv+"="+string(a.cert))); err != nil {
		return nil, spawnError(a.proc.spec, err)
	}
	return a.proc, nil
}

// run starts the plugin and waits until it has described itself, ctx ends, or
// it is clear that it won't.
func (a *launch) run(ctx context.Context) error {
	go func() { a.done <- a.negotiate(ctx) }()
	n, ok := a.await(ctx)
	if ok && n.err == nil {
		a.plugin, a.desc = n.plugin, n.desc
		return nil
	}
	late := func() bool { return errors.Is(context.Cause(ctx), errLate) }
	a.expired = a.expired || late() // a call may have ended by it before await saw it
	if a.first == nil {
		select {
		case a.first = <-a.proc.first:
		default:
		}
	}
	if a.mayEnd(n.err) {
		a.proc.awaitGone(ctx, a.limits.EndWithin)
	}
	a.proc.end()
	limit := time.NewTimer(a.limits.StopWithin)
	defer limit.Stop()
	if !ok {
		select {
		case n = <-a.done: // go-plugin gives up when the process has gone
		case <-limit.C:
		}
	}
	if a.proc.started() {
		select {
		case <-a.proc.drained: // for its last words
		case <-limit.C:
		}
	}
	if a.first == nil {
		select {
		case a.first = <-a.proc.first:
		default:
		}
	}
	if n.err == nil {
		n.err = ctx.Err()
	}
	if err := ctx.Err(); err != nil && !late() {
		return fmt.Errorf("start plugin %q: %w", a.proc.spec.Name, err)
	}
	return a.startError(ctx, n.err)
}

// mayEnd reports whether what went wrong may be the first that is seen of the
// plugin's end: the kernel closes what a process has open before anybody can be
// told that it has gone, and how it ended is what is worth knowing. It is not
// where the plugin has said itself what is wrong with it.
func (a *launch) mayEnd(err error) bool {
	return (a.first == nil || errors.Is(a.first, io.EOF)) && !errors.Is(err, errContract)
}

// await waits for the outcome, or for the reason why there will be none.
func (a *launch) await(ctx context.Context) (negotiated, bool) {
	first := a.proc.first
	for {
		select {
		case n := <-a.done:
			return n, true
		case a.first = <-first:
			if a.first != nil {
				return negotiated{}, false
			}
			first = nil
		case <-a.proc.gone:
			return negotiated{}, false
		case <-ctx.Done():
			a.expired = errors.Is(context.Cause(ctx), errLate)
			return negotiated{}, false
		}
	}
}

// errLate is the cause of a start's context when its deadline has passed, and
// not the caller's.
var errLate = errors.New("the plugin is late")

// negotiate lets go-plugin shake hands and asks the plugin what it is. A panic
// in go-plugin, which a plugin can provoke, is an error.
func (a *launch) negotiate(ctx context.Context) (n negotiated) {
	var err error
	defer func() {
		if r := recover(); r != nil {
			n = negotiated{err: fmt.Errorf("go-plugin panicked: %v", r)}
		}
	}()
	if a.tls.Certificates, a.cert, err = newCertificate(); err != nil {
		return negotiated{err: err}
	}
	address, err := a.client.Start()
	if err != nil {
		return negotiated{err: err}
	}
	conn, err := a.connect(address.String())
	if err != nil {
		return negotiated{err: err}
	}
	a.follow(conn)
	p := host.New(conn)
	desc, err := p.Describe(ctx)
	if err != nil {
		return negotiated{err: err}
	}
	if desc.Contract != host.Contract {
		return negotiated{err: fmt.Errorf("%w: it says that it speaks contract version %d and this host version %d",
			errContract, desc.Contract, host.Contract)}
	}
	p.Direct(host.Direct{TLS: a.tls, Authority: certName,
		Dial: func(ctx context.Context) (net.Conn, error) { return a.proc.dial(ctx, address.String()) }})
	return negotiated{plugin: p, desc: desc}
}

// close lets go of the connection. The process has gone.
func (a *launch) close() {
	a.mu.Lock()
	conn, output := a.conn, a.output
	a.mu.Unlock()
	if conn == nil {
		return
	}
	if a.plugin != nil {
		a.plugin.Disconnect()
	}
	output()
	_ = conn.Close() // closed once
	a.carried.Wait()
}
