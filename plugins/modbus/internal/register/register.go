// Package register reads numbers out of Modbus registers: how wide they are, in
// which order their bytes stand, and what one step means.
//
// It is pure: no line, no clock. Whatever a device sends, it gives a number or
// says what is wrong with it.
package register

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Number is how a number stands in registers.
type Number struct {
	// Type is one of Types.
	Type string
	// Order is one of Orders; it is of no consequence for one register.
	Order string
}

// Types are what a number can be, and Orders how its bytes follow each other, the
// highest being A: ABCD is what the Modbus specification says, the others what
// devices do (CDAB turns the registers around, BADC the bytes of each, DCBA both).
var (
	Types  = []string{"int16", "uint16", "int32", "uint32", "float32"}
	Orders = []string{"ABCD", "CDAB", "BADC", "DCBA"}
)

// ErrNumber is of registers that hold no number.
var ErrNumber = errors.New("the registers hold no number")

// Words is how many registers the number takes.
func (n Number) Words() uint16 {
	if n.Type == "int16" || n.Type == "uint16" {
		return 1
	}
	return 2
}

// Read gives the number.
func (n Number) Read(words []uint16) (float64, error) {
	if len(words) != int(n.Words()) {
		return 0, fmt.Errorf("%w: %d registers for %s", ErrNumber, len(words), n.Type)
	}
	words = slices.Clone(words)
	if n.Order == "CDAB" || n.Order == "DCBA" {
		slices.Reverse(words)
	}
	var b [4]byte
	for i, w := range words {
		if n.Order == "BADC" || n.Order == "DCBA" {
			w = w<<8 | w>>8
		}
		binary.BigEndian.PutUint16(b[2*i:], w)
	}
	switch n.Type {
	case "int16":
		return float64(int16(binary.BigEndian.Uint16(b[:]))), nil
	case "uint16":
		return float64(binary.BigEndian.Uint16(b[:])), nil
	case "int32":
		return float64(int32(binary.BigEndian.Uint32(b[:]))), nil
	case "uint32":
		return float64(binary.BigEndian.Uint32(b[:])), nil
	case "float32":
		f := float64(math.Float32frombits(binary.BigEndian.Uint32(b[:])))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return 0, fmt.Errorf("%w: %v", ErrNumber, f)
		}
		return f, nil
	}
	return 0, fmt.Errorf("%w: type %q", ErrNumber, n.Type)
}
