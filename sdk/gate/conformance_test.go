package gate_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// controller is the example's hardware: it counts bodies, and the way out is
// free whoever is connected.
type controller struct {
	lis  net.Listener
	wait sync.WaitGroup

	mu       sync.Mutex
	arrived  *sync.Cond
	conn     net.Conn
	dialled  int // by the driver
	accepted int
	leaves   []string
}

func newController(t testing.TB) *controller {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &controller{lis: lis}
	c.arrived = sync.NewCond(&c.mu)
	c.wait.Go(func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.conn = conn
			c.accepted++
			c.arrived.Broadcast()
			c.mu.Unlock()
			c.wait.Go(func() { c.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = lis.Close(); c.wait.Wait() })
	return c
}

func (c *controller) serve(conn net.Conn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		var session string
		var bodies int
		var expires int64
		if _, err := fmt.Sscanf(lines.Text(), "OPEN %s %d %d", &session, &bodies, &expires); err != nil {
			continue
		}
		c.mu.Lock()
		for range bodies {
			if time.UnixMilli(expires).After(time.Now()) {
				c.leaves = append(c.leaves, session)
			}
		}
		_, _ = fmt.Fprintln(conn, "OK") // a gate that is gone asks again
		c.mu.Unlock()
	}
}

// open is the example's, counted: a dial returns before the other end accepts.
func (c *controller) open(ctx context.Context, env sdk.Env, conf Config) (gate.Gate, error) {
	g, err := open(ctx, env, conf)
	if err == nil {
		c.mu.Lock()
		c.dialled++
		c.mu.Unlock()
	}
	return g, err
}

// pass is a body that walks up to the lane.
func (c *controller) pass(d observe.Direction) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.accepted < c.dialled {
		c.arrived.Wait()
	}
	if d == observe.DirectionOut {
		_, _ = fmt.Fprintln(c.conn, "OUT") // nobody need listen for the way to be free
		return true
	}
	if len(c.leaves) == 0 {
		return false
	}
	session := c.leaves[0]
	c.leaves = c.leaves[1:]
	_, _ = fmt.Fprintln(c.conn, "IN", session)
	return true
}

// TestExampleConforms is all that a vendor's test is.
func TestExampleConforms(t *testing.T) {
	c := newController(t)
	gatetest.Run(t, gatetest.Harness{
		Subject: classtest.Subject{
			Driver: "speedlane", Config: fmt.Sprintf(`{"addr":%q}`, c.lis.Addr()),
			Start: func(t testing.TB) *host.Plugin {
				c.mu.Lock()
				c.leaves = nil
				c.mu.Unlock()
				return classtest.InProcess(t, sdk.Plugin{
					Name: "acme/speedlane", Version: "1.4.0", Drivers: []sdk.Driver{gate.Driver("speedlane", c.open)},
				})
			},
		},
		Pass:   func(_ testing.TB, d observe.Direction) bool { return c.pass(d) },
		Counts: true,
	})
}
