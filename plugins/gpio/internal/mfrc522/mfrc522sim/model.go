// Package mfrc522sim is an MFRC522 at the level of its registers, with cards before it,
// for tests: data sheet and ISO/IEC 14443-3 as code, apart from the driver.
package mfrc522sim

import (
	"bytes"
	"errors"
	"math/bits"
	"sync"
)

// ErrGone is what a bus answers that is no more.
var ErrGone = errors.New("transport endpoint is not connected")

// Model is a chip. Use New.
type Model struct {
	mu      sync.Mutex
	regs    [64]byte
	fifo    []byte
	version byte

	field  []*card // in the field now
	queue  []*card // that come one after the other
	away   int     // wake-ups until the next of the queue comes
	fail   int     // transfers to fail
	gone   bool
	absent bool // MISO floats high
	garble int  // answers to damage
	wakes  int
}

// New is a chip of NXP's second version.
func New() *Model {
	m := &Model{version: 0x92}
	m.reset()
	return m
}

func (m *Model) reset() {
	m.regs = [64]byte{0x01: 0x20, 0x14: 0x80, 0x26: 0x48, 0x37: m.version}
	m.fifo = nil
}

// absence is how many calls hear nothing between two cards of the queue.
const absence = 8

// card is one in the field.
type card struct {
	parts  [][5]byte // of its UID, each with its BCC
	level  int       // of the part that it is asked for
	state  int
	brief  bool // leaves once it was read
	random bool // has another UID at each wake-up
}

// The states of a card (ISO/IEC 14443-3, 6.3).
const (
	idle = iota
	ready
	active
	halted
)

func newCard(uid []byte) *card {
	c := &card{}
	for len(uid) > 4 {
		c.parts = append(c.parts, withBCC(0x88, uid[0], uid[1], uid[2]))
		uid = uid[3:]
	}
	c.parts = append(c.parts, withBCC(uid[0], uid[1], uid[2], uid[3]))
	return c
}

func withBCC(a, b, c, d byte) [5]byte { return [5]byte{a, b, c, d, a ^ b ^ c ^ d} }

// Touch has a card of 4, 7 or 10 bytes come into the field, be read, and leave. Cards
// come one after the other.
func (m *Model) Touch(uid []byte) {
	m.do(func() {
		c := newCard(uid)
		c.brief = true
		m.queue = append(m.queue, c)
	})
}

// Put lays cards into the field, in place of what is there.
func (m *Model) Put(uids ...[]byte) {
	m.do(func() {
		m.field = nil
		for _, uid := range uids {
			m.field = append(m.field, newCard(uid))
		}
	})
}

// Random lays a card into the field that makes its UID up each time.
func (m *Model) Random() {
	m.do(func() { m.field = []*card{{random: true, parts: [][5]byte{withBCC(0x08, 0, 0, 0)}}} })
}

// Restart takes the chip's power away and gives it back.
func (m *Model) Restart() { m.do(m.reset) }

// Absent takes the chip off the bus, or puts it back without its settings.
func (m *Model) Absent(absent bool) { m.do(func() { m.absent = absent; m.reset() }) }

// Gone takes the bus away, or brings it back.
func (m *Model) Gone(gone bool) { m.do(func() { m.gone = gone }) }

// Fail makes transfers fail.
func (m *Model) Fail(transfers int) { m.do(func() { m.fail = transfers }) }

// Garble damages answers of cards; negative for all to come.
func (m *Model) Garble(answers int) { m.do(func() { m.garble = answers }) }

// Stale leaves behind what an earlier command could: every interrupt, and bytes.
func (m *Model) Stale() {
	m.do(func() { m.regs[0x04], m.fifo = 0x7F, []byte{1, 2, 3, 4, 4} })
}

// Wakes is how many times cards were called.
func (m *Model) Wakes() (n int) {
	m.do(func() { n = m.wakes })
	return n
}

func (m *Model) do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Close lets the bus go.
func (m *Model) Close() error { return nil }

// Tx is a transfer (section 8.1.2): the first byte names a register, and so does each
// after it of a reading; r is nil, or as long as w.
func (m *Model) Tx(w, r []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.gone:
		return ErrGone
	case m.fail > 0:
		m.fail--
		return ErrGone
	case m.absent:
		for i := range r {
			r[i] = 0xFF
		}
		return nil
	case len(w) == 0:
		return nil
	}
	if w[0]&0x80 == 0 {
		for _, b := range w[1:] {
			m.write(w[0]>>1&0x3F, b)
		}
		return nil
	}
	for i := 1; i < len(r); i++ {
		r[i] = m.read(w[i-1] >> 1 & 0x3F)
	}
	return nil
}

func (m *Model) write(reg, b byte) {
	switch reg {
	case 0x01:
		if m.regs[reg] = b; b&0x0F == 0x0F {
			m.reset()
		}
	case 0x04:
		if b&0x80 != 0 {
			m.regs[reg] |= b & 0x7F
		} else {
			m.regs[reg] &^= b
		}
	case 0x09:
		if len(m.fifo) < 64 {
			m.fifo = append(m.fifo, b)
		}
	case 0x0A:
		if b&0x80 != 0 {
			m.fifo = nil
		}
	case 0x0D:
		m.regs[reg] = b & 0x7F
		if b&0x80 != 0 && m.regs[0x01]&0x0F == 0x0C {
			m.send(b & 7)
		}
	case 0x06, 0x37: // read only
	default:
		m.regs[reg] = b
	}
}

func (m *Model) read(reg byte) byte {
	switch reg {
	case 0x09:
		if len(m.fifo) == 0 {
			return 0
		}
		b := m.fifo[0]
		m.fifo = m.fifo[1:]
		return b
	case 0x0A:
		return byte(len(m.fifo))
	}
	return m.regs[reg]
}

// send puts the FIFO into the field, and what the cards answer into the FIFO.
func (m *Model) send(last byte) {
	data := m.fifo
	m.fifo, m.regs[0x06], m.regs[0x0C] = nil, 0, 0
	if m.regs[0x14]&3 != 3 { // no field
		m.regs[0x04] |= 1
		return
	}
	if last == 7 && len(data) == 1 && data[0] == 0x52 {
		m.arrive()
	}
	var answers [][]byte
	for _, c := range append([]*card(nil), m.field...) {
		if a := c.answer(data, last); a != nil {
			answers = append(answers, a)
		} else if c.brief && c.state == halted {
			m.field, m.away = nil, absence
		}
	}
	if len(answers) == 0 {
		m.regs[0x04] |= 1 // the timer
		return
	}
	m.fifo = append([]byte(nil), answers[0]...)
	for _, a := range answers[1:] {
		if !bytes.Equal(a, answers[0]) {
			m.regs[0x06] |= 8 // collision
		}
	}
	if m.garble != 0 {
		m.garble--
		m.fifo[0] ^= 1 << (bits.OnesCount(uint(len(m.fifo))) % 8)
		m.regs[0x06] |= 2 // parity
	}
	m.regs[0x04] |= 0x20
}

// arrive has the next card of the queue come, when the one before has been away a while.
func (m *Model) arrive() {
	m.wakes++
	if m.away > 0 {
		m.away--
		return
	}
	if len(m.field) == 0 && len(m.queue) > 0 {
		m.field, m.queue = m.queue[:1:1], m.queue[1:]
	}
}

// answer is what a card says to a command; nil for nothing.
func (c *card) answer(data []byte, last byte) []byte {
	switch {
	case last == 7 && len(data) == 1 && (data[0] == 0x52 || data[0] == 0x26 && c.state != halted):
		if c.random {
			c.parts[0] = withBCC(8, c.parts[0][1]+1, 7, 7)
		}
		if c.state == ready || c.state == active { // it does not expect that, and starts over
			c.state = idle
			return nil
		}
		c.state, c.level = ready, 0
		return []byte{0x04 | byte(len(c.parts)-1)<<6, 0}
	case last != 0, c.state == idle, c.state == halted:
		return nil
	case len(data) == 2 && data[1] == 0x20 && c.asked(data[0]):
		return c.parts[c.level][:]
	case len(data) == 9 && data[1] == 0x70 && c.asked(data[0]) && checked(data):
		if !bytes.Equal(data[2:7], c.parts[c.level][:]) {
			c.state = idle
			return nil
		}
		c.level++
		if c.level < len(c.parts) {
			return sum([]byte{0x04})
		}
		c.state = active
		return sum([]byte{0x08})
	case len(data) == 4 && data[0] == 0x50 && checked(data) && c.state == active:
		c.state = halted
		return nil
	}
	c.state = idle
	return nil
}

func (c *card) asked(level byte) bool {
	return c.state == ready && c.level < len(c.parts) && level == 0x93+2*byte(c.level)
}

func checked(b []byte) bool { return bytes.Equal(sum(append([]byte(nil), b[:len(b)-2]...)), b) }

// sum appends CRC_A, bit by bit as annex B of the standard has it.
func sum(b []byte) []byte {
	crc := uint16(0x6363)
	for _, x := range b {
		crc ^= uint16(x)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x8408
			} else {
				crc >>= 1
			}
		}
	}
	return append(b, byte(crc), byte(crc>>8))
}
