package rfid_test

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
	"github.com/openaisle/aisle/sdk/rfid"
)

// Config is what an integrator writes in the reader's config block.
type Config struct {
	Addr string `aisle:"addr,required,dial" doc:"Host and port of the reader."`
}

// lane is a reader that tells of a tag a line: "EPC antenna centi-dBm reads".
type lane struct{ conn net.Conn }

func open(ctx context.Context, _ sdk.Env, c Config) (rfid.Reader, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fault.At("addr", fault.Wrap(fault.Unavailable, "reach the reader", err))
	}
	return &lane{conn}, nil
}

func (l *lane) Run(ctx context.Context, report func(observe.Tag)) error {
	defer context.AfterFunc(ctx, func() { _ = l.conn.Close() })()
	for lines := bufio.NewScanner(l.conn); lines.Scan(); {
		t := observe.Tag{Interval: observe.At(time.Now())}
		var power int32
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %d %d", &t.EPC, &t.Antenna, &power, &t.Reads); err != nil {
			return fault.Wrap(fault.Unavailable, "read a tag", err)
		}
		t.Power = measure.Power(power)
		report(t)
	}
	return io.ErrUnexpectedEOF // the host opens the reader again
}

func Example() {
	driver := rfid.Driver("lane", open)
	// In a plugin's main:
	//	sdk.Serve(sdk.Plugin{Name: "acme/lane", Version: "1.0.0", Drivers: []sdk.Driver{driver}})
	fmt.Println(driver.Class, driver.Name, driver.Check())

	near, far := net.Pipe()
	go func() {
		fmt.Fprintln(far, "3074257BF7194E4000001A85 1 -5525 3")
		far.Close()
	}()
	err := (&lane{near}).Run(context.Background(), func(t observe.Tag) { fmt.Println(t.EPC, t.Antenna, t.Power, t.Reads) })
	fmt.Println(err)
	// Output:
	// rfid lane <nil>
	// 3074257BF7194E4000001A85 1 -55.25 dBm 3
	// unexpected EOF
}
