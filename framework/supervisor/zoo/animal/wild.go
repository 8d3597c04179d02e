//go:build linux

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// wild is a plugin without the SDK: gRPC with messages as bytes. What is nil is
// answered as it should be.
type wild struct {
	describe func(context.Context) ([]byte, error)
	open     func(ctx context.Context, handle, epoch uint64) ([]byte, error)
	observe  func(ctx context.Context, w *wild, send func([]byte) error) error
	health   func(context.Context) ([]byte, error)
	call     func(ctx context.Context, method string, request []byte) ([]byte, error)
	shutdown func()
	// config changes the certificate's template, tls the server's configuration.
	config func(*x509.Certificate)
	tls    func(*tls.Config)
	server []grpc.ServerOption
	// line changes the handshake line.
	line func(string) string

	mu     sync.Mutex
	opened chan struct{}
	handle uint64
	epoch  uint64
}

// codec hands messages through as bytes.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("%T is no message", v)
	}
	return *b, nil
}

func (codec) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	*b = append([]byte(nil), data...)
	return nil
}

func (codec) Name() string { return "proto" }

// f is one field of a protobuf message: a number, a text, bytes of a message,
// or numbers packed.
func f(number protowire.Number, v any) []byte {
	switch v := v.(type) {
	case int:
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), uint64(v)) //nolint:gosec // as it comes
	case uint64:
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
	case string:
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), v)
	case []byte:
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), v)
	case []uint64:
		var b []byte
		for _, n := range v {
			b = protowire.AppendVarint(b, n)
		}
		return f(number, b)
	}
	panic(fmt.Sprintf("no field of a %T", v))
}

func m(fields ...[]byte) []byte {
	var b []byte
	for _, x := range fields {
		b = append(b, x...)
	}
	return b
}

func zig(n int64) uint64 { return protowire.EncodeZigZag(n) }

// classes are the classes of devices, by their contracts' names.
var classes = []string{"gate", "shelf", "credential", "rfid", "camera", "payment"}

// hour is one in microseconds.
const hour = 3_600_000_000

func description() []byte {
	b := m(f(1, "zoo/"+name), f(2, "1.0.0"), f(3, 1))
	for _, c := range classes {
		d := m(f(1, c), f(2, c), f(4, []byte{}))
		if c == "payment" { // which says how long a key stands and a hold lasts
			d = append(d, f(5, m(f(1, hour), f(3, 1), f(6, hour)))...)
		}
		b = append(b, f(4, d)...)
	}
	return b
}

// serve serves until the process is killed, or told to end.
func (w *wild) serve() {
	w.opened = make(chan struct{})
	lis, conf := w.listen("s")
	o := append([]grpc.ServerOption{grpc.ForceServerCodec(codec{}), grpc.UnknownServiceHandler(w.handler), grpc.Creds(credentials.NewTLS(conf))}, w.server...)
	if err := grpc.NewServer(o...).Serve(lis); err != nil {
		say("serve: %v", err)
		os.Exit(1)
	}
}

// listen makes the socket and announces it.
func (w *wild) listen(file string) (net.Listener, *tls.Config) {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), file)
	lis, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	cert, der := certificate(w.config)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
	if w.tls != nil {
		w.tls(conf)
	}
	line := fmt.Sprintf("1|1|unix|%s|grpc|%s", path, base64.RawStdEncoding.EncodeToString(der))
	if w.line != nil {
		line = w.line(line)
	}
	fmt.Println(line)
	return lis, conf
}

// certificate makes one as AutoMTLS wants it.
func certificate(change func(*x509.Certificate)) (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(t)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, der
}

func (w *wild) handler(_ any, s grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(s)
	send := func(b []byte) error { return s.SendMsg(&b) }
	ctx := s.Context()
	switch method {
	case "/plugin.GRPCBroker/StartStream":
		<-ctx.Done()
		return nil
	case "/plugin.GRPCController/Shutdown":
		if w.shutdown != nil {
			w.shutdown()
		}
		os.Exit(0)
	case "/aisle.plugin.v1.Plugin/Observe":
		if w.observe == nil {
			<-ctx.Done()
			return nil
		}
		select {
		case <-w.opened:
		case <-ctx.Done():
			return nil
		}
		go drain(s)
		return w.observe(ctx, w, send)
	case "/aisle.plugin.v1.Plugin/Command":
		return status.Error(codes.Unimplemented, "no command stream")
	}
	var request []byte
	if err := s.RecvMsg(&request); err != nil {
		return err
	}
	answer, err := w.unary(ctx, method, request)
	if err != nil {
		return err
	}
	return send(answer)
}

func drain(s grpc.ServerStream) {
	var b []byte
	for s.RecvMsg(&b) == nil {
	}
}

func (w *wild) unary(ctx context.Context, method string, request []byte) ([]byte, error) {
	switch method {
	case "/aisle.plugin.v1.Plugin/Describe":
		if w.describe != nil {
			return w.describe(ctx)
		}
		return description(), nil
	case "/aisle.plugin.v1.Plugin/Open":
		handle, epoch := numbers(request)
		w.mu.Lock()
		w.handle, w.epoch = handle, epoch
		select {
		case <-w.opened:
		default:
			close(w.opened)
		}
		w.mu.Unlock()
		if w.open != nil {
			return w.open(ctx, handle, epoch)
		}
		return m(f(1, "wild"), f(2, "1")), nil
	case "/aisle.plugin.v1.Plugin/Close":
		return nil, nil
	case "/aisle.plugin.v1.Plugin/Health":
		if w.health != nil {
			return w.health(ctx)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return f(1, m(f(1, w.handle), f(2, w.epoch), f(3, 1))), nil
	}
	if strings.HasPrefix(method, "/aisle.plugin.v1.") && w.call != nil {
		return w.call(ctx, method, request)
	}
	return nil, status.Error(codes.Unimplemented, "no "+method)
}

// numbers reads the first two fields of a request, its handle and its epoch.
func numbers(b []byte) (handle, epoch uint64) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return handle, epoch
		}
		b = b[n:]
		if kind == protowire.VarintType && number <= 2 {
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return handle, epoch
			}
			if number == 1 {
				handle = v
			} else {
				epoch = v
			}
			b = b[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			return handle, epoch
		}
		b = b[n:]
	}
	return handle, epoch
}

// opening gives the handle and epoch under which the device is open.
func (w *wild) opening() (handle, epoch uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.handle, w.epoch
}

// weights is a message with reports of a shelf under some handle and epoch.
func weights(handle, epoch uint64, seqs ...uint64) []byte {
	var sources, onsets, spans, bays, masses, deviations []uint64
	for range seqs {
		sources, onsets, spans = append(sources, 0), append(onsets, 0), append(spans, 0)
		bays, masses, deviations = append(bays, 1), append(masses, zig(1_000_000)), append(deviations, 1000)
	}
	stamps := m(f(1, sources), f(2, seqs), f(3, onsets), f(4, spans))
	return batch(handle, epoch, f(6, m(f(1, stamps), f(2, bays), f(3, masses), f(4, deviations))))
}

// batch is a message of columns of one source.
func batch(handle, epoch uint64, columns ...[]byte) []byte {
	head := m(f(1, m(f(1, handle), f(2, epoch))), f(2, ""), f(3, zig(time.Now().UnixMicro())))
	return f(1, m(head, m(columns...)))
}

// forEver sends nothing more until ctx ends.
func forEver(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
