package lonestream

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Options say which stream, and what it may cost.
type Options struct {
	// Method is gRPC's full name of a method, Authority the server's name.
	Method, Authority string
	// TLS is nil for none. It is not kept.
	TLS *tls.Config
	// MaxMessage bounds a message that is received, MaxHeaders what comes beside
	// messages, in bytes. Window is how much may be on its way.
	MaxMessage, MaxHeaders, Window int
}

// maxQueued bounds what waits for the other end's window, in bytes.
const maxQueued = 256 << 10

// Stream is a stream. One goroutine at a time receives; all else may be called at
// once.
type Stream struct {
	o    Options
	conn net.Conn // that of TLS, or sock
	sock *socket

	// Of who receives.
	in         []byte // of the connection, from..to is not looked at yet
	from, to   int
	body       []byte // of DATA, at.. is not given out yet
	at         int
	block      []byte // of a header block that goes on
	blockEnds  bool   // with it the stream ends
	inBlock    bool
	answered   bool // the first headers have come
	decoder    *hpack.Decoder
	controls   int // frames without content since the last message
	unreturned int // bytes of the window to give back
	ended      error

	mu      sync.Mutex
	out     []byte // frames to write
	queue   []byte // messages that have not become frames
	stream  int    // how much the other end takes now, on the stream
	whole   int    // and on the connection
	initial int    // of a stream, as it said
	failed  error
}

// Open makes the stream on a connection that it owns from now on, and does not
// wait for an answer. With TLS it waits for the handshake, as long as ctx goes.
func Open(ctx context.Context, conn net.Conn, o Options) (*Stream, error) {
	s := &Stream{o: o, sock: newSocket(conn), stream: firstWindow, whole: firstWindow, initial: firstWindow, in: make([]byte, leastRead)}
	s.conn = s.sock
	s.decoder = hpack.NewDecoder(4<<10, nil)
	s.decoder.SetMaxStringLength(o.MaxHeaders)
	if o.TLS != nil {
		conf := o.TLS.Clone()
		conf.NextProtos = []string{"h2"}
		conf.DynamicRecordSizingDisabled = true // a batch is one write
		secure := tls.Client(s.sock, conf)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = s.sock.Close() // the handshake's error tells
			return nil, errOf("TLS: %w", err)
		}
		if p := secure.ConnectionState().NegotiatedProtocol; p != "h2" {
			_ = s.sock.Close()
			return nil, errOf("the server speaks %.20q", p)
		}
		s.conn = secure
	}
	s.mu.Lock()
	s.out = append(s.out, preface...)
	s.out = appendHeader(s.out, 3*settingBytes, typeSettings, 0, 0)
	s.out = appendSetting(s.out, settingPush, 0)
	s.out = appendSetting(s.out, settingWindow, uint32(o.Window))      //nolint:gosec // a constant
	s.out = appendSetting(s.out, settingHeaders, uint32(o.MaxHeaders)) //nolint:gosec // a constant
	if o.Window > firstWindow {
		s.out = appendWindow(s.out, 0, o.Window-firstWindow)
	}
	block := request(o)
	s.out = append(appendHeader(s.out, len(block), typeHeaders, flagEndHeaders, streamID), block...)
	err := s.flush()
	s.mu.Unlock()
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Send sends a message. It does not wait: what the other end does not take now
// goes when it does, and where that is too much the stream ends.
func (s *Stream) Send(message []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if len(s.queue)+len(message)+messagePrefix > maxQueued {
		return s.fail(errOf("the other end takes nothing"))
	}
	n := len(message)
	s.queue = append(s.queue, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)) //nolint:gosec // bounded above
	s.queue = append(s.queue, message...)
	return s.flush()
}

// flush writes what waits, as far as the windows go. The lock is held.
func (s *Stream) flush() error {
	if s.failed != nil {
		return s.failed
	}
	sent := 0
	for sent < len(s.queue) {
		n := min(len(s.queue)-sent, leastFrame, s.stream, s.whole)
		if n <= 0 {
			break
		}
		s.out = appendHeader(s.out, n, typeData, 0, streamID)
		s.out = append(s.out, s.queue[sent:sent+n]...)
		s.stream -= n
		s.whole -= n
		sent += n
	}
	s.queue = s.queue[:copy(s.queue, s.queue[sent:])]
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	if err != nil {
		return s.fail(err)
	}
	return nil
}

// fail ends the stream: who receives hears of it. The lock is held.
func (s *Stream) fail(err error) error {
	s.failed = err
	_ = s.sock.Conn.Close()
	return err
}

// Something says that a Receive may have something: a message, the end, or
// nothing after all. It is for who receives.
func (s *Stream) Something() bool {
	return s.from < s.to || s.sock.ready != nil && s.sock.ready.something()
}

// Look has f called by the one who receives, before it waits for the socket: f
// may look meanwhile, for a moment, whether there is something. It is set before
// anything is received.
func (s *Stream) Look(f func(something func() bool)) { s.sock.look = f }

// Interrupt makes a Receive that waits, or else the next, return
// os.ErrDeadlineExceeded. What came so far is not lost.
func (s *Stream) Interrupt() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) } // a closed one needs none

// Resume lets Receive wait again after an Interrupt.
func (s *Stream) Resume() { _ = s.conn.SetReadDeadline(time.Time{}) } // a closed one says so

// Close ends the stream and the connection. Who receives returns.
func (s *Stream) Close() error {
	s.mu.Lock()
	if s.failed == nil {
		s.out = append(appendHeader(s.out, 4, typeReset, 0, streamID), 0, 0, 0, codeCancel)
		_ = s.flush() // it ends all the same
		s.failed = net.ErrClosed
	}
	s.mu.Unlock()
	return s.conn.Close()
}
