package platform

import (
	"context"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/line"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Config is the config block of a scale on a wire.
type Config struct {
	Port      string        `aisle:"port,device" doc:"The serial port that the scale is on, such as /dev/ttyUSB0. Either this, usb_serial or addr."`
	USB       string        `aisle:"usb_serial,usb" doc:"The serial number of the scale's USB device, or of its adapter's, as udevadm info shows it: the scale is looked for by it each time that it is opened, and found under whatever name its port has."`
	Addr      string        `aisle:"addr,dial" doc:"Host and port of the scale, or of the serial server that it is on."`
	Baud      int           `aisle:"baud,min=300,max=921600" default:"9600" doc:"Bits a second of the port, as set at the scale."`
	Frame     string        `aisle:"frame" doc:"Data bits, parity and stop bits of the port, as set at the scale: 8N1 or 7E1, say. By default what scales of the protocol are delivered with."`
	Unit      string        `aisle:"unit,one_of=g|kg|lb|oz" default:"kg" doc:"The unit that the scale is set to. Only Toledo 8213 and 8217 do not say it themselves."`
	Poll      time.Duration `aisle:"poll,min=20ms,max=1s" default:"100ms" doc:"How often the scale is asked."`
	Answer    time.Duration `aisle:"answer,min=50ms,max=10s" default:"1s" doc:"How long it may take to answer."`
	Division  measure.Mass  `aisle:"division" default:"1 g" doc:"The scale interval d, from its plate."`
	MinChange measure.Mass  `aisle:"min_change" default:"5 g" doc:"The least change that is reported; two divisions or more."`
	Hold      time.Duration `aisle:"hold,min=100ms,max=5s" default:"800ms" doc:"How long the scale must call its load stable."`
}

// Driver gives a driver's open for a protocol whose scales are delivered with a
// frame.
func Driver(speaks func(Config) dialect.Dialect, frame line.Frame) func(context.Context, sdk.Env, Config) (shelf.Shelf, error) {
	return func(ctx context.Context, _ sdk.Env, c Config) (shelf.Shelf, error) {
		if c.Frame == "" {
			c.Frame = string(frame)
		}
		filter, err := signal.NewIndicator(&signal.IndicatorOptions{
			Division: grams(c.Division), MinChange: grams(c.MinChange), Hold: c.Hold, Gap: max(2*time.Second, 2*c.Answer),
		})
		if err != nil {
			return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
		}
		l, err := open(ctx, c)
		if err != nil {
			return nil, err
		}
		a := &asker{link: l, speaks: speaks(c), answer: c.Answer}
		if err := a.first(ctx); err != nil {
			_ = a.Close()
			return nil, fault.At(c.where(), err)
		}
		s := New(a, filter, c.Poll)
		if t, ok := a.speaks.(dialect.Tarer); ok {
			return &tarer{s, a, t}, nil
		}
		return s, nil
	}
}

// where names the attribute that says where the scale is.
func (c Config) where() string {
	switch {
	case c.Port != "":
		return "port"
	case c.USB != "":
		return "usb_serial"
	}
	return "addr"
}

func grams(m measure.Mass) float64 { return float64(m) / float64(measure.Gram) }

func open(ctx context.Context, c Config) (*link.Link, error) {
	switch {
	case c.Addr != "" && (c.Port != "" || c.USB != ""):
		return nil, fault.At("addr", fault.New(fault.Invalid, "the scale is on a port or at an address, not both: remove one of the two"))
	case c.USB != "" && c.Port != "":
		return nil, fault.At("usb_serial", fault.New(fault.Invalid, "the scale is on a port of one name or on a USB device, whose port has many: remove one of the two"))
	case c.USB != "":
		return asked(line.SerialUSB(c.USB, c.Baud, line.Frame(c.Frame)))
	case strings.ContainsAny(c.Port, "*?["):
		return nil, fault.At("port", fault.Errorf(fault.Invalid, "%s are many: write usb_serial, or the one port", c.Port))
	case c.Port != "":
		return asked(line.Serial(c.Port, c.Baud, line.Frame(c.Frame)))
	case c.Addr != "":
		return asked(line.Dial(ctx, c.Addr, c.Answer))
	}
	return nil, fault.At("port", fault.New(fault.Invalid, `write port = "/dev/ttyUSB0" for a serial port, usb_serial for one on USB, or addr = "host:port" for a network`))
}

func asked(l line.Line, err error) (*link.Link, error) {
	if err != nil {
		return nil, err
	}
	return link.New(l), nil
}
