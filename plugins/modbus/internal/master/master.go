// Package master is the asking side of Modbus on a serial line or TCP. A line has
// one question under way at a time, whichever of its devices asks.
//
// The protocol is simonvetter/modbus's. What this adds: devices share a line, a
// line that broke is opened anew at the next question, and errors say whether a
// write may have happened.
package master

import (
	"errors"
	"io"
	"log"
	"strings"
	"sync"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/openaisle/aisle/sdk/fault"
)

// Where is a line: what is the same is the same line.
type Where struct {
	// Port, Baud and Frame (8N1 or such) are of RTU on a serial one.
	Port, Frame string
	Baud        int
	// Addr is host and port of Modbus/TCP, or with RTU of a serial server.
	Addr string
	RTU  bool
}

// String is the port or the address, for people.
func (w Where) String() string {
	if w.Port != "" {
		return w.Port
	}
	return w.Addr
}

func (w Where) configuration(answer time.Duration) (*modbus.ClientConfiguration, error) {
	c := &modbus.ClientConfiguration{Timeout: answer, Speed: uint(w.Baud), DataBits: 8, Logger: log.New(io.Discard, "", 0)}
	switch {
	case w.Port != "":
		c.URL = "rtu://" + w.Port
		parity, ok := map[string]uint{"N": modbus.PARITY_NONE, "E": modbus.PARITY_EVEN, "O": modbus.PARITY_ODD}[w.Frame[1:2]]
		if !ok || len(w.Frame) != 3 || w.Frame[0] != '8' || !strings.ContainsAny(w.Frame[2:], "12") {
			return nil, fault.At("frame", fault.Errorf(fault.Invalid, "%q is no frame: Modbus RTU has 8 data bits, such as 8E1", w.Frame))
		}
		c.Parity, c.StopBits = parity, uint(w.Frame[2]-'0')
	case w.RTU:
		c.URL = "rtuovertcp://" + w.Addr
	default:
		c.URL = "tcp://" + w.Addr
	}
	return c, nil
}

func (w Where) client(answer time.Duration) (*modbus.ModbusClient, error) {
	c, err := w.configuration(answer)
	if err != nil {
		return nil, err
	}
	client, err := modbus.NewClient(c)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, w.String(), err)
	}
	return client, nil
}

// Lines are the lines that devices have joined.
type Lines struct {
	mu   sync.Mutex
	open map[Where]*line
}

// line is one, with how many devices are on it.
type line struct {
	where Where
	users int // guarded by Lines

	mu     sync.Mutex // one question at a time
	client *modbus.ModbusClient
	answer time.Duration // how long the slowest of its devices may take
	up     bool
	spoke  bool // an answer came on it
	noisy  bool // something came on it that is none
}

// Station is a device's place on a line. Leave it when done.
type Station struct {
	unit   uint8
	answer time.Duration
	line   *line
	lines  *Lines
	leave  sync.Once
	spoke  bool // the device answered; guarded by the line
}

// Join opens a line, or shares it where another device has it. The device may take so long to
// answer.
func (l *Lines) Join(where Where, unit int, answer time.Duration) (*Station, error) {
	if where.Port != "" && len(where.Frame) < 2 {
		where.Frame = "8E1"
	}
	client, err := where.client(answer)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	on := l.open[where]
	if on == nil {
		on = &line{where: where, client: client, answer: answer}
		if l.open == nil {
			l.open = map[Where]*line{}
		}
		l.open[where] = on
	}
	on.users++
	return &Station{unit: uint8(unit), answer: answer, line: on, lines: l}, nil
}

// Leave gives the place up, and the line where nobody else is on it.
func (s *Station) Leave() {
	s.leave.Do(func() {
		s.lines.mu.Lock()
		defer s.lines.mu.Unlock()
		if s.line.users--; s.line.users > 0 {
			return
		}
		delete(s.lines.open, s.line.where)
		s.line.mu.Lock()
		defer s.line.mu.Unlock()
		s.line.shut()
	})
}

// Ask does one question. A question that writes says so: where its answer does
// not come, nobody knows whether it happened, and the fault's code is unknown.
func (s *Station) Ask(what string, writes bool, question func(c *modbus.ModbusClient) error) error {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	if err := s.line.waits(s.answer); err != nil {
		return err
	}
	if !s.line.up {
		if err := s.line.client.Open(); err != nil {
			return fault.Wrap(fault.Unavailable, what+" at "+s.line.where.String(), err)
		}
		s.line.up = true
	}
	if err := s.line.client.SetUnitId(s.unit); err != nil {
		return fault.Wrap(fault.Unavailable, what, err)
	}
	err := question(s.line.client)
	var said modbus.Error
	switch {
	case err == nil:
		s.spoke, s.line.spoke = true, true
		return nil
	case errors.As(err, &said) && answered(said):
		s.spoke, s.line.spoke = true, true
		return fault.Wrap(fault.Refused, what, err)
	}
	s.line.shut() // what comes late is no answer to the next question
	code := fault.Unavailable
	if writes {
		code = fault.Unknown
	}
	return fault.Wrap(code, what+" at "+s.line.where.String(), s.likely(err))
}

// waits has a line wait as long for answers as the slowest of its devices may take.
func (l *line) waits(answer time.Duration) error {
	if answer <= l.answer {
		return nil
	}
	client, err := l.where.client(answer)
	if err != nil {
		return err
	}
	l.shut()
	l.client, l.answer = client, answer
	return nil
}

func (l *line) shut() {
	if l.up {
		_ = l.client.Close()
		l.up = false
	}
}

// answered says whether an error is what the device said (Modbus Application
// Protocol 1.1b3, section 7), and not what became of the line.
func answered(e modbus.Error) bool {
	switch e {
	case modbus.ErrIllegalFunction, modbus.ErrIllegalDataAddress, modbus.ErrIllegalDataValue, modbus.ErrServerDeviceFailure,
		modbus.ErrAcknowledge, modbus.ErrServerDeviceBusy, modbus.ErrMemoryParityError, modbus.ErrGWPathUnavailable:
		return true
	}
	return false
}
