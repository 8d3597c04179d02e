package agent

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy is a TCP line with faults: it delays what passes, holds it, lets it
// through drop by drop, or breaks it.
type proxy struct {
	to    string
	lis   net.Listener
	delay time.Duration

	work sync.WaitGroup
	stop context.CancelFunc
	ctx  context.Context

	mu    sync.Mutex
	open  chan struct{} // closed while bytes pass
	drip  time.Duration // pause after each byte; 0 for none
	conns map[net.Conn]bool
}

func newProxy(t testing.TB, to string, delay time.Duration) *proxy {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{to: to, lis: lis, delay: delay, open: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	close(p.open)
	p.work.Go(func() {
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			p.work.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = lis.Close()
		p.stop()
		p.sever()
		p.work.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.lis.Addr().String() }

func (p *proxy) keep(c net.Conn, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.conns[c] = true
	} else {
		delete(p.conns, c)
		_ = c.Close()
	}
}

func (p *proxy) serve(near net.Conn) {
	p.keep(near, true)
	defer p.keep(near, false)
	far, err := new(net.Dialer).DialContext(p.ctx, "tcp", p.to)
	if err != nil {
		return
	}
	p.keep(far, true)
	defer p.keep(far, false)
	var both sync.WaitGroup
	both.Go(func() { p.copy(far, near) })
	both.Go(func() { p.copy(near, far) })
	both.Wait()
}

// chunk is bytes and when they are due.
type chunk struct {
	due  time.Time
	data []byte
	end  bool
}

// copy carries one direction: bytes that wait are delivered when the line is
// open again, in their order, as a network's queues do.
func (p *proxy) copy(to, from net.Conn) {
	queue := make(chan chunk, 1<<12)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(queue)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			select {
			case queue <- chunk{time.Now().Add(p.delay), b[:n], err != nil}:
			case <-p.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
	defer reader.Wait()
	defer func() { _ = from.Close(); _ = to.Close() }()
	for c := range queue {
		if !p.pass(time.Until(c.due)) {
			return
		}
		if c.end {
			return
		}
		if !p.write(to, c.data) {
			return
		}
	}
}

func (p *proxy) pass(d time.Duration) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-p.ctx.Done():
			return false
		}
	}
	p.mu.Lock()
	open := p.open
	p.mu.Unlock()
	select {
	case <-open:
		return true
	case <-p.ctx.Done():
		return false
	}
}

func (p *proxy) write(to io.Writer, b []byte) bool {
	p.mu.Lock()
	drip := p.drip
	p.mu.Unlock()
	if drip == 0 {
		_, err := to.Write(b)
		return err == nil
	}
	for i := range b {
		if _, err := to.Write(b[i : i+1]); err != nil || !p.pass(drip) {
			return false
		}
	}
	return true
}

// hold keeps what passes, in both directions; new connections are accepted and
// nothing of them passes either.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = make(chan struct{})
}

// heal lets through what was held.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.open)
}

// slow lets one byte pass each pause.
func (p *proxy) slow(pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drip = pause
}

// sever breaks all connections.
func (p *proxy) sever() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}
