package osdp

import (
	"encoding/binary"
	"fmt"
)

// Colour is of a reader's LED.
type Colour byte

// The colours (osdp_LED, clause 6.10).
const (
	Black Colour = iota
	Red
	Green
	Amber
	Blue
)

// String is the colour's word.
func (c Colour) String() string {
	return [...]string{"black", "red", "green", "amber", "blue"}[min(c, Blue)]
}

// LightFor shows a colour at a reader's first LED for a time, in tenths of a second,
// and then what it showed before.
func LightFor(reader byte, c Colour, tenths uint16) []byte {
	b := []byte{reader, 0, 2, 10, 0, byte(c), byte(Black)}
	return append(binary.LittleEndian.AppendUint16(b, tenths), 0, 0, 0, 0, 0)
}

// MaxText is how many characters a text command shows.
const MaxText = 32

// ShowFor shows a text at a reader for whole seconds (osdp_TEXT, clause 6.12).
// Characters that are not printable ASCII are shown as question marks: the
// standard knows no others.
func ShowFor(reader, seconds byte, text string) []byte {
	b := []byte{reader, 3, seconds, 1, 1, 0} // for a time, without wrap, from the first row and column
	for _, r := range text {
		if len(b) == 6+MaxText {
			break
		}
		if r < ' ' || r > '~' {
			r = '?'
		}
		b = append(b, byte(r))
	}
	b[5] = byte(len(b) - 6)
	return b
}

// Maker gives the data of osdp_MFG, a command of a maker's own (clause 6.21): the
// maker's OUI, and what it says.
func Maker(vendor [3]byte, said ...byte) []byte { return append(vendor[:], said...) }

// Beep sounds a reader's buzzer a number of times, on and off for tenths of a
// second each (osdp_BUZ, clause 6.11).
func Beep(reader, tenths, times byte) []byte { return []byte{reader, 2, tenths, tenths, times} }

// The control codes of outputs (osdp_OUT, clause 6.9).
const (
	OutputOff   byte = 0x01
	OutputOn    byte = 0x02
	OutputPulse byte = 0x05 // on for a time
)

// Output is what an output is told.
type Output struct {
	Number, Control byte
	Tenths          uint16 // of a pulse
}

// Set gives the data of osdp_OUT.
func Set(all ...Output) []byte {
	var b []byte
	for _, o := range all {
		b = binary.LittleEndian.AppendUint16(append(b, o.Number, o.Control), o.Tenths)
	}
	return b
}

// Outputs reads the data of osdp_OUT.
func Outputs(b []byte) ([]Output, error) {
	if len(b) == 0 || len(b)%4 != 0 {
		return nil, fmt.Errorf("%w: outputs in %d bytes", ErrFrame, len(b))
	}
	var all []Output
	for ; len(b) > 0; b = b[4:] {
		all = append(all, Output{Number: b[0], Control: b[1], Tenths: binary.LittleEndian.Uint16(b[2:])})
	}
	return all, nil
}

// Keys gives the data of osdp_KEYSET: the peripheral's own base key from now on.
func Keys(k Key) []byte { return append([]byte{0x01, byte(len(k))}, k[:]...) }

// NewKey reads the data of osdp_KEYSET.
func NewKey(b []byte) (k Key, err error) {
	if len(b) != 2+len(k) || b[0] != 0x01 || b[1] != byte(len(k)) {
		return k, fmt.Errorf("%w: a key in %d bytes", ErrFrame, len(b))
	}
	copy(k[:], b[2:])
	return k, nil
}
