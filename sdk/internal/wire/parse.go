package wire

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

var (
	errWireType = errors.New("a field of another type")
	errTooMany  = errors.New("a column of too many entries")
	errUnequal  = errors.New("columns of unequal length")
)

// fields calls f for each field of a message: with its bytes, or its number.
// Fields of neither are of no contract of ours and skipped.
func fields(b []byte, f func(n protowire.Number, t protowire.Type, b []byte, v uint64) error) error {
	for len(b) > 0 {
		n, t, used := protowire.ConsumeTag(b)
		if used < 0 {
			return protowire.ParseError(used)
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

// highs are the bits that say of eight bytes which go on in the next.
const highs = 0x8080808080808080

// varints reads all numbers of b into a column from place n on and gives where
// the next would go.
func varints(col []uint64, n int, b []byte) (int, error) {
	for len(b) >= 8 {
		word := binary.LittleEndian.Uint64(b)
		more := word & highs
		if more == 0 && len(col)-n >= 8 { // eight numbers of one byte
			for i, to := 0, col[n:n+8]; i < 8; i++ {
				to[i] = word & 0xff
				word >>= 8
			}
			n += 8
			b = b[8:]
			continue
		}
		if n >= len(col) {
			return 0, errTooMany
		}
		// The number ends with the first byte that has no such bit.
		size := bits.TrailingZeros64(^word&highs)/8 + 1
		if size > 4 {
			v, used := protowire.ConsumeVarint(b)
			if used < 0 {
				return 0, protowire.ParseError(used)
			}
			col[n] = v
			n++
			b = b[used:]
			continue
		}
		word &= 1<<(8*size) - 1
		col[n] = word&0x7f | word>>1&0x3f80 | word>>2&0x1fc000 | word>>3&0xfe00000
		n++
		b = b[size:]
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
