package supervisor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/openaisle/aisle/sdk/host"
)

// What go-plugin's AutoMTLS says on the wire (docs/internals.md, 1.8.0): the
// host's certificate goes in the environment, the plugin's comes in the
// handshake line, both are for certName.
const (
	clientCertEnv = "PLUGIN_CLIENT_CERT"
	certName      = "localhost"
)

// How long the host's certificate is valid, and how far a clock may be off. It
// is of one process, and is never written anywhere.
const (
	certFor   = 30 * 365 * 24 * time.Hour
	certSince = 30 * time.Second
	serialLen = 128 // bits
)

// newCertificate makes the host's certificate for one plugin process. Its curve
// is P-256: go-plugin's own P-521 is slow, and BoringSSL refuses it.
func newCertificate() ([]tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialLen))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: certName, Organization: []string{"Aisle"}}, DNSNames: []string{certName},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement | x509.KeyUsageCertSign,
		BasicConstraintsValid: true, IsCA: true, SerialNumber: serial,
		NotBefore: now.Add(-certSince), NotAfter: now.Add(certFor),
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, text, nil
}

// The bounds of a connection to a plugin.
const (
	keepaliveEvery  = 10 * time.Second
	keepaliveWithin = 4 * time.Second
	// connectWithin is how long it may take to be made, TLS included: gRPC's own.
	connectWithin = 20 * time.Second
	// maxHeaders bounds what a plugin may send beside its messages, in bytes.
	maxHeaders = 64 << 10
)

// connection is how long a connection may take to be made, and to answer that it is alive. Limits
// that were stretched, for a machine that is emulated, stretch these.
func (l Limits) connection() (made, alive time.Duration) {
	return max(connectWithin, l.StartWithin), max(keepaliveWithin, l.PingWithin)
}

// connect makes the connection to a plugin that has said where it listens.
func (a *launch) connect(address string) (*grpc.ClientConn, error) {
	made, alive := a.limits.connection()
	o := append(host.DialOptions(),
		grpc.WithTransportCredentials(credentials.NewTLS(a.tls)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return a.dial(ctx, address) }),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveEvery, Timeout: alive}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: made}),
		grpc.WithMaxHeaderListSize(maxHeaders),
		grpc.WithDisableServiceConfig(), grpc.WithNoProxy(), grpc.WithIdleTimeout(0),
	)
	return grpc.NewClient("passthrough:///"+certName, o...)
}

// dial connects to the plugin. Where that fails it has ended, or is about to:
// rather than let every call fail until that is known, it waits.
func (a *launch) dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := a.proc.dial(ctx, address)
	if err == nil {
		return c, nil
	}
	t := time.NewTimer(a.limits.EndWithin)
	defer t.Stop()
	select {
	case <-a.proc.gone:
	case <-ctx.Done():
	case <-t.C:
	}
	return nil, err
}

// dial connects to the plugin's socket.
func (p *process) dial(ctx context.Context, address string) (net.Conn, error) {
	p.mu.Lock()
	j := p.jail
	p.mu.Unlock()
	if j != nil {
		return j.dial(ctx, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", address)
}
