// Package ssd1306sim is an OLED module on a Solomon Systech SSD1306, for tests: the
// controller's data sheet as code, apart from the driver. It takes transfers as an I2C device
// does, and what it lights is a picture, from which Read takes the words.
package ssd1306sim

import (
	"fmt"
	"image"
	"slices"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2csim"
)

const (
	columns = 128
	pages   = 8 // of eight rows each
)

// Model is a module. Use New.
type Model struct {
	i2csim.Place
	address uint16
	height  int // of its glass
	chip
	seen     *image.Gray   // after the last transfer
	pictures []*image.Gray // that were lit, each once
	wrong    []string      // what no data sheet knows
}

// chip is what the controller keeps while it has power.
type chip struct {
	ram      [pages][columns]byte
	pending  []byte // a command whose arguments have not all come
	mode     byte   // of addressing: 0 goes along all pages, 1 down the columns, 2 stays in a page
	window   struct{ left, right, top, bottom byte }
	page     byte
	column   byte
	contrast byte
	lines    byte // that are driven, less one
	start    byte // the line of memory that is the first
	offset   byte
	wiring   byte // of the COM pins

	on, pump, all, inverse, mirrored, upward bool
}

// New is a module with a glass of 128 by 64 or 32 pixels that has just got power.
func New(address uint16, height int) *Model {
	m := &Model{address: address, height: height}
	m.reset()
	m.seen = m.picture()
	return m
}

// reset is what power does: registers are as section 9 has them, and memory holds noise.
func (m *Model) reset() {
	m.chip = chip{mode: 2, contrast: 0x7F, lines: 63, wiring: 0x12}
	m.window.right, m.window.bottom = columns-1, pages-1
	noise := uint32(1)
	for p := range m.ram {
		for c := range m.ram[p] {
			noise = noise*1664525 + 1013904223
			m.ram[p][c] = byte(noise >> 24)
		}
	}
}

// Absent takes the module off the bus, or puts it back with its power.
func (m *Model) Absent(absent bool) { m.Empty(absent, m.reset) }

// Restart takes its power away and gives it back.
func (m *Model) Restart() { m.Do(m.reset) }

// Contrast is how bright it is, of 255; 0 where it is dark.
func (m *Model) Contrast() (level byte) {
	m.Do(func() {
		if m.lit() {
			level = m.contrast
		}
	})
	return level
}

// Picture is what it lights now.
func (m *Model) Picture() (p *image.Gray) {
	m.Do(func() { p = m.picture() })
	return p
}

// Pictures are what it has lit, one after the other: what stood there for a moment, too.
func (m *Model) Pictures() (all []*image.Gray) {
	m.Do(func() { all = slices.Clone(m.pictures) })
	return all
}

// Wrong is what came over the bus that the data sheet has not.
func (m *Model) Wrong() (all []string) {
	m.Do(func() { all = slices.Clone(m.wrong) })
	return all
}

// Tx is a transfer: w is written, as section 8.1.5.2 has it. Nothing is read.
func (m *Model) Tx(addr uint16, w, r []byte) error {
	return m.Transfer(addr == m.address, func() {
		if len(r) > 0 {
			m.wrong = append(m.wrong, fmt.Sprintf("%d bytes are read", len(r)))
		}
		m.take(w)
		before := m.seen
		if m.seen = m.picture(); m.lit() && !slices.Equal(before.Pix, m.seen.Pix) {
			m.pictures = append(m.pictures, m.seen)
		}
	})
}

// take takes a transfer's bytes. Each control byte says whether commands follow or data, and
// whether one byte of them or all that come.
func (m *Model) take(w []byte) {
	for len(w) > 0 {
		control := w[0]
		w = w[1:]
		const one, data = 0x80, 0x40
		if control&^(one|data) != 0 {
			m.wrong = append(m.wrong, fmt.Sprintf("control byte %#02x", control))
			return
		}
		n := len(w)
		if control&one != 0 {
			n = min(n, 1)
		}
		for _, b := range w[:n] {
			if control&data != 0 {
				m.store(b)
			} else {
				m.command(b)
			}
		}
		w = w[n:]
	}
}
