package inmemory

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Way is a direction of a connection.
type Way uint8

// The ways.
const (
	ToPlugin Way = iota
	ToHost
	ways
)

// inFlight is how many bytes of one way are under way before the writer waits,
// as the buffers of a socket have it.
const inFlight = 64 << 10

// slice is how often a slow way gives some of its bytes.
const slice = 100 * time.Millisecond

// weather is what is in the way of a machine's connections. Its lock is each
// half's, too: a machine has few connections, and their users wait elsewhere.
type weather struct {
	mu      sync.Mutex
	stalled [ways]time.Time // nothing arrives before
	since   [ways]time.Time // from when on it stood
	slow    [ways]time.Time // until then,
	rate    [ways]int       // so many bytes a second arrive
	delay   func() time.Duration
	halves  map[*half]bool
}

// changed has everybody look again. The lock is held.
func (w *weather) changed() {
	for h := range w.halves {
		h.rouse()
	}
}

type segment struct {
	data []byte
	at   time.Time // it arrives
}

// half is one way of one connection.
type half struct {
	*weather
	way    Way
	wake   chan struct{} // closed at the next change
	queue  []segment
	bytes  int
	last   time.Time // arrival of the newest segment
	next   time.Time // when a slow way gives more
	closed bool      // by the writer: the reader gets the rest
	broken error     // for both
}

func (h *half) rouse() {
	close(h.wake)
	h.wake = make(chan struct{})
}

// end closes the half as its writer does.
func (h *half) end() {
	h.closed = true
	h.rouse()
}

// sever breaks the half for both its ends.
func (h *half) sever(err error) {
	if h.broken == nil {
		h.broken = err
	}
	h.queue, h.bytes = nil, 0
	delete(h.halves, h)
	h.rouse()
}

var errReset = &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}

// read takes what has arrived.
func (h *half) read(b []byte, d *deadline) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		now := time.Now()
		var until time.Time
		switch {
		case h.broken != nil:
			return 0, h.broken
		case d.over(now):
			return 0, os.ErrDeadlineExceeded
		case len(h.queue) > 0:
			until = latest(h.queue[0].at, h.stalled[h.way])
			if h.slow[h.way].After(now) {
				until = latest(until, h.next)
			}
			if !until.After(now) {
				return h.give(b, now), nil
			}
		case h.closed:
			if !h.stalled[h.way].After(now) {
				return 0, io.EOF
			}
			until = h.stalled[h.way]
		}
		h.wait(d, until, now)
	}
}

// give hands out what is due. The lock is held.
func (h *half) give(b []byte, now time.Time) int {
	s := &h.queue[0]
	n := min(len(b), len(s.data))
	if h.slow[h.way].After(now) {
		n = min(n, max(1, h.rate[h.way]/int(time.Second/slice)))
		h.next = now.Add(slice)
		if h.rate[h.way] < int(time.Second/slice) {
			h.next = now.Add(time.Second / time.Duration(max(1, h.rate[h.way])))
		}
	}
	copy(b, s.data[:n])
	if s.data = s.data[n:]; len(s.data) == 0 {
		h.queue = h.queue[1:]
	}
	full := h.bytes >= inFlight
	if h.bytes -= n; full {
		h.rouse()
	}
	return n
}

// wait waits for a change, a time or the deadline. The lock is held, and let go
// meanwhile.
func (h *half) wait(d *deadline, until, now time.Time) {
	if at := d.at; !at.IsZero() && (until.IsZero() || at.Before(until)) {
		until = at
	}
	wake := h.wake
	h.mu.Unlock()
	defer h.mu.Lock()
	if until.IsZero() {
		<-wake
		return
	}
	t := time.NewTimer(until.Sub(now))
	defer t.Stop()
	select {
	case <-wake:
	case <-t.C:
	}
}

// write puts bytes on their way.
func (h *half) write(b []byte, d *deadline) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(b) > 0 {
		now := time.Now()
		switch {
		case h.broken != nil:
			return n, h.broken
		case h.closed:
			return n, io.ErrClosedPipe
		case d.over(now):
			return n, os.ErrDeadlineExceeded
		case h.bytes >= inFlight:
			h.wait(d, time.Time{}, now)
			continue
		}
		k := min(len(b), inFlight-h.bytes)
		at := now
		if h.delay != nil {
			at = now.Add(h.delay())
		}
		h.last = latest(h.last, at)
		h.queue = append(h.queue, segment{append([]byte(nil), b[:k]...), h.last})
		h.bytes += k
		n += k
		b = b[k:]
		h.rouse()
	}
	return n, nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// deadline is that of one end in one way; the half's lock guards it.
type deadline struct{ at time.Time }

func (d *deadline) over(now time.Time) bool { return !d.at.IsZero() && !d.at.After(now) }

// conn is one end of a connection.
type conn struct {
	in, out     *half
	read, write deadline
}

// pipe makes a connection and gives its ends.
func (w *weather) pipe() (host, plugin *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	made := func(way Way) *half {
		h := &half{weather: w, way: way, wake: make(chan struct{})}
		w.halves[h] = true
		return h
	}
	there, back := made(ToPlugin), made(ToHost)
	return &conn{in: back, out: there}, &conn{in: there, out: back}
}

func (c *conn) Read(b []byte) (int, error)  { return c.in.read(b, &c.read) }
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b, &c.write) }

// Close ends both ways: the other end gets what is on its way to it, and then
// the end.
func (c *conn) Close() error {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if errors.Is(c.in.broken, net.ErrClosed) {
		return nil
	}
	c.out.end()
	c.in.sever(net.ErrClosed)
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.until(&c.read, t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.until(&c.write, t) }

func (h *half) until(d *deadline, t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.at = t
	h.rouse()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return address{} }
func (c *conn) RemoteAddr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

// listener hands out the plugin's ends.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return address{} }
