package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// acceptRetry is how long accepting pauses when the host is short of something,
// which is descriptors.
const acceptRetry = 100 * time.Millisecond

// accept takes connections at the pace of the plugin.
func (r *Relay) accept(t *target) {
	for {
		c, err := t.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed) || r.ctx.Err() != nil:
			if c != nil {
				reset(c)
			}
			return
		case err != nil:
			if !pause(r.ctx, acceptRetry) {
				return
			}
			continue
		}
		if !r.pace.wait(r.ctx) {
			reset(c)
			return
		}
		inside, ok := c.(*net.TCPConn)
		if !ok || !r.take() {
			t.refused.Add(1)
			reset(c)
			continue
		}
		r.all.Go(func() {
			defer r.give()
			r.serve(t, inside)
		})
	}
}

func (r *Relay) take() bool {
	select {
	case r.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func (r *Relay) give() { <-r.slots }

// serve carries one connection from its dial to its end.
func (r *Relay) serve(t *target, inside *net.TCPConn) {
	t.open.Add(1)
	defer t.open.Add(-1)
	p := &pair{inside: inside, limit: r.limits.HalfClosed}
	defer p.close()
	outside, err := t.dial(r.ctx)
	if t.outcome(err, time.Now(), r.limits.NoteEvery) && r.ctx.Err() == nil {
		r.log.Warn("plugin's connection failed", "address", t.address, "error", err.Error())
	}
	if err != nil {
		p.abort()
		return
	}
	t.accepted.Add(1)
	p.outside = outside
	stop := context.AfterFunc(r.ctx, p.abort)
	defer stop()
	var back sync.WaitGroup
	back.Go(func() { p.pump(inside, outside, &t.received) })
	p.pump(outside, inside, &t.sent)
	back.Wait()
}

// pair is one connection and the one it is carried to.
type pair struct {
	inside, outside *net.TCPConn
	limit           time.Duration // of silence once it is half closed

	half atomic.Bool
	once sync.Once
}

// abort resets both ends: what was cut off must not look finished.
func (p *pair) abort() {
	p.once.Do(func() {
		reset(p.inside)
		if p.outside != nil {
			reset(p.outside)
		}
	})
}

func (p *pair) close() {
	p.once.Do(func() {
		p.inside.Close()
		if p.outside != nil {
			p.outside.Close()
		}
	})
}

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// pump carries one direction to its end. The end of the stream is handed on, an
// error resets both.
func (p *pair) pump(to, from *net.TCPConn, count *atomic.Int64) {
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for {
		n, err := from.Read(buf[:])
		if n > 0 {
			if p.half.Load() {
				p.extend(to, from)
			}
			count.Add(int64(n)) // before anyone can have seen it
			if _, err := to.Write(buf[:n]); err != nil {
				p.abort()
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			if to.CloseWrite() != nil {
				p.abort()
				return
			}
			if !p.half.Swap(true) {
				p.extend(from, to) // the other direction, which waits already
			}
			return
		default:
			p.abort()
			return
		}
	}
}

// extend gives the direction that is left another while.
func (p *pair) extend(to, from *net.TCPConn) {
	until := time.Now().Add(p.limit)
	_ = from.SetReadDeadline(until) // a closed one needs none
	_ = to.SetWriteDeadline(until)
}

// reset closes a connection so that its other end is told of an error.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closed either way
	}
	c.Close()
}
