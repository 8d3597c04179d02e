package evidencebench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/openaisle/aisle/sdk/host"
)

// One gRPC message an event, as most plugin systems have it: the same event in
// one field of bytes, the ordinary codec, mutual TLS.

const eachMethod = "/bench.Events/Watch"

// serveEach serves events on a stream until it is stopped.
func serveEach(dir string) (*grpc.Server, error) {
	conf, err := identity(dir)
	if err != nil {
		return nil, err
	}
	lis, err := net.Listen("unix", filepath.Join(dir, "each"))
	if err != nil {
		return nil, err
	}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(conf)), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		var count wrapperspb.Int64Value
		if err := stream.RecvMsg(&count); err != nil {
			return err
		}
		e := event{handle: 1, epoch: 1 << 50, antenna: 1, power: -5500, reads: 3, direction: 2, confidence: 900_000}
		for n := range count.GetValue() {
			e.fill(int(n), n)
			if err := stream.SendMsg(wrapperspb.Bytes(e.append(nil))); err != nil {
				return err
			}
		}
		return nil
	}))
	go func() { _ = g.Serve(lis) }() // ends with the process
	return g, nil
}

// each receives so many events and returns how many a second came, from a tenth
// on.
func (p *rawPeer) each(ctx context.Context, count int) (perSecond float64, err error) {
	conf, err := identity(p.dir)
	if err != nil {
		return 0, err
	}
	conn, err := grpc.NewClient("unix:"+filepath.Join(p.dir, "each"), append(host.DialOptions(),
		grpc.WithTransportCredentials(credentials.NewTLS(conf)))...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	stream, err := conn.NewStream(ctx, streamDesc, eachMethod)
	if err != nil {
		return 0, err
	}
	if err := stream.SendMsg(wrapperspb.Int64(int64(count))); err != nil {
		return 0, err
	}
	var e event
	var start time.Time
	for n := range count {
		if n == count/10 {
			start = time.Now()
		}
		var m wrapperspb.BytesValue
		if err := stream.RecvMsg(&m); err != nil {
			return 0, err
		}
		if len(m.GetValue()) != rawEvent {
			return 0, fmt.Errorf("an event of %d bytes", len(m.GetValue()))
		}
		e.read(m.GetValue()[4:])
	}
	return float64(count-count/10) / time.Since(start).Seconds(), nil
}

// identity is the certificate that both ends have and trust. Who comes first
// makes it.
func identity(dir string) (*tls.Config, error) {
	file := filepath.Join(dir, "identity.pem")
	if _, err := os.Stat(file); err != nil {
		if err := writeIdentity(file); err != nil {
			return nil, err
		}
	}
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, ClientCAs: pool, ServerName: "localhost",
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}, nil
}

func writeIdentity(file string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	b = append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	return os.WriteFile(file, b, 0o600)
}
