// Package line opens the wires to devices: serial lines (RS-232, RS-422, RS-485)
// and TCP, to a device or to a serial server.
//
// Plugins ask over it; what is said is theirs. It promises that a read ends by
// its deadline, that Close ends a read under way, and that what can't be opened
// says what to look at.
package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"go.bug.st/serial"

	"github.com/openaisle/aisle/sdk/fault"
)

// Line is one open wire. One goroutine may read it while another writes.
type Line interface {
	// Name is the port or the address, for people.
	Name() string
	Write(p []byte) (int, error)
	// ReadWithin reads what comes within a time; nothing is os.ErrDeadlineExceeded.
	ReadWithin(p []byte, d time.Duration) (int, error)
	// Close ends a read under way, too.
	Close() error
}

// Frame is how characters travel on a serial line, such as "7E1": data bits,
// parity (N, E or O) and stop bits.
type Frame string

// mode gives the port's settings.
func (f Frame) mode(baud int) (*serial.Mode, error) {
	m := &serial.Mode{BaudRate: baud}
	if len(f) != 3 || f[0] != '7' && f[0] != '8' || f[2] != '1' && f[2] != '2' {
		return nil, fault.Errorf(fault.Invalid, "%q is no frame: write it as 8N1 or 7E1", string(f))
	}
	m.DataBits = int(f[0] - '0')
	switch f[1] {
	case 'N':
	case 'E':
		m.Parity = serial.EvenParity
	case 'O':
		m.Parity = serial.OddParity
	default:
		return nil, fault.Errorf(fault.Invalid, "%q is no frame: its parity is N, E or O", string(f))
	}
	if f[2] == '2' {
		m.StopBits = serial.TwoStopBits
	}
	return m, nil
}

// Serial opens a port at a speed in bits a second. What is wrong is at the
// attribute frame or port.
func Serial(name string, baud int, frame Frame) (Line, error) {
	mode, err := frame.mode(baud)
	if err != nil {
		return nil, fault.At("frame", err)
	}
	p, err := serial.Open(name, mode)
	if err != nil {
		return nil, fault.At("port", fault.Wrap(fault.Unavailable, "open "+name, err))
	}
	return port{p, name}, nil
}

// Dial connects to a device or a serial server at host and port. What is wrong
// is at the attribute addr.
func Dial(ctx context.Context, addr string, within time.Duration) (Line, error) {
	conn, err := (&net.Dialer{Timeout: within}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fault.At("addr", fault.Wrap(fault.Unavailable, "reach "+addr, err))
	}
	return On(conn, addr), nil
}

// On is a line on a connection that there is already.
func On(conn net.Conn, name string) Line { return connection{conn, name} }

type port struct {
	serial.Port
	name string
}

func (p port) Name() string { return p.name }

func (p port) ReadWithin(b []byte, d time.Duration) (int, error) {
	if err := p.SetReadTimeout(max(d, time.Millisecond)); err != nil {
		return 0, err
	}
	n, err := p.Read(b)
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	var port *serial.PortError
	if errors.As(err, &port) && port.Code() == serial.PortClosed || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENODEV) {
		err = fmt.Errorf("%s: %w", portGone, err)
	}
	return n, err
}

func (p port) Write(b []byte) (int, error) {
	n, err := p.Port.Write(b)
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENODEV) {
		err = fmt.Errorf("%s: %w", portGone, err)
	}
	return n, err
}

// portGone is said of a port that ended under its reader.
const portGone = "the port is gone: was its cable pulled out, or what is behind it switched off?"

type connection struct {
	net.Conn
	name string
}

func (c connection) Name() string { return c.name }

func (c connection) ReadWithin(b []byte, d time.Duration) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		return 0, err
	}
	return c.Read(b)
}
