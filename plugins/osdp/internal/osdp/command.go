package osdp

import (
	"encoding/binary"
	"fmt"
)

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
