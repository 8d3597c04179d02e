package gate_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

// Config is what an integrator writes in the gate's config block.
type Config struct {
	Addr    string        `aisle:"addr,required,dial" doc:"Host and port of the lane controller."`
	Timeout time.Duration `aisle:"timeout,min=100ms" default:"2s" doc:"How long the controller may take."`
}

// speedlane is a whole vendor gate: a controller that is told "OPEN session
// bodies expiry", answers "OK", and tells of bodies as "IN session" and "OUT".
type speedlane struct {
	conn    net.Conn
	timeout time.Duration
	answers chan string
	opened  map[string]bool
}

func open(ctx context.Context, _ sdk.Env, c Config) (gate.Gate, error) {
	conn, err := (&net.Dialer{Timeout: c.Timeout}).DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fault.At("addr", fault.Wrap(fault.Unavailable, "reach the controller", err))
	}
	return &speedlane{conn, c.Timeout, make(chan string, 1), map[string]bool{}}, nil
}

func (s *speedlane) Run(ctx context.Context, report func(observe.Passage)) error {
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })()
	for lines := bufio.NewScanner(s.conn); lines.Scan(); {
		now := observe.At(time.Now())
		switch verb, session, _ := strings.Cut(lines.Text(), " "); verb {
		case "IN":
			report(observe.Passage{Interval: now, Direction: observe.DirectionIn, Admission: session})
		case "OUT":
			report(observe.Passage{Interval: now, Direction: observe.DirectionOut})
		case "OK":
			s.answers <- verb
		}
	}
	return io.ErrUnexpectedEOF // the host opens the gate again
}

func (s *speedlane) Admit(_ context.Context, a gate.Admission) error {
	if s.opened[a.Session] {
		return nil // the same session is the same admission
	}
	fmt.Fprintf(s.conn, "OPEN %s %d %d\n", a.Session, a.Bodies, a.Expires.UnixMilli())
	select {
	case <-s.answers:
		s.opened[a.Session] = true
		return nil
	case <-time.After(s.timeout):
		return fault.New(fault.Unknown, "the controller does not say whether it opened")
	}
}

// This file is a whole vendor's gate. Its main is one call.
func Example() {
	plugin := sdk.Plugin{Name: "acme/speedlane", Version: "1.4.0", Drivers: []sdk.Driver{gate.Driver("speedlane", open)}}
	// In a plugin's main: sdk.Serve(plugin)
	for _, d := range plugin.Drivers {
		fmt.Println(d.Class, d.Name, d.Check())
		for _, a := range d.Schema.Attributes {
			fmt.Println(" ", a.Name, a.Type, a.Doc)
		}
	}
	// Output:
	// gate speedlane <nil>
	//   addr string Host and port of the lane controller.
	//   timeout duration How long the controller may take.
}
