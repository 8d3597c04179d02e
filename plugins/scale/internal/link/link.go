// Package link is the wire to a scale: a serial port, or TCP to a scale or a
// serial server. It asks and gives the first whole answer.
//
// It knows no protocol. It promises that asking ends by its deadline, whatever
// comes: nothing, garbage, a byte a second, or no end.
package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"go.bug.st/serial"

	"github.com/openaisle/aisle/sdk/fault"
)

// Link is one open wire. Ask may be called by one goroutine at a time.
type Link struct {
	wire wire
	name string
	kept []byte
}

// wire is a port or a connection.
type wire interface {
	Write(p []byte) (int, error)
	// ReadWithin reads what comes within a time; nothing is os.ErrDeadlineExceeded.
	ReadWithin(p []byte, d time.Duration) (int, error)
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

// Serial opens a port.
func Serial(name string, baud int, frame Frame) (*Link, error) {
	mode, err := frame.mode(baud)
	if err != nil {
		return nil, fault.At("frame", err)
	}
	p, err := serial.Open(name, mode)
	if err != nil {
		return nil, fault.At("port", fault.Wrap(fault.Unavailable, "open "+name, err))
	}
	return &Link{wire: port{p}, name: name}, nil
}

// Dial connects to a scale or a serial server.
func Dial(ctx context.Context, addr string, within time.Duration) (*Link, error) {
	conn, err := (&net.Dialer{Timeout: within}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fault.At("addr", fault.Wrap(fault.Unavailable, "reach the scale", err))
	}
	return &Link{wire: connection{conn}, name: addr}, nil
}

// Name is the port or the address, for people.
func (l *Link) Name() string { return l.name }

// Close ends what is being asked, too.
func (l *Link) Close() error { return l.wire.Close() }

// ErrSilent is of a wire on which no whole answer came in time.
var ErrSilent = errors.New("no whole answer came in time")

// Ask sends a question and gives the first answer that frame finds and that
// accept takes. What came before the question is thrown away: it answers an
// earlier one that nobody waits for any more.
func (l *Link) Ask(question []byte, frame func([]byte) int, accept func(answer []byte) bool, most int, within time.Duration) error {
	l.drain()
	end := time.Now().Add(within)
	if _, err := l.wire.Write(question); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	var chunk [256]byte
	for {
		for n := frame(l.kept); n > 0; n = frame(l.kept) {
			answer := l.kept[:n]
			l.kept = l.kept[n:]
			if accept(answer) {
				return nil
			}
		}
		if len(l.kept) > most {
			l.kept = l.kept[:0]
			return fmt.Errorf("%d characters without an end: %w", most, ErrSilent)
		}
		left := time.Until(end)
		if left <= 0 {
			return ErrSilent
		}
		n, err := l.wire.ReadWithin(chunk[:], left)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		l.kept = append(l.kept, chunk[:n]...)
	}
}

// maxDrained bounds what is thrown away before a question: a wire that never
// stops talking is no reason never to ask.
const maxDrained = 64 << 10

// drain throws away what has come. What is wrong with the wire is found by who
// asks.
func (l *Link) drain() {
	l.kept = l.kept[:0]
	var chunk [1024]byte
	for total := 0; total < maxDrained; {
		n, err := l.wire.ReadWithin(chunk[:], time.Millisecond)
		total += n
		if n == 0 || err != nil {
			return
		}
	}
}

type port struct{ serial.Port }

func (p port) ReadWithin(b []byte, d time.Duration) (int, error) {
	if err := p.SetReadTimeout(max(d, time.Millisecond)); err != nil {
		return 0, err
	}
	n, err := p.Read(b)
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

type connection struct{ net.Conn }

func (c connection) ReadWithin(b []byte, d time.Duration) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		return 0, err
	}
	return c.Read(b)
}
