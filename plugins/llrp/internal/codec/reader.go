package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The errors of a body.
var (
	errShort    = errors.New("it ends too early")
	errLeftOver = errors.New("bytes are left over")
	errTooMany  = errors.New("too many parameters")
)

// reader takes a message apart. After an error all it gives is zero.
type reader struct {
	b     []byte // what is left of the innermost element
	bits  uint8  // of the byte last taken, those left, at the low end
	nbits uint8  // how many
	count int    // parameters so far
	err   error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) next(n int) []byte {
	if r.err != nil || n > len(r.b) {
		r.fail(errShort)
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u8() uint8 {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if b := r.next(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.next(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.next(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) s8() int8   { return int8(r.u8()) }
func (r *reader) s16() int16 { return int16(r.u16()) }

func (r *reader) u96() (v [12]byte) {
	copy(v[:], r.next(len(v)))
	return v
}

// few takes n bits of a byte, from its top.
func (r *reader) few(n uint8) uint8 {
	if r.nbits == 0 {
		r.bits, r.nbits = r.u8(), 8
	}
	r.nbits -= n
	return r.bits >> r.nbits & (1<<n - 1)
}

func (r *reader) u1() bool  { return r.few(1) != 0 }
func (r *reader) u2() uint8 { return r.few(2) }

// reserved takes bits that the standard has zero. Not all readers do: they are kept.
func (r *reader) reserved(spare *uint32, n uint8) {
	for ; n > 0; n-- {
		*spare = *spare<<1 | uint32(r.few(1))
	}
}

func (r *reader) u1v() Bits {
	n := r.u16()
	return Bits{Count: n, Data: clone(r.next((int(n) + 7) / 8))}
}

func (r *reader) u8v() []byte { return clone(r.next(int(r.u16()))) }

func (r *reader) u16v() []uint16 {
	b := r.next(2 * int(r.u16()))
	if len(b) == 0 {
		return nil
	}
	v := make([]uint16, len(b)/2)
	for i := range v {
		v[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return v
}

func (r *reader) u32v() []uint32 {
	b := r.next(4 * int(r.u16()))
	if len(b) == 0 {
		return nil
	}
	v := make([]uint32, len(b)/4)
	for i := range v {
		v[i] = binary.BigEndian.Uint32(b[4*i:])
	}
	return v
}

// utf8v is a string as it came: readers have sent names that are no UTF-8.
func (r *reader) utf8v() string { return string(r.next(int(r.u16()))) }

func (r *reader) bytesToEnd() []byte { return clone(r.next(len(r.b))) }

func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func enumsOf[E ~uint16](b []byte) []E {
	if len(b) == 0 {
		return nil
	}
	v := make([]E, len(b))
	for i := range b {
		v[i] = E(b[i])
	}
	return v
}

// body reads an element to the end of its bytes.
func (r *reader) body(e element) {
	e.read(r)
	if c, ok := e.(container); ok {
		r.parameters(c)
	}
	if r.err == nil && (len(r.b) > 0 || r.nbits > 0) {
		r.fail(errLeftOver)
	}
}

// element reads one parameter, whose header was only looked at.
func (r *reader) element(e element) {
	whole, head := r.b, 1
	if e.typ() >= firstTLV {
		head = 4
	}
	n := parameterBytes(whole)
	r.b = whole[head:n]
	r.body(e)
	if r.err != nil {
		r.err = fmt.Errorf("%s: %w", NameOf(e), r.err)
		return
	}
	r.b = whole[n:]
}

// firstTLV is the first type that carries a length.
const firstTLV = 128

// peek gives the type of the parameter that is next, if it is whole.
func (r *reader) peek() (uint16, bool) {
	n := parameterBytes(r.b)
	switch {
	case n == 0:
		r.fail(fmt.Errorf("at %X: %w", r.b[:min(4, len(r.b))], errors.New("no parameter begins so")))
		return 0, false
	case n > len(r.b):
		r.fail(errShort)
		return 0, false
	}
	if r.b[0]&0x80 != 0 {
		return uint16(r.b[0] & 0x7F), true
	}
	return binary.BigEndian.Uint16(r.b), true
}

// parameterBytes is how long the parameter at the head of b says it is; zero for none.
func parameterBytes(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if b[0]&0x80 != 0 {
		if n := int(tvBytes[b[0]&0x7F]); n > 0 {
			return 1 + n
		}
		return 0 // one that is not known has no length either
	}
	if len(b) < 4 {
		return 4
	}
	n, typ := int(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint16(b)
	if n < 4 || typ < firstTLV || typ > 0x3FF {
		return 0
	}
	return n
}

// parameters reads all that a container holds, and notes their order where it isn't the definition's.
func (r *reader) parameters(c container) {
	x := c.extra()
	var first [32]uint8
	order, last, sorted := first[:0], 0, true
	for r.err == nil && len(r.b) > 0 {
		if r.count++; r.count > maxElements {
			r.fail(errTooMany)
			return
		}
		typ, ok := r.peek()
		if !ok {
			return
		}
		m := c.take(r, typ)
		if m < 0 && r.err == nil {
			m = c.members()
			raw := Raw{Type: typ}
			r.element(&raw)
			x.Unknown = append(x.Unknown, raw)
		}
		sorted = sorted && m >= last
		last = m
		order = append(order, uint8(m))
	}
	if !sorted {
		x.order = append([]uint8(nil), order...)
	}
}
