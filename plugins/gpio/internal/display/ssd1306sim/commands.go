package ssd1306sim

import "fmt"

// arguments are how many bytes follow the commands that have some (section 9).
var arguments = map[byte]int{
	0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1, 0xA3: 2, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1,
}

// command takes a byte of a command.
func (m *Model) command(b byte) {
	m.pending = append(m.pending, b)
	if len(m.pending) <= arguments[m.pending[0]] {
		return
	}
	c := m.pending
	m.pending = nil
	if len(c) > 1 {
		m.set(c[0], c[1:])
		return
	}
	m.turn(b)
}

// set is a command with arguments. Those not named change how it is driven, and not what is
// seen.
func (m *Model) set(command byte, a []byte) {
	switch command {
	case 0x20:
		m.mode = a[0] & 3
	case 0x21:
		m.window.left, m.window.right = a[0]&0x7F, a[1]&0x7F
		m.column = m.window.left
	case 0x22:
		m.window.top, m.window.bottom = a[0]&7, a[1]&7
		m.page = m.window.top
	case 0x81:
		m.contrast = a[0]
	case 0x8D:
		m.pump = a[0]&4 != 0
	case 0xA8:
		m.lines = a[0] & 0x3F
	case 0xD3:
		m.offset = a[0] & 0x3F
	case 0xDA:
		m.wiring = a[0] & 0x32
	}
}

// turn is a command of one byte.
func (m *Model) turn(b byte) {
	switch {
	// "This command is only for page addressing mode."
	case b <= 0x0F && m.mode == 2:
		m.column = m.column&0x70 | b
	case b <= 0x1F && m.mode == 2:
		m.column = m.column&0x0F | b&7<<4
	case b >= 0xB0 && b <= 0xB7 && m.mode == 2:
		m.page = b & 7
	case b <= 0x1F || b >= 0xB0 && b <= 0xB7:
	case b >= 0x40 && b <= 0x7F:
		m.start = b & 0x3F
	case b == 0xA0 || b == 0xA1:
		m.mirrored = b == 0xA0
	case b == 0xA4 || b == 0xA5:
		m.all = b == 0xA5
	case b == 0xA6 || b == 0xA7:
		m.inverse = b == 0xA7
	case b == 0xAE || b == 0xAF:
		m.on = b == 0xAF
	case b == 0xC0 || b == 0xC8:
		m.upward = b == 0xC0
	case b == 0x2E || b == 0xE3: // it does not scroll; nothing
	default:
		m.wrong = append(m.wrong, fmt.Sprintf("command %#02x", b))
	}
}

// store takes a byte of data, eight pixels one below the other, and goes on to the next.
func (m *Model) store(b byte) {
	m.ram[m.page][m.column] = b
	switch m.mode {
	case 0:
		if m.column++; m.column > m.window.right || m.column == columns {
			m.column = m.window.left
			m.nextPage()
		}
	case 1:
		if at := m.page; at == m.window.bottom {
			if m.column++; m.column > m.window.right || m.column == columns {
				m.column = m.window.left
			}
		}
		m.nextPage()
	default:
		m.column = (m.column + 1) % columns
	}
}

func (m *Model) nextPage() {
	if m.page++; m.page > m.window.bottom || m.page == pages {
		m.page = m.window.top
	}
}
