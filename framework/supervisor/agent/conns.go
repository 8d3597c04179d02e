package agent

import (
	"context"
	"net"
	"sync"

	"google.golang.org/grpc/peer"
)

// listener bounds an agent's connections and gives each call the one that it
// came over.
type listener struct {
	net.Listener
	slots chan struct{}
}

func newListener(l net.Listener) *listener { return &listener{l, make(chan struct{}, MaxConns)} }

// Accept waits for a connection. Those over the limit are closed at once.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.slots <- struct{}{}:
			return &conn{Conn: c, release: sync.OnceFunc(func() { <-l.slots })}, nil
		default:
			_ = c.Close() // nobody is owed an answer
		}
	}
}

// conn is one connection to an agent.
type conn struct {
	net.Conn
	release func()
}

// RemoteAddr carries the connection along to the calls.
func (c *conn) RemoteAddr() net.Addr { return &connAddr{c.Conn.RemoteAddr(), c} }

// Close closes the connection.
func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// cut ends the connection without sending what is left to send.
func (c *conn) cut() { cut(c.Conn); c.release() }

type connAddr struct {
	net.Addr
	conn *conn
}

// connOf is the connection that a call came over, or nil.
func connOf(ctx context.Context) *conn {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	a, ok := p.Addr.(*connAddr)
	if !ok {
		return nil
	}
	return a.conn
}

// cut closes a connection so that what the kernel has not sent is never sent: a
// command that is held up must not arrive when the line is back.
func cut(c net.Conn) {
	if t, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = t.SetLinger(0) // closed already, then
	}
	_ = c.Close() // it ends either way
}
