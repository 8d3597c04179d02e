package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

var (
	errWireType = errors.New("a field of another type")
	errTooMany  = errors.New("a column of too many entries")
	errUnequal  = errors.New("columns of unequal length")
	errNumber   = errors.New("a field number that protobuf does not have")
)

// fields calls f for each field of a message: with its bytes, or its number.
// Fields of neither are of no contract of ours and skipped.
func fields(b []byte, f func(n protowire.Number, t protowire.Type, b []byte, v uint64) error) error {
	for len(b) > 0 {
		n, t, used := protowire.ConsumeTag(b)
		if used < 0 {
			return protowire.ParseError(used)
		}
		if n > protowire.MaxValidNumber {
			return errNumber
		}
		b = b[used:]
		var value []byte
		var number uint64
		switch t {
		case protowire.BytesType:
			value, used = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			number, used = protowire.ConsumeVarint(b)
		default:
			used = protowire.ConsumeFieldValue(n, t, b)
		}
		if used < 0 {
			return protowire.ParseError(used)
		}
		b = b[used:]
		if t != protowire.BytesType && t != protowire.VarintType {
			continue
		}
		if err := f(n, t, value, number); err != nil {
			return err
		}
	}
	return nil
}

// column appends a field of a repeated number, packed or not, of which there
// may be so many.
func column(out *[]uint64, most int, t protowire.Type, b []byte, v uint64) error {
	col := *out
	if t == protowire.VarintType {
		if len(col) == most {
			return errTooMany
		}
		*out = append(col, v)
		return nil
	}
	n := len(col)
	col = slices.Grow(col, min(len(b), most-n)) // an entry takes a byte at least
	n, err := varints(col[:min(cap(col), most)], n, b)
	if err != nil {
		return err
	}
	*out = col[:n]
	return nil
}

// alikes is varints of a column whose numbers are all the same, as many are; ok is
// false for any other.
func alikes(col []uint64, n int, b []byte) (to int, ok bool) {
	v, size := protowire.ConsumeVarint(b)
	if size <= 0 || !bytes.Equal(b[size:], b[:len(b)-size]) || len(b)%size != 0 || len(b)/size > len(col)-n {
		return 0, false
	}
	to = n + len(b)/size
	for c := col[n:to]; len(c) > 0; c = c[1:] {
		c[0] = v
	}
	return to, true
}

// highs are the bits that say of eight bytes which go on in the next. The others
// are what they are where all numbers have two, three or four bytes.
const (
	highs  = 0x8080808080808080
	twos   = 0x0080008000800080
	threes = 0x0000008080008080 // of six bytes
	fours  = 0x0080808000808080
	six    = 1<<48 - 1
)

// The functions below read the number that a word begins with.

func two(w uint64) uint64   { return w&0x7f | w>>1&0x3f80 }
func three(w uint64) uint64 { return two(w) | w>>2&0x1fc000 }
func four(w uint64) uint64  { return three(w) | w>>3&0xfe00000 }

// varints reads all numbers of b into a column from place n on and gives where
// the next would go. A column's numbers are mostly of one length.
func varints(col []uint64, n int, b []byte) (int, error) {
	if to, ok := alikes(col, n, b); ok {
		return to, nil
	}
	for len(b) >= 8 && len(col)-n >= 8 {
		w := binary.LittleEndian.Uint64(b)
		to := col[n : n+8 : n+8]
		switch more := w & highs; {
		case more == 0:
			to[0], to[1], to[2], to[3] = w&0xff, w>>8&0xff, w>>16&0xff, w>>24&0xff
			to[4], to[5], to[6], to[7] = w>>32&0xff, w>>40&0xff, w>>48&0xff, w>>56
			n += 8
			b = b[8:]
		case more&six == threes:
			to[0], to[1] = three(w), three(w>>24)
			n += 2
			b = b[6:]
		case more == twos:
			to[0], to[1], to[2], to[3] = two(w), two(w>>16), two(w>>32), two(w>>48)
			n += 4
			b = b[8:]
		case more == fours:
			to[0], to[1] = four(w), four(w>>32)
			n += 2
			b = b[8:]
		case more&0x80 == 0:
			to[0] = w & 0x7f
			n++
			b = b[1:]
		case more&0x8000 == 0:
			to[0] = two(w)
			n++
			b = b[2:]
		case more&0x800000 == 0:
			to[0] = three(w)
			n++
			b = b[3:]
		default:
			v, used := protowire.ConsumeVarint(b)
			if used < 0 {
				return 0, protowire.ParseError(used)
			}
			to[0] = v
			n++
			b = b[used:]
		}
	}
	for len(b) > 0 {
		if n >= len(col) {
			return 0, errTooMany
		}
		v, used := protowire.ConsumeVarint(b)
		if used < 0 {
			return 0, protowire.ParseError(used)
		}
		col[n] = v
		n++
		b = b[used:]
	}
	return n, nil
}
