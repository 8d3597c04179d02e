// Package nau7802sim is a NAU7802 at the level of its registers, for tests: the chip's
// data sheet as code, apart from the driver. It answers transfers as an I2C device does,
// and converts in real time.
package nau7802sim

import (
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2csim"
)

const (
	address   = 0x2A
	registers = 0x20
)

// Model is the chip. Its zero value has no power: use New.
type Model struct {
	i2csim.Place
	regs   [registers]byte
	at     byte // the register that is read next
	raw    int32
	noise  int32
	random uint32
	last   time.Time // of the last conversion
	calEnd time.Time

	calFails, dead bool
	rev            byte
	starts         int
}

// New is a chip that measures a value, with a noise of some steps about it.
func New(raw, noise int32) *Model {
	m := &Model{raw: raw, noise: noise, random: 1, rev: 0x0F}
	m.reset()
	return m
}

// reset is what the RR bit, and power that comes back, do (table of section 11).
func (m *Model) reset() {
	m.regs = [registers]byte{0x1F: m.rev, 0x08: 0x80, 0x0E: 0x80}
}

// Measure sets the value that is measured.
func (m *Model) Measure(raw int32) { m.Do(func() { m.raw = raw }) }

// Add changes the value.
func (m *Model) Add(change int32) { m.Do(func() { m.raw += change }) }

// Absent takes the chip off the bus, or puts it back, without power in between.
func (m *Model) Absent(absent bool) { m.Empty(absent, m.reset) }

// Restart takes its power away and gives it back.
func (m *Model) Restart() { m.Do(m.reset) }

// Dead makes it convert nothing.
func (m *Model) Dead(dead bool) { m.Do(func() { m.dead = dead }) }

// CalibrationFails makes every calibration end with an error.
func (m *Model) CalibrationFails() { m.Do(func() { m.calFails = true }) }

// Revision makes it another chip.
func (m *Model) Revision(rev byte) { m.Do(func() { m.rev = rev; m.reset() }) }

// Starts is how many times conversions were started.
func (m *Model) Starts() (n int) {
	m.Do(func() { n = m.starts })
	return n
}

// Register gives what a register holds.
func (m *Model) Register(n byte) (b byte) {
	m.Do(func() { b = m.regs[n%registers] })
	return b
}

// Tx is a transfer: w is written, then r read after a repeated start.
func (m *Model) Tx(addr uint16, w, r []byte) error {
	return m.Transfer(addr == address, func() {
		if len(w) > 0 {
			m.at = w[0] % registers
			for _, b := range w[1:] {
				m.write(b)
				m.at = (m.at + 1) % registers
			}
		}
		for i := range r {
			r[i] = m.read()
			m.at = (m.at + 1) % registers
		}
	})
}

func (m *Model) write(b byte) {
	now := time.Now()
	switch m.at {
	case 0x00:
		if b&1 != 0 { // RR
			m.reset()
		}
		ready := byte(0)
		if b&2 != 0 { // PUD
			ready = 1 << 3
		}
		if b&0x10 != 0 && m.regs[0]&0x10 == 0 { // CS
			m.last, m.starts = now, m.starts+1
		}
		m.regs[0] = b&^(1<<3|1<<5) | ready
	case 0x02:
		if b&4 != 0 { // CALS
			m.calEnd = now.Add(20 * time.Millisecond)
			b &^= 1 << 3
		}
		m.regs[2] = b
	case 0x12, 0x13, 0x14, 0x1F: // read only
	default:
		m.regs[m.at] = b
	}
}

func (m *Model) read() byte {
	now := time.Now()
	switch m.at {
	case 0x00:
		m.convert(now)
	case 0x02:
		if m.regs[2]&4 != 0 && !now.Before(m.calEnd) {
			m.regs[2] &^= 4
			if m.calFails {
				m.regs[2] |= 1 << 3
			}
		}
	case 0x12:
		m.regs[0] &^= 1 << 5
	}
	return m.regs[m.at]
}

// convert puts the newest conversion into its registers, where one has ended.
func (m *Model) convert(now time.Time) {
	periods := map[byte]time.Duration{0: 100, 1: 50, 2: 25, 3: 12, 7: 3} // in ms
	period := periods[m.regs[2]>>4&7] * time.Millisecond
	if m.regs[0]&0x16 != 0x16 || m.dead || now.Sub(m.last) < period {
		return
	}
	m.last = now
	value := m.raw
	if m.noise > 0 {
		m.random = m.random*1664525 + 1013904223
		value += int32(m.random>>16)%(2*m.noise+1) - m.noise //nolint:gosec // 16 bits
	}
	value = min(max(value, -1<<23), 1<<23-1)
	m.regs[0x12], m.regs[0x13], m.regs[0x14] = byte(value>>16), byte(value>>8), byte(value)
	m.regs[0] |= 1 << 5
}
