package wire

import (
	"errors"
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
	col = col[:cap(col)]
	for at := 0; at < len(b); n++ {
		if n >= most || n >= len(col) {
			return errTooMany
		}
		switch rest := b[at:]; {
		case rest[0] < 0x80:
			col[n] = uint64(rest[0])
			at++
		case len(rest) > 2 && rest[1] < 0x80:
			col[n] = uint64(rest[0]&0x7f) | uint64(rest[1])<<7
			at += 2
		case len(rest) > 2 && rest[2] < 0x80:
			col[n] = uint64(rest[0]&0x7f) | uint64(rest[1]&0x7f)<<7 | uint64(rest[2])<<14
			at += 3
		default:
			v, used := protowire.ConsumeVarint(rest)
			if used < 0 {
				return protowire.ParseError(used)
			}
			col[n] = v
			at += used
		}
	}
	*out = col[:n]
	return nil
}
