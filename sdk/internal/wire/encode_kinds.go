package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openaisle/aisle/sdk/observe"
)

const kindTag = int(observe.KindTag)

// maxVarint is the longest number in bytes.
const maxVarint = binary.MaxVarintLen64

// room gives a column with room for so many numbers more, as long as it may
// become, and where the next goes.
func room(col []byte, n int) (b []byte, at int) {
	b = slices.Grow(col, n*maxVarint)
	return b[:cap(b)], len(col)
}

// short bounds the numbers that put writes as one word.
const short = 1 << 28

// put writes a number and gives where the next goes. There is room for
// maxVarint bytes.
func put(b []byte, at int, v uint64) int {
	if v < 0x80 {
		b[at] = byte(v)
		return at + 1
	}
	return putLong(b, at, v)
}

func putLong(b []byte, at int, v uint64) int {
	if v < short { // four groups of seven bits at once, all but the last with the bit that says so
		n := (bits.Len32(uint32(v)) + 6) / 7
		word := uint32(v&0x7f|v<<1&0x7f00|v<<2&0x7f0000|v<<3&0x7f000000) | 0x808080&(1<<(8*n-8)-1)
		binary.LittleEndian.PutUint32(b[at:], word)
		return at + n
	}
	for ; v >= 0x80; v >>= 7 {
		b[at] = byte(v) | 0x80
		at++
	}
	b[at] = byte(v)
	return at + 1
}

// writer writes a column of which many numbers are like those before.
type writer struct {
	b    []byte
	at   int
	last uint64 // the last number of two to four bytes; 0 for none
	word uint32
	size int
}

func writing(col []byte, n int) writer {
	b, at := room(col, n)
	return writer{b: b, at: at}
}

func (w *writer) put(v uint64) {
	switch {
	case v < 0x80:
		w.b[w.at] = byte(v)
		w.at++
	case v == w.last:
		binary.LittleEndian.PutUint32(w.b[w.at:], w.word)
		w.at += w.size
	default:
		from := w.at
		w.at = putLong(w.b, from, v)
		if v < short {
			w.last, w.word, w.size = v, binary.LittleEndian.Uint32(w.b[from:]), w.at-from
		}
	}
}

// numbers appends number i of each row, none of them negative, to a column.
func (t *table) numbers(col int, rows []Record, i int) {
	w := writing(t.cols[col], len(rows))
	for r := range rows {
		w.put(uint64(rows[r].n[i])) //nolint:gosec // not negative
	}
	t.cols[col] = w.b[:w.at]
}

// signed appends number i of each row, of either sign.
func (t *table) signed(col int, rows []Record, i int) {
	w := writing(t.cols[col], len(rows))
	for r := range rows {
		w.put(protowire.EncodeZigZag(int64(rows[r].n[i])))
	}
	t.cols[col] = w.b[:w.at]
}

// texts appends text i of each row.
func (e *Encoder) putTexts(t *table, col int, rows []Record, i int) {
	b, at := room(t.cols[col], len(rows))
	for r := range rows {
		at = put(b, at, uint64(e.text(t, col, rows[r].s[i])))
	}
	t.cols[col] = b[:at]
}

// columns adds rows of one kind to its columns.
func (e *Encoder) columns(t *table, rows []Record) {
	switch rows[0].kind {
	case uint8(observe.KindCredential):
		e.putTexts(t, 2, rows, 0)
		t.numbers(3, rows, 0)
		t.numbers(4, rows, 1)
		t.numbers(5, rows, 2)
	case uint8(observe.KindPassage):
		e.putTexts(t, 2, rows, 0)
		t.numbers(3, rows, 0)
		e.putTexts(t, 4, rows, 1)
	case uint8(observe.KindWeight):
		t.numbers(2, rows, 0)
		t.masses(3, rows)
		t.numbers(4, rows, 1)
	case uint8(observe.KindTag):
		e.codes(t, rows)
		t.numbers(3, rows, 0)
		t.signed(4, rows, 1)
		t.numbers(5, rows, 2)
		t.numbers(6, rows, 3)
		t.numbers(7, rows, 4)
	case uint8(observe.KindInteraction):
		e.interactions(t, rows)
	case uint8(observe.KindPresence):
		e.putTexts(t, 2, rows, 0)
		e.putTexts(t, 3, rows, 1)
		t.numbers(4, rows, 0)
	case uint8(observe.KindDoor):
		t.numbers(2, rows, 0)
	case uint8(observe.KindScan):
		e.putTexts(t, 2, rows, 0)
		e.putTexts(t, 3, rows, 1)
		e.putTexts(t, 4, rows, 2)
	case kindGap:
		e.stated(t, rows)
	}
}

func (t *table) masses(col int, rows []Record) {
	b, at := room(t.cols[col], len(rows))
	for r := range rows {
		at = put(b, at, protowire.EncodeZigZag(rows[r].mass))
	}
	t.cols[col] = b[:at]
}

func (e *Encoder) stated(t *table, rows []Record) {
	for r := range rows {
		g := rows[r].Gap
		t.cols[2] = protowire.AppendVarint(t.cols[2], g.Lost)
		t.cols[3] = protowire.AppendVarint(t.cols[3], protowire.EncodeZigZag(int64(g.Before)))
		t.cols[4] = protowire.AppendVarint(t.cols[4], protowire.EncodeZigZag(int64(g.After)))
		t.cols[5] = protowire.AppendVarint(t.cols[5], uint64(e.text(t, 5, Bound(g.Cause, MaxCause))))
	}
}

func (e *Encoder) interactions(t *table, rows []Record) {
	e.putTexts(t, 2, rows, 0)
	e.putTexts(t, 3, rows, 1)
	t.numbers(4, rows, 0)
	t.numbers(5, rows, 1)
	t.numbers(6, rows, 2)
	for r := range rows {
		list := rows[r].list()
		t.cols[7] = protowire.AppendVarint(t.cols[7], uint64(len(list)))
		for i := range list {
			t.cols[8] = protowire.AppendVarint(t.cols[8], uint64(e.text(t, 8, string(list[i].GTIN))))
			t.cols[9] = protowire.AppendVarint(t.cols[9], uint64(list[i].Probability)) //nolint:gosec // not negative
			e.size += 8
		}
	}
}

// codes appends the EPC of each row, which Check has seen to be upper-case
// hexadecimal, as bytes with a tag of their own.
func (e *Encoder) codes(t *table, rows []Record) {
	b := t.cols[2]
	for r := range rows {
		s := rows[r].s[0]
		n := len(s) / 2
		e.size += n
		if cap(b)-len(b) < n+maxVarint {
			b = slices.Grow(b, max(n+maxVarint, len(rows)*(n+2)))
		}
		at := len(b)
		b = b[:at+n+maxVarint]
		b[at] = epcTag
		at = put(b, at+1, uint64(n)) //nolint:gosec // not negative
		b = b[:at+n]
		code := b[at:]
		for ; len(s) >= 8; s, code = s[8:], code[4:] {
			binary.LittleEndian.PutUint32(code, fourBytes(s))
		}
		for i := range code {
			code[i] = nibbles[s[2*i]]<<4 | nibbles[s[2*i+1]]
		}
	}
	t.cols[2] = b
}

// epcTag is the tag of an entry of Tags.epc.
const epcTag = 2<<3 | byte(protowire.BytesType)

// fourBytes are those of eight digits, the first lowest. All digits are worked on
// at once: a letter has bit 6, and is worth 9 more than its low nibble.
func fourBytes(s string) uint32 {
	_ = s[7]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	x = x&0x0f0f0f0f0f0f0f0f + 9*(x>>6&0x0101010101010101)
	x = (x<<4 | x>>8) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16) //nolint:gosec // the upper half is of no use
}

// nibbles are the values of hexadecimal digits.
var nibbles = func() (v [256]byte) {
	for i, c := range []byte("0123456789ABCDEF") {
		v[c] = byte(i) //nolint:gosec // at most 15
	}
	return v
}()
