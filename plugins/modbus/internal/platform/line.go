package platform

import (
	"time"

	"github.com/openaisle/aisle/plugins/modbus/internal/master"
	"github.com/openaisle/aisle/sdk/fault"
)

// Line is the part of a config block that says where a Modbus device is.
type Line struct {
	Port   string        `aisle:"port,device" doc:"The serial port of Modbus RTU, such as /dev/ttyUSB0. Either this or addr. Devices on one port share it."`
	Baud   int           `aisle:"baud,min=1200,max=921600" default:"19200" doc:"Bits a second of the port, as set at the device."`
	Frame  string        `aisle:"frame,one_of=8N1|8N2|8E1|8O1" default:"8E1" doc:"Data bits, parity and stop bits of the port."`
	Addr   string        `aisle:"addr,dial" doc:"Host and port of Modbus/TCP, or of a serial server."`
	RTU    bool          `aisle:"rtu" doc:"At addr is a serial server that hands Modbus RTU through."`
	Unit   int           `aisle:"unit,min=1,max=247" default:"1" doc:"The unit identifier, or slave address."`
	Answer time.Duration `aisle:"answer,min=20ms,max=10s" default:"300ms" doc:"How long the device may take to answer."`
}

// Lines opens the devices of one plugin.
type Lines struct{ lines master.Lines }

func (l *Lines) join(c *Line) (*master.Station, error) {
	var w master.Where
	switch {
	case c.Port != "" && c.Addr != "":
		return nil, fault.At("addr", fault.New(fault.Invalid, "the device is on a port or at an address, not both: remove one of the two"))
	case c.Port != "":
		w.Port, w.Baud, w.Frame = c.Port, c.Baud, c.Frame
	case c.Addr != "":
		w.Addr, w.RTU = c.Addr, c.RTU
	default:
		return nil, fault.At("port", fault.New(fault.Invalid, `write port = "/dev/ttyUSB0" for Modbus RTU, or addr = "host:502" for Modbus/TCP`))
	}
	return l.lines.Join(w, c.Unit, c.Answer)
}

// at says at which attribute a question failed: what the device refused is asked
// for at path; otherwise it is the line.
func (c *Line) at(path string, err error) error {
	switch {
	case fault.CodeOf(err) == fault.Refused:
		return fault.At(path, err)
	case c.Port != "":
		return fault.At("port", err)
	}
	return fault.At("addr", err)
}

// lostAfter is how many questions in a row may fail before a device is lost: one
// may meet a device that restarts, two a cable that is pushed in again.
const lostAfter = 3
