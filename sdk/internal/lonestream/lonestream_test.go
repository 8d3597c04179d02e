package lonestream_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk/internal/lonestream"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

const maxMessage = 4 << 10

func options() lonestream.Options {
	return lonestream.Options{Method: "/test.Service/Method", Authority: "localhost", MaxMessage: maxMessage, MaxHeaders: 8 << 10, Window: 128 << 10}
}

// sockets is both ends of a connection.
func sockets(t testing.TB) (here, there net.Conn) {
	t.Helper()
	lis, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	if here, err = net.Dial("unix", lis.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if there, err = lis.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = there.Close() })
	return here, there
}

// peer is a server that a test plays frame by frame.
type peer struct {
	t    testing.TB
	conn net.Conn
	*http2.Framer
}

func played(t testing.TB, here, there net.Conn) (*lonestream.Stream, *peer) {
	t.Helper()
	s, err := lonestream.Open(t.Context(), here, options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	first := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(there, first); err != nil || string(first) != http2.ClientPreface {
		t.Fatalf("%q, %v", first, err)
	}
	return s, &peer{t, there, http2.NewFramer(there, there)}
}

func (p *peer) headers(last bool, pairs ...string) {
	p.t.Helper()
	if err := p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(pairs...), EndHeaders: true, EndStream: last}); err != nil {
		p.t.Error(err)
	}
}

func block(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// until reads frames up to one that is wanted.
func (p *peer) until(wanted func(http2.Frame) bool) http2.Frame {
	p.t.Helper()
	for {
		f, err := p.ReadFrame()
		if err != nil {
			p.t.Fatal(err)
		}
		if wanted(f) {
			return f
		}
	}
}

func message(text string) []byte {
	n := len(text)
	return append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
}

// What a server may do and few do: settings at any time, pings, padding, a header
// block in parts, a message in single bytes, two in one frame.
func TestFragments(t *testing.T) {
	here, there := sockets(t)
	s, p := played(t, here, there)
	_ = p.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 7})
	_ = p.WriteRawFrame(0xee, 0, 0, []byte("of a kind that nobody knows"))
	b := block(":status", "200", "content-type", "application/grpc")
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1], PadLength: 3, Priority: http2.PriorityParam{Weight: 9}})
	_ = p.WriteContinuation(1, true, b[1:])
	for _, c := range message("first") {
		_ = p.WriteDataPadded(1, false, []byte{c}, []byte{0, 0})
	}
	_ = p.WritePing(false, [8]byte{1, 2, 3})
	_ = p.WriteData(1, false, append(message("second"), message("")...))
	_ = p.WriteGoAway(1, http2.ErrCodeNo, nil) // what runs may end
	_ = p.WriteData(1, false, message("last"))
	p.headers(true, "grpc-status", "0")
	for _, want := range []string{"first", "second", "", "last"} {
		if m, err := s.Receive(); err != nil || string(m) != want {
			t.Fatalf("%q, %v; want %q", m, err, want)
		}
	}
	if m, err := s.Receive(); err != io.EOF {
		t.Fatalf("%q, %v", m, err)
	}
	if err := s.Send([]byte("x")); err != nil {
		t.Fatal(err)
	}
	p.until(func(f http2.Frame) bool { _, ok := f.(*http2.HeadersFrame); return ok })
	p.until(func(f http2.Frame) bool { s, ok := f.(*http2.SettingsFrame); return ok && s.IsAck() })
	p.until(func(f http2.Frame) bool { g, ok := f.(*http2.PingFrame); return ok && g.IsAck() && g.Data[2] == 3 })
	f, _ := p.until(func(f http2.Frame) bool { _, ok := f.(*http2.DataFrame); return ok }).(*http2.DataFrame)
	if !bytes.Equal(f.Data(), message("x")) {
		t.Errorf("%q", f.Data())
	}
}

// Whatever a server does ends the stream with an error, and holds nothing.
func TestHostile(t *testing.T) {
	ok := func(p *peer) { p.headers(false, ":status", "200") }
	for name, c := range map[string]struct {
		harm func(p *peer)
		want string
	}{
		"ends at once":       {func(p *peer) { _ = p.conn.(*net.UnixConn).CloseWrite() }, "EOF"},
		"ends in a message":  {func(p *peer) { ok(p); _ = p.WriteData(1, false, []byte{0, 0, 0}); p.headers(true, "grpc-status", "0") }, "unexpected EOF"},
		"no status":          {func(p *peer) { ok(p); _ = p.WriteData(1, true, nil) }, "without a status"},
		"a page":             {func(p *peer) { p.headers(false, ":status", "404") }, "HTTP status"},
		"noise for a status": {func(p *peer) { ok(p); p.headers(true, "grpc-status", "fine") }, "gRPC status"},
		"a message first":    {func(p *peer) { _ = p.WriteData(1, false, message("x")) }, "without headers"},
		"too long a message": {func(p *peer) { ok(p); _ = p.WriteData(1, false, []byte{0, 0, 0, 16, 1}) }, "of 4097 bytes"},
		"a gigabyte":         {func(p *peer) { ok(p); _ = p.WriteData(1, false, []byte{0, 0xff, 0xff, 0xff, 0xff}) }, "the limit is 4096"},
		"compressed":         {func(p *peer) { ok(p); _ = p.WriteData(1, false, []byte{1, 0, 0, 0, 0}) }, "compressed"},
		"a frame of 16 MiB":  {func(p *peer) { _, _ = p.conn.Write([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1}) }, "a frame of"},
		"another stream":     {func(p *peer) { ok(p); _ = p.WriteData(2, false, message("x")) }, "stream 2"},
		"a push": {func(p *peer) {
			_ = p.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true})
		}, "push"},
		"reset":                  {func(p *peer) { ok(p); _ = p.WriteRSTStream(1, http2.ErrCodeRefusedStream) }, "code 7"},
		"away before it":         {func(p *peer) { _ = p.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil) }, "code 11"},
		"pings without end":      {func(p *peer) { forever(func() error { return p.WritePing(false, [8]byte{}) }) }, "without a message"},
		"settings without end":   {func(p *peer) { forever(func() error { return p.WriteSettings() }) }, "without a message"},
		"empty data without end": {func(p *peer) { ok(p); forever(func() error { return p.WriteData(1, false, nil) }) }, "without a message"},
		"headers without end":    {func(p *peer) { endless(p) }, "headers of more than"},
		"headers in two halves":  {func(p *peer) { _ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1}); _ = p.WriteSettings() }, "malformed"},
		"a half without a whole": {func(p *peer) { _ = p.WriteContinuation(1, true, nil) }, "malformed"},
		"noise for headers": {func(p *peer) {
			_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff}, EndHeaders: true})
		}, "headers:"},
		"padding beyond the end":  {func(p *peer) { _ = p.WriteRawFrame(http2.FrameData, http2.FlagDataPadded, 1, []byte{9, 0}) }, "malformed"},
		"a window beyond all":     {func(p *peer) { _ = p.WriteWindowUpdate(0, 1<<31-1) }, "a window of more"},
		"a window of half a word": {func(p *peer) { _ = p.WriteRawFrame(http2.FrameWindowUpdate, 0, 0, []byte{0, 1}) }, "malformed"},
		"half a setting":          {func(p *peer) { _ = p.WriteRawFrame(http2.FrameSettings, 0, 0, []byte{0, 1}) }, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := sockets(t)
			s, p := played(t, here, there)
			var playing sync.WaitGroup
			playing.Go(func() { _, _ = io.Copy(io.Discard, there) })
			playing.Go(func() { c.harm(p) })
			var err error
			for err == nil {
				_, err = s.Receive()
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if _, again := s.Receive(); again == nil {
				t.Error("it goes on")
			}
			_ = s.Close()
			playing.Wait()
		})
	}
}

func forever(f func() error) {
	for f() == nil {
	}
}

func endless(p *peer) {
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1})
	part := make([]byte, 1<<10)
	forever(func() error { return p.WriteContinuation(1, false, part) })
}

// A server that reads nothing keeps nobody waiting: what it does not take is
// held, up to a bound.
func TestTakesNothing(t *testing.T) {
	here, there := sockets(t)
	s, p := played(t, here, there)
	_ = p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	_ = p.WriteWindowUpdate(0, 1<<31-1-65535)
	p.headers(false, ":status", "200")
	_ = p.WriteData(1, false, message("go"))
	if m, err := s.Receive(); err != nil || string(m) != "go" {
		t.Fatalf("%q, %v", m, err)
	}
	var err error
	sent := 0
	for ; err == nil; sent++ {
		err = s.Send(make([]byte, 1<<10))
	}
	if !strings.Contains(err.Error(), "takes nothing") || sent < 256 || sent > 1<<10 {
		t.Errorf("%v after %d messages", err, sent)
	}
	if _, err := s.Receive(); err == nil {
		t.Error("it goes on")
	}
}

// Nor does one that grants no window.
func TestGrantsNothing(t *testing.T) {
	here, there := sockets(t)
	s, _ := played(t, here, there)
	var err error
	sent := 0
	for ; err == nil; sent++ {
		err = s.Send(make([]byte, 1<<10))
	}
	if !strings.Contains(err.Error(), "takes nothing") || sent < 256 || sent > 400 {
		t.Errorf("%v after %d messages", err, sent)
	}
}

// What a server does not take at first goes when it does, whole and in order,
// however small its windows are.
func TestWindows(t *testing.T) {
	here, there := sockets(t)
	s, p := played(t, here, there)
	_ = p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	p.headers(false, ":status", "200")
	_ = p.WriteData(1, false, message("go"))
	if _, err := s.Receive(); err != nil {
		t.Fatal(err)
	}
	var receiving sync.WaitGroup
	receiving.Go(func() { // who receives hears of windows
		if m, err := s.Receive(); err != nil || string(m) != "done" {
			t.Errorf("%q, %v", m, err)
		}
	})
	var want, got []byte
	for n := range 50 {
		text := strings.Repeat(string(rune('a'+n%26)), n)
		want = append(want, message(text)...)
		if err := s.Send([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for len(got) < len(want) {
		f, _ := p.until(func(f http2.Frame) bool { _, ok := f.(*http2.DataFrame); return ok }).(*http2.DataFrame)
		if len(f.Data()) > 10 {
			t.Fatalf("a frame of %d bytes", len(f.Data()))
		}
		got = append(got, f.Data()...)
		_ = p.WriteWindowUpdate(1, uint32(len(f.Data()))) //nolint:gosec // at most 10
	}
	if !bytes.Equal(got, want) {
		t.Error("what came is not what was sent")
	}
	_ = p.WriteData(1, false, message("done"))
	receiving.Wait()
}

// An interruption loses nothing of what came.
func TestInterrupt(t *testing.T) {
	here, there := sockets(t)
	s, p := played(t, here, there)
	p.headers(false, ":status", "200")
	whole := message("whole")
	_ = p.WriteData(1, false, whole[:7])
	var interrupted atomic.Int32
	var receiving sync.WaitGroup
	receiving.Go(func() {
		for {
			m, err := s.Receive()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				interrupted.Add(1)
				s.Resume()
				continue
			}
			if err != nil || string(m) != "whole" {
				t.Errorf("%q, %v", m, err)
			}
			return
		}
	})
	for interrupted.Load() < 5 {
		s.Interrupt()
		runtime.Gosched()
	}
	_ = p.WriteData(1, false, whole[7:])
	receiving.Wait()
}

// TestServer: with gRPC's own server, with and without TLS.
func TestServer(t *testing.T) {
	for name, conf := range map[string]*tls.Config{"plain": nil, "TLS": identity(t)} {
		t.Run(name, func(t *testing.T) {
			creds := insecure.NewCredentials()
			if conf != nil {
				creds = credentials.NewTLS(conf)
			}
			g := grpc.NewServer(grpc.Creds(creds), grpc.ForceServerCodecV2(wire.Codec()), grpc.UnknownServiceHandler(echo))
			lis, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
			if err != nil {
				t.Fatal(err)
			}
			var served sync.WaitGroup
			served.Go(func() { _ = g.Serve(lis) })
			defer served.Wait()
			defer g.Stop()
			open := func(ctx context.Context) (*lonestream.Stream, error) {
				conn, err := net.Dial("unix", lis.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				o := options()
				o.TLS, o.MaxMessage = conf, 1<<20
				return lonestream.Open(ctx, conn, o)
			}
			s, err := open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{0, 1, 100, 16 << 10, 60 << 10, 200 << 10, 3} { // beyond frames, records and windows
				b := bytes.Repeat([]byte{byte(size)}, size)
				if err := s.Send(b); err != nil {
					t.Fatal(err)
				}
				if m, err := s.Receive(); err != nil || !bytes.Equal(m, b) {
					t.Fatalf("%d bytes of %d, %v", len(m), size, err)
				}
			}
			if err := s.Send([]byte("end")); err != nil {
				t.Fatal(err)
			}
			_, err = s.Receive()
			if st, ok := status.FromError(err); !ok || st.Code() != codes.Unimplemented || st.Message() != "50 % ünknown" {
				t.Errorf("%v", err)
			}
			if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			if err := s.Send(nil); err == nil {
				t.Error("a closed stream sends")
			}
			late, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := open(late); conf != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}

func echo(_ any, stream grpc.ServerStream) error {
	var b wire.Scratch
	for {
		if err := stream.RecvMsg(&b); err != nil {
			return err
		}
		if string(b.Bytes()) == "end" {
			return status.Error(codes.Unimplemented, "50 % ünknown")
		}
		if err := stream.SendMsg(wire.Bytes(b.Bytes())); err != nil {
			return err
		}
	}
}

// identity is a certificate that both ends show and trust.
func identity(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pool.AddCert(c)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}
