package server

import (
	"net"
	"sync/atomic"

	"google.golang.org/grpc/peer"

	"github.com/openaisle/aisle/sdk/internal/wire"
)

// lookout looks for the next ones of many commands, while who receives waits for
// gRPC and gRPC's own goroutine for the socket: as long as it looks, the thread
// that all of them share doesn't go to sleep. What it finds it leaves there, and
// ends: then Go's scheduler sees that there is something to read.
type lookout struct {
	wire.Lookout
	looking  atomic.Bool
	received atomic.Uint64 // counts messages
	asked    bool          // for sockets
	sockets  *sockets      // nil where there are none to look at
}

// manyRuns is how many commands have to come at once for the next ones to be
// looked for: half of the fewest that a host sends in two messages.
const manyRuns = 8

// lookOut is called by who receives before it waits.
func (c *commander) lookOut() {
	if !c.asked {
		c.asked = true
		if p, ok := peer.FromContext(c.ctx); ok {
			if at, ok := p.LocalAddr.(*net.UnixAddr); ok {
				c.sockets = socketsOf(at.Name)
			}
		}
	}
	if c.sockets == nil || c.looking.Swap(true) {
		return
	}
	received := c.received.Load()
	c.workers.Go(func() { // ends in a moment
		before := c.Looks()
		c.Look(func() bool { return c.received.Load() != received || c.sockets.something() })
		c.server.looks.Add(c.Looks() - before)
		c.looking.Store(false)
	})
}
