package agent

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/framework/supervisor/agent/internal/agentpb"
	"github.com/openaisle/aisle/sdk/host"
)

// line is one connection to an agent that has the lease.
type line struct {
	cc    *grpc.ClientConn
	agent agentpb.AgentClient
	clock peerClock
	boot  uint64
	heard atomic.Int64 // when the agent last gave a sign of life, in own ticks
	beat  atomic.Uint64

	sweeping atomic.Bool
	threads  sync.WaitGroup
	life     context.Context
}

// socket is the one connection of a dial. A line that is cut is never mended
// behind our back: gRPC would, and nobody would have the lease.
type socket struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	conn   net.Conn
	closed bool
	err    error
}

func (s *socket) open(ctx context.Context, address string) (net.Conn, error) {
	s.mu.Lock()
	used := s.conn != nil || s.closed
	s.mu.Unlock()
	if used {
		return nil, errors.New("the line is cut")
	}
	c, err := s.dial(ctx, "tcp", address)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.err = err
		return nil, err
	}
	if s.closed {
		cut(c)
		return nil, errors.New("the line is cut")
	}
	s.conn = c
	return c, nil
}

func (s *socket) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		cut(s.conn)
	}
}

func (s *socket) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// why is the first thing that went wrong with the connection itself, or err.
func (s *socket) why(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if st, ok := status.FromError(err); ok && st != nil {
		return errors.New(bound(st.Message()))
	}
	return err
}

// noted remembers why a handshake failed, which gRPC only tells as a text.
type noted struct {
	credentials.TransportCredentials
	agent string
	to    *socket
}

// ClientHandshake is TLS's.
func (n noted) ClientHandshake(ctx context.Context, authority string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := n.TransportCredentials.ClientHandshake(ctx, authority, c)
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		n.to.note(fmt.Errorf("its certificate is valid from %s to %s: %s", invalid.Cert.NotBefore.Format(time.DateOnly),
			invalid.Cert.NotAfter.Format(time.DateOnly), renewal(RoleAgent, n.agent)))
	case err != nil:
		n.to.note(err)
	}
	return conn, info, err
}

// Clone keeps the notes.
func (n noted) Clone() credentials.TransportCredentials {
	return noted{n.TransportCredentials.Clone(), n.agent, n.to}
}

// connect prepares a connection to the agent.
func (l *Link) connect() (*grpc.ClientConn, *socket, error) {
	id, err := Load(l.o.Dir, RoleHost) // each time: it may have been renewed
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	l.own = id.Until
	l.mu.Unlock()
	if text, due := id.Expiry(); due {
		if time.Now().After(id.Until) {
			return nil, nil, errors.New(text)
		}
		l.log.Warn(text)
	}
	conf := id.client(l.o.Name)
	check := conf.VerifyConnection
	conf.VerifyConnection = func(s tls.ConnectionState) error {
		if err := check(s); err != nil {
			return err
		}
		l.expire(s.PeerCertificates[0].NotAfter)
		return nil
	}
	s := &socket{dial: l.o.Dial}
	cc, err := grpc.NewClient("passthrough:///"+l.o.Address, append(host.DialOptions(),
		grpc.WithTransportCredentials(noted{credentials.NewTLS(conf), l.o.Name, s}),
		grpc.WithContextDialer(s.open),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: time.Minute, Multiplier: 1, MaxDelay: time.Minute}, MinConnectTimeout: DialWithin}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: KeepaliveEvery, Timeout: KeepaliveWithin, PermitWithoutStream: true}),
	)...)
	return cc, s, err
}

// expire notes when the agent's certificate ends, and tells when that is soon.
func (l *Link) expire(at time.Time) {
	l.mu.Lock()
	l.expires = at
	l.mu.Unlock()
	if time.Until(at) <= RenewWithin {
		l.log.Warn(fmt.Sprintf("the agent's certificate expires on %s: %s", at.Format(time.DateOnly), renewal(RoleAgent, l.o.Name)))
	}
}

// attempt makes a line and keeps it until it is cut or ctx ends. It returns why
// there is none.
func (l *Link) attempt(ctx context.Context) error {
	cc, s, err := l.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	n := &line{cc: cc, agent: agentpb.NewAgentClient(cc), life: ctx}
	defer func() {
		cancel()
		s.cut()
		_ = cc.Close() // the connection is gone
		n.threads.Wait()
	}()
	stream, err := n.agent.Lease(ctx, grpc.MaxCallRecvMsgSize(maxControl))
	if err != nil {
		return s.why(err)
	}
	late := time.AfterFunc(LeaseWithin, s.cut)
	defer late.Stop()
	asked := time.Now()
	if err := stream.Send(&agentpb.LeaseRequest{Epoch: l.o.Epoch, Beat: n.beat.Add(1)}); err != nil {
		_, err = stream.Recv() // which says why
		return s.why(err)
	}
	r, err := stream.Recv()
	if err != nil {
		return s.why(err)
	}
	if !late.Stop() {
		return errors.New("it did not grant its lease in time")
	}
	n.boot = r.GetBoot()
	n.hear(r, asked)
	l.reconcile(r, n)
	l.up(n)
	err = l.beats(ctx, stream, n)
	l.down(err) // before calls fail, so that nobody takes them for the plugin's
	return err
}

func (n *line) hear(r *agentpb.LeaseResponse, asked time.Time) {
	now := time.Now()
	n.heard.Store(now.Sub(started).Microseconds())
	n.clock.read(r.GetClockUs(), r.GetWallUs(), asked, now)
}

// beats gives signs of life and takes the agent's until one end fails. It
// returns why.
func (l *Link) beats(ctx context.Context, stream grpc.BidiStreamingClient[agentpb.LeaseRequest, agentpb.LeaseResponse], n *line) error {
	ended := make(chan error, 2)
	alive := make(chan struct{}, 1)
	sent := &sentBeats{}
	n.threads.Go(func() { // ends with the stream
		tick := time.NewTicker(BeatEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			b := n.beat.Add(1)
			sent.put(b, time.Now())
			if stream.Send(&agentpb.LeaseRequest{Epoch: l.o.Epoch, Beat: b}) != nil {
				return // the receiving end tells why
			}
		}
	})
	n.threads.Go(func() {
		surplus := newSurplus(time.Now())
		for {
			r, err := stream.Recv()
			if err == nil && !surplus.take(time.Now()) {
				err = fmt.Errorf("the agent sends more than %d messages a second", maxSurplus)
			}
			var asked time.Time
			if err == nil && r.GetBeat() != 0 {
				if asked = sent.take(r.GetBeat()); asked.IsZero() {
					err = errors.New("the agent answers what it was not asked")
				}
			}
			if err == nil && r.GetBoot() != n.boot {
				err = errors.New("the agent says that it is another")
			}
			if err != nil {
				ended <- err
				return
			}
			n.hear(r, asked)
			l.reconcile(r, n)
			if r.GetBeat() != 0 {
				select {
				case alive <- struct{}{}:
				default:
				}
			}
		}
	})
	dead := time.NewTimer(DeadAfter)
	defer dead.Stop()
	for {
		select {
		case <-alive:
			dead.Reset(DeadAfter)
		case <-dead.C:
			return fmt.Errorf("no sign of life for %v", DeadAfter)
		case err := <-ended:
			if st, ok := status.FromError(err); ok {
				err = errors.New(bound(st.Message()))
			}
			return fmt.Errorf("the connection ended: %w", err)
		case <-ctx.Done():
			return errClosed
		}
	}
}

// sentBeats remembers when beats were sent.
type sentBeats struct {
	mu sync.Mutex
	at map[uint64]time.Time
}

func (s *sentBeats) put(b uint64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[uint64]time.Time{}
	}
	s.at[b] = at
	for old, t := range s.at {
		if at.Sub(t) > 2*DeadAfter {
			delete(s.at, old)
		}
	}
}

// take gives when a beat was sent, once.
func (s *sentBeats) take(b uint64) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at[b]
	delete(s.at, b)
	return at
}

// sweep stops what the agent runs and nobody asked for: a start whose answer was
// lost.
func (n *line) sweep(ids []uint64) {
	if !n.sweeping.CompareAndSwap(false, true) {
		return
	}
	n.threads.Go(func() {
		defer n.sweeping.Store(false)
		for _, id := range ids[:min(len(ids), MaxInstances)] {
			ctx, cancel := context.WithTimeout(n.life, LeaseWithin)
			_, _ = n.agent.Stop(ctx, &agentpb.StopRequest{Id: id, Kill: true}) // asked again with the next beat
			cancel()
		}
	})
}
