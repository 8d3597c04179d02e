package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
)

// MaxLine is the longest line either end takes.
const MaxLine = 64 << 10

// writeTimeout is how long a peer may leave its socket full. A peer that reads
// nothing for this long is gone for all purposes of the clock.
const writeTimeout = 5 * time.Second

// Conn is one connection. Reading is for one goroutine, writing for many.
type Conn struct {
	raw     net.Conn
	scanner *bufio.Scanner
	mu      sync.Mutex
}

// NewConn puts the line protocol on a socket.
func NewConn(raw net.Conn) *Conn {
	s := bufio.NewScanner(raw)
	s.Buffer(make([]byte, 0, 4096), MaxLine)
	return &Conn{raw: raw, scanner: s}
}

// Dial connects to a world's address, such as "unix:/run/aisle/world.sock".
// Code invalid is an address that can't be one, unavailable a world that isn't
// there.
func Dial(ctx context.Context, address string) (*Conn, error) {
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return nil, fault.Errorf(fault.Invalid, "%q is no address of a world: it is \"unix:\" and the path of its socket", address)
	}
	var d net.Dialer
	raw, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "connect to the world", err)
	}
	return NewConn(raw), nil
}

// Read reads one line into v. It ends with an error when the peer is gone.
func (c *Conn) Read(v any) error {
	if !c.scanner.Scan() {
		if err := c.scanner.Err(); err != nil {
			return err
		}
		return net.ErrClosed
	}
	if err := json.Unmarshal(c.scanner.Bytes(), v); err != nil {
		return fmt.Errorf("read a line of the world's protocol: %w", err)
	}
	return nil
}

// Write writes the messages, one a line, in one call to the system.
func (c *Conn) Write(messages ...any) error {
	var buf []byte
	for _, m := range messages {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		buf = append(append(buf, b...), '\n')
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.raw.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.raw.Write(buf)
	return err
}

// CloseWrite says that no more lines come. The peer reads what was written and
// then the end.
func (c *Conn) CloseWrite() error {
	half, ok := c.raw.(interface{ CloseWrite() error })
	if !ok {
		return fault.New(fault.Unsupported, "the socket can't be half closed")
	}
	return half.CloseWrite()
}

// Close ends the connection; a Read that waits returns.
func (c *Conn) Close() error { return c.raw.Close() }
