package wire

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openaisle/aisle/sdk/observe"
)

const kindTag = int(observe.KindTag)

// put appends a value that is not negative to a column, by its field number.
func (t *table) put(col int, v int32) {
	if v < 0x80 {
		t.cols[col] = append(t.cols[col], byte(v)) //nolint:gosec // not negative
		return
	}
	t.cols[col] = protowire.AppendVarint(t.cols[col], uint64(v)) //nolint:gosec // not negative
}

// signed appends a value of either sign.
func (t *table) signed(col int, v int64) {
	t.cols[col] = protowire.AppendVarint(t.cols[col], protowire.EncodeZigZag(v))
}

func (e *Encoder) put(t *table, col int, s string) {
	t.put(col, int32(e.text(t, col, s))) //nolint:gosec // a few for each row
}

// columns adds a record to the columns of its kind.
func (e *Encoder) columns(t *table, r *Record) {
	switch r.kind {
	case uint8(observe.KindCredential):
		e.put(t, 2, r.s[0])
		t.put(3, r.n[0])
		t.put(4, r.n[1])
		t.put(5, r.n[2])
	case uint8(observe.KindPassage):
		e.put(t, 2, r.s[0])
		t.put(3, r.n[0])
		e.put(t, 4, r.s[1])
	case uint8(observe.KindWeight):
		t.put(2, r.n[0])
		t.signed(3, r.mass)
		t.put(4, r.n[1])
	case uint8(observe.KindTag):
		t.hex(r.s[0])
		e.size += len(r.s[0]) / 2
		t.put(3, r.n[0])
		t.signed(4, int64(r.n[1]))
		t.put(5, r.n[2])
		t.put(6, r.n[3])
		t.put(7, r.n[4])
	case uint8(observe.KindInteraction):
		e.interaction(t, r)
	case uint8(observe.KindPresence):
		e.put(t, 2, r.s[0])
		e.put(t, 3, r.s[1])
		t.put(4, r.n[0])
	case uint8(observe.KindDoor):
		t.put(2, r.n[0])
	case uint8(observe.KindScan):
		e.put(t, 2, r.s[0])
		e.put(t, 3, r.s[1])
		e.put(t, 4, r.s[2])
	case kindGap:
		t.cols[2] = protowire.AppendVarint(t.cols[2], r.Gap.Lost)
		t.signed(3, int64(r.Gap.Before))
		t.signed(4, int64(r.Gap.After))
		e.put(t, 5, Bound(r.Gap.Cause, MaxCause))
	}
}

func (e *Encoder) interaction(t *table, r *Record) {
	e.put(t, 2, r.s[0])
	e.put(t, 3, r.s[1])
	t.put(4, r.n[0])
	t.put(5, r.n[1])
	t.put(6, r.n[2])
	list := r.list()
	t.put(7, int32(len(list))) //nolint:gosec // at most observe.MaxCandidates
	for i := range list {
		e.put(t, 8, string(list[i].GTIN))
		t.put(9, int32(list[i].Probability))
		e.size += 8
	}
}

// hex appends an EPC, which Check has seen to be upper-case hexadecimal, as
// bytes with a tag of their own.
func (t *table) hex(s string) {
	n := len(s) / 2
	b := slices.Grow(appendLength(t.cols[2], 2, n), n)
	at := len(b)
	b = b[:at+n]
	code := b[at:]
	for ; len(s) >= 8; s, code = s[8:], code[4:] {
		binary.LittleEndian.PutUint32(code, fourBytes(s))
	}
	for i := range code {
		code[i] = nibbles[s[2*i]]<<4 | nibbles[s[2*i+1]]
	}
	t.cols[2] = b
}

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
