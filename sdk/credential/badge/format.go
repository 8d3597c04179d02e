package badge

import (
	"errors"
	"fmt"
)

// What a card is refused for.
var (
	ErrLength = errors.New("it has another number of bits")
	ErrParity = errors.New("its parity is wrong")
)

// Format is what the bits of a card mean.
type Format struct {
	// Name is the word for it in store files.
	Name string
	// Bits is how many it has.
	Bits int

	facility, number field
	even, odd        parity
}

type field struct{ from, bits int }

// parity is a bit that makes the sum of some others and itself even or odd.
type parity struct{ bit, from, bits int }

// The formats: 26 bits (HID H10301), 34 (H10306), 37 (H10304, whose middle bit counts
// for both halves), and 37 without a facility (H10302). Positions count from 0.
var formats = []Format{
	{"wiegand26", 26, field{1, 8}, field{9, 16}, parity{0, 1, 12}, parity{25, 13, 12}},
	{"wiegand34", 34, field{1, 16}, field{17, 16}, parity{0, 1, 16}, parity{33, 17, 16}},
	{"wiegand37", 37, field{1, 16}, field{17, 19}, parity{0, 1, 18}, parity{36, 18, 18}},
	{"wiegand37_card", 37, field{}, field{1, 35}, parity{0, 1, 18}, parity{36, 18, 18}},
}

// FormatOf gives the format of a name.
func FormatOf(name string) (Format, bool) {
	for _, f := range formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// FormatWith gives the format that has a number of bits. Of the two with 37 it is the
// one with a facility: their parity is the same.
func FormatWith(bits int) (Format, bool) {
	for _, f := range formats {
		if f.Bits == bits {
			return f, true
		}
	}
	return Format{}, false
}

// HasFacility says whether its cards have a facility code.
func (f Format) HasFacility() bool { return f.facility.bits > 0 }

// Numbers are what is printed on a card. They never leave a reader.
type Numbers struct{ Facility, Card uint64 }

// Read gives a card's numbers, or ErrLength or ErrParity.
func (f Format) Read(c Card) (Numbers, error) {
	if c.Bits != f.Bits {
		return Numbers{}, fmt.Errorf("%w: %d, and a card of %s has %d", ErrLength, c.Bits, f.Name, f.Bits)
	}
	if c.sum(f.even) != 0 || c.sum(f.odd) != 1 {
		return Numbers{}, ErrParity
	}
	return Numbers{c.Field(f.facility.from, f.facility.bits), c.Field(f.number.from, f.number.bits)}, nil
}

// sum is that of the bits under a parity and its own, modulo 2.
func (c Card) sum(p parity) int {
	sum := c.Bit(p.bit)
	for i := range p.bits {
		sum += c.Bit(p.from + i)
	}
	return sum % 2
}

// Write gives the card of some numbers, parity and all, or false where they do not
// fit. It is for simulators and tests.
func (f Format) Write(n Numbers) (Card, bool) {
	if n.Facility >= 1<<f.facility.bits || n.Card >= 1<<f.number.bits {
		return Card{}, false
	}
	bits := make([]int, f.Bits)
	put := func(p field, v uint64) {
		for i := range p.bits {
			bits[p.from+i] = int(v >> (p.bits - 1 - i) & 1) //nolint:gosec // a bit
		}
	}
	put(f.facility, n.Facility)
	put(f.number, n.Card)
	for _, p := range []struct {
		parity
		odd int
	}{{f.even, 0}, {f.odd, 1}} {
		sum := p.odd
		for i := range p.bits {
			sum += bits[p.from+i]
		}
		bits[p.bit] = sum % 2
	}
	var c Card
	for _, b := range bits {
		c.Append(b)
	}
	return c, true
}
