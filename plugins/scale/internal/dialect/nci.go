package dialect

import (
	"bytes"
	"fmt"
	"strings"
)

// NCI is the protocol of Avery Weigh-Tronix, NCI and Brecknell scales (SCP-01,
// NCI 3825), and that of cash registers (NCI-ECR), which differs in an S before
// the status. An answer begins with LF and ends with CR ETX.
type NCI struct{}

const etx = 0x03

// Name is for people.
func (NCI) Name() string { return "NCI" }

// Ask asks for the weight and the status.
func (NCI) Ask() []byte { return []byte("W\r") }

// Frame finds the end of the text.
func (NCI) Frame(b []byte) int { return bytes.IndexByte(b, etx) + 1 }

// Read reads a weight with its status, or a status alone: that is said in place
// of a weight which is negative, moving, or beyond the capacity.
func (NCI) Read(answer []byte) (Reading, error) {
	start := bytes.IndexByte(answer, '\n')
	if start < 0 || len(answer) > MaxAnswer || len(answer) < start+3 || !bytes.HasSuffix(answer, []byte{'\r', etx}) {
		return Reading{}, malformed(answer)
	}
	lines := strings.Split(string(answer[start+1:len(answer)-2]), "\r\n")
	if len(lines) == 1 && lines[0] == "?" {
		return Reading{}, fmt.Errorf("%w: it does not know the command", ErrRefused)
	}
	status, ok := nciStatus(lines[len(lines)-1])
	if !ok || len(lines) > 2 {
		return Reading{}, malformed(answer)
	}
	r := status.reading()
	if len(lines) == 1 {
		if !r.Moving && r.Trouble == "" {
			r.Trouble = "it is below its zero: is something missing on its platform?"
		}
		return r, nil
	}
	if r.Trouble != "" {
		return r, nil
	}
	g, err := nciWeight(lines[0])
	if err != nil {
		return Reading{}, err
	}
	r.Grams = g
	return r, nil
}

// nciWeight reads 12.345KG, or pounds and ounces: 1LB 12.3OZ.
func nciWeight(text string) (float64, error) {
	sum, rest := 0.0, strings.TrimSpace(strings.ToLower(text))
	for i := 0; rest != ""; i++ {
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= 'a' && r <= 'z' })
		if end <= 0 || i > 1 {
			return 0, malformed([]byte(text))
		}
		unit := strings.IndexFunc(rest[end:], func(r rune) bool { return r < 'a' || r > 'z' })
		if unit < 0 {
			unit = len(rest) - end
		}
		name := rest[end : end+unit]
		g, err := weight(strings.TrimSpace(rest[:end]), name)
		if err != nil || i == 1 && name != "oz" || i == 0 && end+unit < len(rest) && name != "lb" {
			return 0, malformed([]byte(text))
		}
		sum += g
		rest = strings.TrimSpace(rest[end+unit:])
	}
	if text = strings.TrimSpace(text); text == "" {
		return 0, malformed([]byte(text))
	}
	return sum, nil
}

// nciBits are the status bytes without the bits that are always the same.
type nciBits [4]byte

// nciStatus reads two to four status bytes, whose bits 4 and 5 are set: digits
// and what follows them in ASCII. Bit 6 of a byte says that another follows.
func nciStatus(text string) (nciBits, bool) {
	var out nciBits
	text = strings.TrimPrefix(text, "S")
	if len(text) < 2 || len(text) > len(out) {
		return out, false
	}
	for i := range len(text) {
		if text[i]&0xb0 != 0x30 || i == len(text)-1 && text[i]&0x40 != 0 {
			return out, false
		}
		out[i] = text[i] & 0x0f
	}
	return out, true
}

// reading is what the status says (SCP-01, status bytes 1 to 3).
func (s nciBits) reading() Reading {
	switch {
	case s[0]&4 != 0 || s[0]&8 != 0 || s[1]&4 != 0:
		return Reading{Trouble: "its memory is damaged"}
	case s[1]&8 != 0:
		return Reading{Trouble: "its calibration is faulty"}
	case s[2]&8 != 0:
		return Reading{Trouble: "it could not find its zero when it was switched on: clear its platform and switch it on again"}
	case s[1]&2 != 0:
		return Reading{Trouble: "it is overloaded"}
	case s[1]&1 != 0:
		return Reading{Trouble: "it is below its range: is something missing on its platform?"}
	case s[0]&1 != 0:
		return Reading{Moving: true}
	}
	return Reading{}
}
