package agent

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/openaisle/aisle/framework/supervisor/agent/internal/agentpb"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

func itoa(n int) string { return strconv.Itoa(n) }

type nopConn struct{ net.Conn }

func (nopConn) Close() error { return nil }

// Who is not the store's own host does not get in, and the error says why.
func TestStrangers(t *testing.T) {
	s, other := newStore(t), newStore(t)
	a := s.agent(t)
	old := s.identity(t, RoleHost, "corner", time.Now().Add(-2*ValidLeaf))
	asHost := s.identity(t, RoleAgent, "back", time.Now()) // an agent's certificate under a host's name
	for _, f := range [][2]string{{RoleAgent.cert(), RoleHost.cert()}, {RoleAgent.key(), RoleHost.key()}} {
		copyFile(t, asHost, f[0], f[1])
	}
	for name, c := range map[string]struct {
		dir   string
		words []string
	}{
		"another store's host": {other.dir, []string{"unknown authority"}},
		"an expired host":      {old, []string{"expired on", "aisle agent init"}},
		"an agent as a host":   {asHost, []string{"not one of a store's host"}},
		"nobody":               {t.TempDir(), []string{"aisle agent init"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := s.linkAs(t, LinkOptions{Address: a.address, Dir: c.dir})
			refused(t, func() error { _, err := l.Start(t.Context(), acme); return err }, append(c.words, "can't be reached")...)
		})
	}
}

// The agent itself refuses them, whatever they check on their side.
func TestAgentRefusesStrangers(t *testing.T) {
	s, other := newStore(t), newStore(t)
	a := s.agent(t)
	cert := func(dir string, r Role) []tls.Certificate {
		c, err := tls.LoadX509KeyPair(dir+"/"+r.cert(), dir+"/"+r.key())
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	revokedDir := s.identity(t, RoleHost, "lost", time.Now())
	leaf, err := readCert(revokedDir + "/" + RoleHost.cert())
	if err != nil {
		t.Fatal(err)
	}
	if err := appendLine(a.dir+"/"+fileRevoked, serialText(leaf.SerialNumber)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		certs []tls.Certificate
		most  uint16
		in    bool
	}{
		"its host":             {cert(s.dir, RoleHost), 0, true},
		"no certificate":       {nil, 0, false},
		"another store's host": {cert(other.dir, RoleHost), 0, false},
		"an agent":             {cert(s.identity(t, RoleAgent, "back", time.Now()), RoleAgent), 0, false},
		"an expired host":      {cert(s.identity(t, RoleHost, "corner", time.Now().Add(-2*ValidLeaf)), RoleHost), 0, false},
		"a host of tomorrow":   {cert(s.identity(t, RoleHost, "corner", time.Now().Add(24*time.Hour)), RoleHost), 0, false},
		"a revoked host":       {cert(revokedDir, RoleHost), 0, false},
		"TLS 1.2":              {cert(s.dir, RoleHost), tls.VersionTLS12, false},
	} {
		t.Run(name, func(t *testing.T) {
			cc, err := grpc.NewClient("passthrough:///"+a.address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
				Certificates: c.certs, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: c.most})))
			if err != nil {
				t.Fatal(err)
			}
			defer cc.Close()
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			_, err = agentpb.NewAgentClient(cc).List(ctx, &agentpb.ListRequest{})
			if (err == nil) != c.in {
				t.Errorf("let in: %v", err)
			}
		})
	}
}

// A host does not take another for its agent.
func TestHostRefusesStrangers(t *testing.T) {
	s, other := newStore(t), newStore(t)
	revokedAgent := s.identity(t, RoleAgent, "back", time.Now())
	if _, err := s.ca.Revoke("back"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir   string
		words []string
	}{
		"another store's agent": {other.identity(t, RoleAgent, "back", time.Now()), []string{"unknown authority"}},
		"another agent":         {s.identity(t, RoleAgent, "front", time.Now()), []string{"front.agent.aisle", "back.agent.aisle"}},
		"an expired agent":      {s.identity(t, RoleAgent, "back", time.Now().Add(-2*ValidLeaf)), []string{"is valid from", "aisle agent enroll back"}},
		"a revoked agent":       {revokedAgent, []string{"is revoked"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := s.link(t, s.serve(t, c.dir, "127.0.0.1:0").address)
			refused(t, func() error { _, err := l.Start(t.Context(), acme); return err }, append(c.words, "can't be reached")...)
		})
	}
}

// Plain text gets no answer, and one that never ends its handshake is cut.
func TestPlainTextAndSilence(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	for name, words := range map[string]string{"plain text": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "silence": ""} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", a.address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, words); err != nil {
				t.Fatal(err)
			}
			if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(c)
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Fatal("it is still connected")
			}
			if len(b) > 7 { // a TLS alert
				t.Errorf("it answered %q", b)
			}
		})
	}
}

// Calls that were held up until their time was over are refused, and so are
// those that name nothing.
func TestCallsAreChecked(t *testing.T) {
	s := newStore(t)
	a := s.agent(t)
	l := s.link(t, a.address)
	in := start(t, l)
	n, _, _ := l.state()
	call := func(pairs ...string) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		_, err := host.New(n.cc).Health(metadata.AppendToOutgoingContext(ctx, pairs...))
		return err
	}
	id := strconv.FormatUint(in.(*instance).id, 10)
	for name, c := range map[string]struct {
		pairs []string
		code  fault.Code
	}{
		"in time":           {[]string{keyInstance, id, keyBy, strconv.FormatUint(ticks()+60_000_000, 10)}, fault.None},
		"without deadline":  {[]string{keyInstance, id}, fault.None},
		"too late":          {[]string{keyInstance, id, keyBy, strconv.FormatUint(ticks(), 10)}, fault.Unavailable},
		"before all time":   {[]string{keyInstance, id, keyBy, "0"}, fault.Unavailable},
		"no number":         {[]string{keyInstance, id, keyBy, "-1"}, fault.Unavailable},
		"no instance":       {nil, fault.Unavailable},
		"unknown instance":  {[]string{keyInstance, "99"}, fault.Unavailable},
		"two instances":     {[]string{keyInstance, id, keyInstance, id}, fault.Unavailable},
		"no other describe": {[]string{keyPlugin, "acme"}, fault.Unavailable},
	} {
		if err := call(c.pairs...); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Another connection of the same host has no lease.
	cc, _, err := l.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer cc.Close()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	_, err = host.New(cc).Health(metadata.AppendToOutgoingContext(ctx, keyInstance, id))
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("without the lease: %v", err)
	}
	if _, err := agentpb.NewAgentClient(cc).Start(ctx, &agentpb.StartRequest{Plugin: "acme", UsageJson: []byte("{}")}); err == nil {
		t.Error("started without the lease")
	}
	if _, err := agentpb.NewAgentClient(cc).Stop(ctx, &agentpb.StopRequest{Id: in.(*instance).id}); err == nil {
		t.Error("stopped without the lease")
	}
}

// liar is an agent that says what a test tells it to.
type liar struct {
	agentpb.UnimplementedAgentServer
	say func(grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error
}

func (l liar) Lease(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
	q, err := s.Recv()
	if err != nil {
		return err
	}
	if err := s.Send(&agentpb.LeaseResponse{Beat: q.GetBeat(), ClockUs: ticks(), Boot: 1}); err != nil {
		return err
	}
	return l.say(s)
}

func (liar) Start(context.Context, *agentpb.StartRequest) (*agentpb.StartResponse, error) {
	return &agentpb.StartResponse{Instance: &agentpb.Instance{Id: 1, Pid: -5}, IsolationJson: []byte("[{]")}, nil
}

// An agent that lies or floods costs its own line and nothing else.
func TestLiars(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	dir := s.identity(t, RoleAgent, "back", time.Now())
	id, err := Load(dir, RoleAgent)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		say   func(grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error
		words string
	}{
		"floods": {func(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
			for {
				if err := s.Send(&agentpb.LeaseResponse{Boot: 1}); err != nil {
					return err
				}
			}
		}, "messages a second"},
		"answers what nobody asked": {func(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
			_ = s.Send(&agentpb.LeaseResponse{Beat: 1 << 60, Boot: 1})
			<-s.Context().Done()
			return nil
		}, "not asked"},
		"is another": {func(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
			_ = s.Send(&agentpb.LeaseResponse{Boot: 2})
			<-s.Context().Done()
			return nil
		}, "it is another"},
		"is silent": {func(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
			<-s.Context().Done()
			return nil
		}, "no sign of life"},
		"says too much": {func(s grpc.BidiStreamingServer[agentpb.LeaseRequest, agentpb.LeaseResponse]) error {
			_ = s.Send(&agentpb.LeaseResponse{Boot: 1, Instances: []*agentpb.Instance{{Plugin: string(make([]byte, maxControl))}}})
			<-s.Context().Done()
			return nil
		}, "larger than max"},
	} {
		t.Run(name, func(t *testing.T) {
			g := grpc.NewServer(grpc.Creds(credentials.NewTLS(id.server())))
			agentpb.RegisterAgentServer(g, liar{say: c.say})
			lis, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- g.Serve(lis) }()
			defer func() {
				g.Stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
			}()
			l := s.link(t, lis.Addr().String())
			l.begin()
			deadline := time.Now().Add(within)
			for seen := false; !seen; {
				_, cause, changed := l.state()
				seen = cause != nil && errorSays(cause, c.words)
				if seen {
					break
				}
				select {
				case <-changed:
				case <-time.After(time.Until(deadline)):
					t.Fatalf("the line's end was not %q but %v", c.words, cause)
				}
			}
		})
	}
}
