package dialect

import (
	"bytes"
	"fmt"
	"strings"
)

// Toledo is the protocol of Toledo 8213 and 8217 scales. An answer begins with
// STX and ends with CR. It names no unit: a weight with a decimal point is in
// the one that the scale is set to, and one without is in grams.
type Toledo struct {
	// Unit is what the scale is set to, such as "kg" or "lb".
	Unit string
}

const stx = 0x02

// Name is for people.
func (Toledo) Name() string { return "Toledo 8213" }

// Ask asks for the weight.
func (Toledo) Ask() []byte { return []byte("W") }

// Frame finds the end of a line.
func (Toledo) Frame(b []byte) int { return bytes.IndexByte(b, '\r') + 1 }

// Read reads a weight, or the status that is said where there is none.
func (t Toledo) Read(answer []byte) (Reading, error) {
	start := bytes.LastIndexByte(answer, stx)
	if start < 0 || len(answer) > MaxAnswer || answer[len(answer)-1] != '\r' {
		return Reading{}, malformed(answer)
	}
	body := answer[start+1 : len(answer)-1]
	if len(body) == 2 && body[0] == '?' {
		return toledoStatus(body[1])
	}
	text := strings.TrimSpace(string(body))
	unit := t.Unit
	if !strings.Contains(text, ".") {
		unit = "g"
	}
	if len(text) < 5 || len(text) > 8 { // XXX.XX, 0XXXXX, XXXX.XX
		return Reading{}, malformed(answer)
	}
	g, err := weight(text, unit)
	if err != nil {
		return Reading{}, err
	}
	return Reading{Grams: g}, nil
}

// toledoStatus reads the status byte, of which bits 5 and 6 are always set.
func toledoStatus(b byte) (Reading, error) {
	b &= 0x7f // the parity
	switch {
	case b&0x60 != 0x60:
		return Reading{}, fmt.Errorf("%w: the status %#02x", ErrMalformed, b)
	case b&0x01 != 0:
		return Reading{Moving: true}, nil
	case b&0x02 != 0:
		return Reading{Trouble: "it is overloaded"}, nil
	case b&0x04 != 0:
		return Reading{Trouble: "it is below its zero: is something missing on its platform?"}, nil
	case b&0x08 != 0:
		return Reading{Trouble: "it could not find its zero when it was switched on: clear its platform and switch it on again"}, nil
	}
	return Reading{Moving: true}, nil // a status of nothing: ask again
}
