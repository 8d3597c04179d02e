package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Stat counts what went through one address. Bytes are of the plugin's view.
type Stat struct {
	Address string `json:"address"`
	// Open are connections now, Accepted all that were carried, Refused those
	// over the limit and Failed those whose dial failed.
	Open     int64 `json:"open"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
	Failed   int64 `json:"failed"`
	Sent     int64 `json:"sent_bytes"`
	Received int64 `json:"received_bytes"`
	// Error is why the last dial failed; empty if it did not.
	Error string `json:"error,omitempty"`
}

// target is one granted address.
type target struct {
	address  string
	listener net.Listener
	dialer   net.Dialer

	open, accepted, refused, failed, sent, received atomic.Int64

	lastError atomic.Pointer[string]
	noted     atomic.Int64 // when it was last written of in the log, nanoseconds
}

func newTarget(t Target, l Limits, resolver *net.Resolver) (*target, error) {
	v := &target{address: t.Address, listener: t.Listener}
	if t.Listener == nil {
		return v, fmt.Errorf("address %q: it has no listener", t.Address)
	}
	host, port, err := net.SplitHostPort(t.Address)
	if err != nil {
		return v, fmt.Errorf("address %q: %w", t.Address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return v, fmt.Errorf("address %q: the port must be a number from 1 to 65535", t.Address)
	}
	if host == "" || strings.ContainsAny(host, "*/ ") {
		return v, fmt.Errorf("address %q: it must name one host", t.Address)
	}
	v.dialer = net.Dialer{
		Timeout: l.DialWithin, Resolver: resolver,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: KeepAliveIdle, Interval: KeepAliveEvery, Count: KeepAliveCount},
	}
	if _, err := netip.ParseAddr(host); err != nil && !isLocalhost(host) {
		v.dialer.Control = refuseOwn
	}
	return v, nil
}

// isLocalhost: the names that mean this machine (RFC 6761, section 6.3).
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

var errOwn = errors.New("a name must not lead to this machine itself or to a link-local address; grant the IP address if that is what is meant")

// refuseOwn refuses the addresses that a name from outside has no business to
// lead to: whoever answers for the name would reach what listens for this
// machine alone (DNS rebinding).
func refuseOwn(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	a := ap.Addr().Unmap()
	if a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return fmt.Errorf("%s: %w", a, errOwn)
	}
	return nil
}

// dial opens the connection that was granted.
func (t *target) dial(ctx context.Context) (*net.TCPConn, error) {
	c, err := t.dialer.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("dialled a %T", c)
	}
	return tcp, nil
}

// outcome takes note of a dial, and reports whether the log should, too.
func (t *target) outcome(err error, now time.Time, every time.Duration) bool {
	if err == nil {
		t.lastError.Store(nil)
		return false
	}
	t.failed.Add(1)
	text := err.Error()
	t.lastError.Store(&text)
	last := t.noted.Load()
	return now.UnixNano()-last >= int64(every) && t.noted.CompareAndSwap(last, now.UnixNano())
}

func (t *target) stat() Stat {
	s := Stat{
		Address: t.address, Open: t.open.Load(), Accepted: t.accepted.Load(), Refused: t.refused.Load(),
		Failed: t.failed.Load(), Sent: t.sent.Load(), Received: t.received.Load(),
	}
	if e := t.lastError.Load(); e != nil {
		s.Error = *e
	}
	return s
}
