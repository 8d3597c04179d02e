// Package hx711sim is an HX711 at the level of its two lines, for tests: the chip's data
// sheet as code, apart from the driver. It converts as time passes, and powers down where
// its clock is high too long.
package hx711sim

import (
	"errors"
	"sync"
	"time"
)

// ErrGone is what lines answer that are no more.
var ErrGone = errors.New("no such device")

// maxPulse is how long the clock may be high.
const maxPulse = 60 * time.Microsecond

// settling is how many conversions after a reset, or at another input, are not right.
const settling = 4

// Model is a chip. Use New.
type Model struct {
	// Moved, where set, is called when the data line moves.
	Moved func(high bool)
	// Now is its clock; the machine's by default.
	Now func() time.Time

	mu     sync.Mutex
	raw    [3]int32 // of A128, B32, A64
	noise  int32
	random uint32
	period time.Duration

	clock   bool
	rose    time.Time
	last    time.Time // when it was read, or began
	word    uint32    // that is shifted out
	pulses  int       // since it began to be
	input   int       // by pulses after the 24, less one
	settled int       // conversions to come that are not right
	data    bool
	stuck   *bool // the data line is
	gone    bool
	down    int // times that it powered down
}

// New is a chip that measures a value at each input, A128, B32 and A64, with a noise of
// some steps about it, at conversions a second.
func New(a128, b32, a64, noise int32, rate int) *Model {
	return &Model{Now: time.Now, raw: [3]int32{a128, b32, a64}, noise: noise, random: 1, period: time.Second / time.Duration(rate), settled: settling, data: true}
}

// Add changes what all inputs measure.
func (m *Model) Add(change int32) {
	m.do(func() {
		for i := range m.raw {
			m.raw[i] += change
		}
	})
}

// Measure sets what all inputs measure.
func (m *Model) Measure(raw int32) { m.do(func() { m.raw = [3]int32{raw, raw, raw} }) }

// Stick holds the data line; nil lets it go.
func (m *Model) Stick(level *bool) { m.do(func() { m.stuck = level }) }

// Gone takes the lines away, or brings them back.
func (m *Model) Gone(gone bool) { m.do(func() { m.gone = gone }) }

// Down is how many times it powered down.
func (m *Model) Down() (n int) {
	m.do(func() { n = m.down })
	return n
}

func (m *Model) do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Clock is PD_SCK.
func (m *Model) Clock(high bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	switch {
	case m.gone:
		return ErrGone
	case high == m.clock:
		return nil
	case high:
		m.rose = now
		m.shift()
	case now.Sub(m.rose) >= maxPulse: // it was down, and is reset
		m.down++
		m.last, m.word, m.pulses, m.input, m.settled = now, 0, 0, 0, settling
		m.move(true)
	}
	m.clock = high
	return nil
}

// shift puts the next bit on the data line.
func (m *Model) shift() {
	m.convert()
	if m.data && m.pulses == 0 {
		return // nothing is there to be read
	}
	m.pulses++
	switch n := m.pulses; {
	case n <= 24:
		m.move(m.word>>(24-n)&1 == 1)
	case n <= 27:
		if n == 25 {
			m.last = m.Now()
		}
		m.move(true)
	}
}

// convert makes a conversion ready, where it is time for one.
func (m *Model) convert() {
	if m.clock || m.Now().Sub(m.last) < m.period || (m.pulses > 0 && m.pulses < 25) {
		return
	}
	if m.pulses == 0 && !m.data {
		return // there is one
	}
	if input := min(m.pulses, 27) - 25; m.pulses > 0 && input != m.input {
		m.input, m.settled = input, settling
	}
	m.pulses = 0
	v := m.raw[m.input]
	if m.noise > 0 {
		m.random = m.random*1664525 + 1013904223
		v += int32(m.random>>16)%(2*m.noise+1) - m.noise //nolint:gosec // 16 bits
	}
	if m.settled > 0 {
		m.settled--
		v /= 2
	}
	m.word = uint32(min(max(v, -1<<23), 1<<23-1)) & 0xFFFFFF //nolint:gosec // the bits are meant
	m.move(false)
}

func (m *Model) move(high bool) {
	m.data = high
	if m.Moved != nil {
		m.Moved(high)
	}
}

// Data is DOUT.
func (m *Model) Data() (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return false, ErrGone
	}
	m.convert()
	if m.stuck != nil {
		return *m.stuck, nil
	}
	return m.data, nil
}

// Close lets the lines go.
func (m *Model) Close() error { return nil }
