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

// short bounds the numbers that are written as one word.
const short = 1 << 28

// numbers appends numbers to a column. Many of a column are short, and many are
// like those before; often all are the same.
func numbers[N uint32 | uint64](col []byte, values []N) []byte {
	if alike(values) {
		return same(col, uint64(values[0]), len(values))
	}
	b := slices.Grow(col, len(values)*maxVarint)
	at := len(b)
	b = b[:cap(b)]
	var last N // the last number of two to four bytes; 0 for none
	var word uint32
	var size int
	for _, v := range values {
		switch {
		case v < 0x80:
			b[at] = byte(v)
			at++
			continue
		case v >= short:
			for ; v >= 0x80; v >>= 7 {
				b[at] = byte(v) | 0x80
				at++
			}
			b[at] = byte(v)
			at++
			continue
		case v != last:
			last = v
			word, size = shortWord(uint32(v))
		}
		binary.LittleEndian.PutUint32(b[at:], word)
		at += size
	}
	return b[:at]
}

// shortWord is a number of less than short as it travels: four groups of seven
// bits at once, all but the last with the bit that says so.
func shortWord(v uint32) (word uint32, size int) {
	size = (bits.Len32(v|1) + 6) / 7
	return v&0x7f | v<<1&0x7f00 | v<<2&0x7f0000 | v<<3&0x7f000000 | 0x808080&(1<<(8*size-8)-1), size
}

// alike says that there are numbers, and all are the same.
func alike[N uint32 | uint64](values []N) bool {
	if len(values) == 0 {
		return false
	}
	first := values[0]
	for _, v := range values {
		if v != first {
			return false
		}
	}
	return true
}

// same appends one number so many times.
func same(col []byte, v uint64, n int) []byte {
	at := len(col)
	col = slices.Grow(col, n*maxVarint)
	col = protowire.AppendVarint(col, v)
	size := len(col) - at
	col = col[:at+n*size]
	for done := size; done < n*size; done *= 2 {
		copy(col[at+done:], col[at:at+done])
	}
	return col
}

// following appends so many numbers, each the one after that before.
func following(col []byte, v uint64, n int) []byte {
	b := slices.Grow(col, n*maxVarint)
	at := len(b)
	b = b[:cap(b)]
	for i := 0; i < n; {
		if v >= short {
			at += binary.PutUvarint(b[at:], v)
			i++
			v++
			continue
		}
		word, size := shortWord(uint32(v)) //nolint:gosec // less than short
		run := min(n-i, 0x80-int(v&0x7f))  //nolint:gosec // small
		for to := i + run; i < to; i++ {   // only the lowest seven bits grow
			binary.LittleEndian.PutUint32(b[at:], word)
			at += size
			word++
		}
		v += uint64(run) //nolint:gosec // not negative
	}
	return b[:at]
}

// put appends number i of each row, none of them negative, to a column.
func (e *Encoder) put(t *table, col int, rows []Record, i int) {
	values := e.values[:len(rows)]
	for r := range values {
		values[r] = uint64(rows[r].n[i]) //nolint:gosec // not negative
	}
	t.cols[col] = numbers(t.cols[col], values)
}

// signed appends number i of each row, of either sign.
func (e *Encoder) signed(t *table, col int, rows []Record, i int) {
	values := e.values[:len(rows)]
	for r := range values {
		values[r] = protowire.EncodeZigZag(int64(rows[r].n[i]))
	}
	t.cols[col] = numbers(t.cols[col], values)
}

// masses appends the mass of each row.
func (e *Encoder) masses(t *table, col int, rows []Record) {
	values := e.values[:len(rows)]
	for r := range values {
		values[r] = protowire.EncodeZigZag(rows[r].mass)
	}
	t.cols[col] = numbers(t.cols[col], values)
}

// putTexts appends text i of each row.
func (e *Encoder) putTexts(t *table, col int, rows []Record, i int) {
	values := e.values[:len(rows)]
	for r := range values {
		values[r] = uint64(e.text(t, col, rows[r].s[i]))
	}
	t.cols[col] = numbers(t.cols[col], values)
}

// columns adds rows of one kind to its columns.
func (e *Encoder) columns(t *table, rows []Record) {
	switch rows[0].kind {
	case uint8(observe.KindCredential):
		e.putTexts(t, 2, rows, 0)
		e.put(t, 3, rows, 0)
		e.put(t, 4, rows, 1)
		e.put(t, 5, rows, 2)
		e.putTexts(t, 6, rows, 1)
	case uint8(observe.KindPassage):
		e.putTexts(t, 2, rows, 0)
		e.put(t, 3, rows, 0)
		e.putTexts(t, 4, rows, 1)
	case uint8(observe.KindWeight):
		e.put(t, 2, rows, 0)
		e.masses(t, 3, rows)
		e.put(t, 4, rows, 1)
	case uint8(observe.KindTag):
		e.codes(t, rows)
		e.put(t, 3, rows, 0)
		e.signed(t, 4, rows, 1)
		e.put(t, 5, rows, 2)
		e.put(t, 6, rows, 3)
		e.put(t, 7, rows, 4)
		e.optional(t, phaseColumn, rows, phase)
	case uint8(observe.KindInteraction):
		e.interactions(t, rows)
	case uint8(observe.KindPresence):
		e.putTexts(t, 2, rows, 0)
		e.putTexts(t, 3, rows, 1)
		e.put(t, 4, rows, 0)
		e.optional(t, sureColumn, rows, sure)
	case uint8(observe.KindDoor):
		e.put(t, 2, rows, 0)
	case uint8(observe.KindScan):
		e.putTexts(t, 2, rows, 0)
		e.putTexts(t, 3, rows, 1)
		e.putTexts(t, 4, rows, 2)
	case kindGap:
		e.stated(t, rows)
	}
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
	e.put(t, 4, rows, 0)
	e.put(t, 5, rows, 1)
	e.put(t, 6, rows, 2)
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

// Tags.phase and Presences.confidence_ppm are empty as long as no row has one.
const (
	phaseColumn = 8
	sureColumn  = 5
)

// optional appends the value of each row to a column that is there only where some
// row has one.
func (e *Encoder) optional(t *table, col int, rows []Record, value func(*Record) uint64) {
	some := t.optional
	values := e.values[:len(rows)]
	for r := range values {
		values[r] = value(&rows[r])
		some = some || values[r] != 0
	}
	if !some {
		return
	}
	if !t.optional {
		t.optional = true
		t.cols[col] = append(t.cols[col], make([]byte, t.rows)...)
	}
	t.cols[col] = numbers(t.cols[col], values)
}

func phase(r *Record) uint64 { return uint64(r.mass) } //nolint:gosec // not negative

func sure(r *Record) uint64 { return uint64(r.n[1]) } //nolint:gosec // not negative

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
		at += 1 + binary.PutUvarint(b[at+1:], uint64(n)) //nolint:gosec // not negative
		b = b[:at+n]
		code := b[at:]
		for ; len(s) >= 8; s, code = s[8:], code[4:] {
			binary.LittleEndian.PutUint32(code, pairs(values(eightBytes(s))))
		}
		for i := range code {
			code[i] = nibbles[s[2*i]]<<4 | nibbles[s[2*i+1]]
		}
	}
	t.cols[2] = b
}

// epcTag is the tag of an entry of Tags.epc.
const epcTag = 2<<3 | byte(protowire.BytesType)

// nibbles are the values of hexadecimal digits.
var nibbles = func() (v [256]byte) {
	for i, c := range []byte("0123456789ABCDEF") {
		v[c] = byte(i) //nolint:gosec // at most 15
	}
	return v
}()
