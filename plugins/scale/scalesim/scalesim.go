// Package scalesim is a scale to develop against: it answers as MT-SICS, NCI,
// NCI-ECR and Toledo scales do, of a load that its user puts on it, and can
// misbehave.
//
// It was written from the vendors' manuals beside package dialect, so it proves
// nothing about real scales; the recorded answers in the tests do.
package scalesim

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
)

// Scale is one simulated scale. The zero value is an empty one.
type Scale struct {
	mu     sync.Mutex
	load   float64 // grams
	tare   float64
	moving int // answers for which it moves yet
	fault  Fault
	asked  int // questions that came
}

// Fault is a way to misbehave.
type Fault int

// The faults.
const (
	None     Fault = iota
	Overload       // the load is beyond the capacity
	Silent         // it answers nothing
	Garbage        // it answers noise
	Restart        // it says its serial number once, as after being switched on
)

// movingFor is for how many answers a changed load moves.
const movingFor = 2

// Put changes the load, in grams.
func (s *Scale) Put(grams float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load += grams
	s.moving = movingFor
}

// Move makes the load move for so many answers more.
func (s *Scale) Move(answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moving = answers
}

// Asked gives how many questions came.
func (s *Scale) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Break sets how it misbehaves.
func (s *Scale) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Listen serves every connection until the listener is closed.
func (s *Scale) Listen(l net.Listener, dialect string) error {
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		conns.Go(func() {
			defer func() { _ = c.Close() }()
			_ = s.Serve(c, dialect)
		})
	}
}

// Serve answers on one wire until it ends. The dialect is "sics", "nci", "ecr"
// or "toledo".
func (s *Scale) Serve(wire io.ReadWriter, dialect string) error {
	answer, end := s.sics, byte('\n')
	switch dialect {
	case "sics":
	case "nci", "ecr":
		answer, end = func(q string) string { return s.nci(q, dialect == "ecr") }, '\r'
	case "toledo":
		answer, end = s.toledo, 0
	default:
		return fmt.Errorf("there is no dialect %q: sics, nci, ecr or toledo", dialect)
	}
	for r := bufio.NewReader(wire); ; {
		q, err := question(r, end)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.asked++
		s.mu.Unlock()
		if _, err := io.WriteString(wire, s.faulty(answer(q))); err != nil {
			return err
		}
	}
}

// question reads up to an end, or one character where there is none.
func question(r *bufio.Reader, end byte) (string, error) {
	if end != 0 {
		return r.ReadString(end)
	}
	c, err := r.ReadByte()
	return string(c), err
}

// faulty alters an answer.
func (s *Scale) faulty(answer string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.fault {
	case Silent:
		return ""
	case Garbage:
		return "\xff\x00#!\x03\r\n\r"
	case Restart:
		s.fault = None
		s.tare = 0
		return "I4 A \"B021002593\"\r\n"
	case None, Overload:
	}
	return answer
}

// shows is what it shows, and whether that moves.
func (s *Scale) shows() (grams float64, moving, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moving > 0 {
		s.moving--
		moving = true
	}
	return s.load - s.tare, moving, s.fault == Overload
}

func (s *Scale) sics(q string) string {
	g, moving, over := s.shows()
	switch q {
	case "S\r\n", "SI\r\n":
		switch {
		case over:
			return "S +\r\n"
		case moving:
			return fmt.Sprintf("S D %10.3f kg\r\n", g/1000)
		}
		return fmt.Sprintf("S S %10.3f kg\r\n", g/1000)
	case "T\r\n":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tare = s.load
		return fmt.Sprintf("T S %10.3f kg\r\n", s.tare/1000)
	}
	return "ES\r\n"
}

func (s *Scale) nci(q string, ecr bool) string {
	g, moving, over := s.shows()
	status := []byte("00")
	unit, prefix := "kg", ""
	if ecr {
		status, unit, prefix = []byte("0000"), "KG", "S"
	}
	switch {
	case over:
		status[1] |= 2
	case moving:
		status[0] |= 1
	}
	switch {
	case q == "S\r", q == "W\r" && (over || moving || g < 0):
		return "\n" + prefix + string(status) + "\r\x03"
	case q == "W\r":
		return fmt.Sprintf("\n%06.3f%s\r\n%s%s\r\x03", g/1000, unit, prefix, status)
	}
	return "\n?\r\x03"
}

func (s *Scale) toledo(q string) string {
	g, moving, over := s.shows()
	status := byte(0x60)
	switch {
	case over:
		status |= 2
	case moving:
		status |= 1
	case g < 0:
		status |= 4
	}
	if q != "W" || status != 0x60 {
		return "\x02?" + string(status) + "\r"
	}
	return fmt.Sprintf("\x02%06.3f\r", g/1000)
}
