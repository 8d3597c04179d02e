package shelf_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Config is what an integrator writes in the shelf's config block.
type Config struct {
	Addr      string       `aisle:"addr,required,dial" doc:"Host and port of the scale terminal."`
	Deviation measure.Mass `aisle:"deviation" default:"1 g" doc:"Standard uncertainty of a change."`
}

// terminal is a scale terminal that tells a settled bay a line, "bay grams", and
// restates all bays at "?". Sdk/signal helps where only raw samples come.
type terminal struct {
	conn      net.Conn
	deviation measure.Mass
}

func open(ctx context.Context, _ sdk.Env, c Config) (shelf.Shelf, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fault.At("addr", fault.Wrap(fault.Unavailable, "reach the terminal", err))
	}
	return &terminal{conn, c.Deviation}, nil
}

func (s *terminal) Run(ctx context.Context, report func(observe.Weight)) error {
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })()
	if _, err := fmt.Fprintln(s.conn, "?"); err != nil {
		return fault.Wrap(fault.Unavailable, "ask for all bays", err)
	}
	for lines := bufio.NewScanner(s.conn); lines.Scan(); {
		w := observe.Weight{Interval: observe.At(time.Now()), Deviation: s.deviation}
		var grams int64
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w.Bay, &grams); err != nil {
			return fault.Wrap(fault.Unavailable, "read a bay", err)
		}
		w.Mass = measure.Mass(grams) * measure.Gram
		report(w)
	}
	return io.ErrUnexpectedEOF // the host opens the shelf again
}

// Tare makes the terminal a shelf.Tarer: the SDK announces the ability.
func (s *terminal) Tare(_ context.Context, bay int) error {
	_, err := fmt.Fprintln(s.conn, "T", bay)
	return fault.Wrap(fault.Unknown, "tare", err)
}

func Example() {
	driver := shelf.Driver("terminal", open)
	// In a plugin's main:
	//	sdk.Serve(sdk.Plugin{Name: "acme/scales", Version: "1.0.0", Drivers: []sdk.Driver{driver}})
	fmt.Println(driver.Class, driver.Name, driver.Check())

	near, far := net.Pipe()
	go func() {
		question, _ := bufio.NewReader(far).ReadString('\n')
		fmt.Fprintf(far, "1 3450\n2 0\n")
		fmt.Print("asked ", question)
		far.Close()
	}()
	err := (&terminal{near, measure.Gram}).Run(context.Background(), func(w observe.Weight) { fmt.Println(w.Bay, w.Mass) })
	fmt.Println(err)
	// Unordered output:
	// shelf terminal <nil>
	// asked ?
	// 1 3.45 kg
	// 2 0 g
	// unexpected EOF
}
