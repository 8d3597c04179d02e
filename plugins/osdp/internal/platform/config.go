package platform

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// Line is the part of a config block that says where a peripheral is.
type Line struct {
	Port     string `aisle:"port,device" doc:"The RS-485 port that the peripheral is on, such as /dev/ttyUSB0. Either this or addr. Peripherals on one port share it."`
	Addr     string `aisle:"addr,dial" doc:"Host and port of a serial server, or of a peripheral that speaks OSDP over TCP."`
	Baud     int    `aisle:"baud,min=9600,max=230400" default:"9600" doc:"Bits a second of the port, as set at the peripheral."`
	Address  int    `aisle:"address,min=0,max=126" default:"0" doc:"The peripheral's address on its line."`
	Key      string `aisle:"key,sensitive" doc:"The secure channel base key (SCBK) of the peripheral, as 32 hexadecimal digits."`
	Install  bool   `aisle:"install" doc:"Give the key to a peripheral that is in its delivery state. Remove it when that is done: the key travels under one that everybody knows."`
	Clear    bool   `aisle:"clear" doc:"Talk to the peripheral without a secure channel. Whoever holds the line can then read cards and open gates."`
	Checksum bool   `aisle:"checksum" doc:"End messages with the one-byte checksum, for old peripherals."`
}

// onlineWithin is how long opening a device waits for its peripheral. One that is not
// there by then is opened all the same, and says what is wrong with it.
const onlineWithin = 2 * time.Second

// Lines opens the devices of one plugin.
type Lines struct{ lines panel.Lines }

func (l *Lines) join(ctx context.Context, c Line) (*panel.Station, error) {
	o := panel.Options{Address: byte(c.Address), Install: c.Install, Checksum: c.Checksum}
	switch {
	case c.Clear && (c.Key != "" || c.Install):
		return nil, fault.At("clear", fault.New(fault.Invalid, "a peripheral has a key, or is spoken to in the clear: remove one of the two"))
	case !c.Clear && c.Key == "":
		return nil, fault.At("key", fault.New(fault.Invalid, `write key = secret("file:…") with the peripheral's 32 hexadecimal digits, or clear = true for a line that nobody can reach`))
	case !c.Clear:
		var key osdp.Key
		b, err := hex.DecodeString(c.Key)
		if err != nil || len(b) != len(key) {
			return nil, fault.At("key", fault.New(fault.Invalid, "a key is 32 hexadecimal digits"))
		}
		copy(key[:], b)
		if key == osdp.DefaultKey {
			return nil, fault.At("key", fault.New(fault.Invalid, "this is the key that everybody knows: make one, such as with openssl rand -hex 16, and write install = true once"))
		}
		o.Key = &key
	}
	where := panel.Where{Port: c.Port, Addr: c.Addr}
	switch {
	case c.Port != "" && c.Addr != "":
		return nil, fault.At("addr", fault.New(fault.Invalid, "the peripheral is on a port or at an address, not both: remove one of the two"))
	case c.Port != "":
		where.Baud = c.Baud
	case c.Addr == "":
		return nil, fault.At("port", fault.New(fault.Invalid, `write port = "/dev/ttyUSB0" for a serial port, or addr = "host:port" for a network`))
	}
	s, err := l.lines.Join(ctx, where, o)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(onlineWithin); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		if s.Condition().State != sdk.StateOffline {
			break
		}
	}
	return s, nil
}
