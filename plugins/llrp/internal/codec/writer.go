package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// writer puts a message together.
type writer struct {
	b     []byte
	bits  uint8 // of a byte that is not full yet, at the low end
	nbits uint8
	err   error
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) u8(v uint8)          { w.b = append(w.b, v) }
func (w *writer) u16(v uint16)        { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32)        { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64)        { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *writer) s8(v int8)           { w.u8(uint8(v)) }
func (w *writer) s16(v int16)         { w.u16(uint16(v)) }
func (w *writer) u96(v [12]byte)      { w.b = append(w.b, v[:]...) }
func (w *writer) bytesToEnd(v []byte) { w.b = append(w.b, v...) }

// few adds n bits; eight of them make a byte.
func (w *writer) few(v, n uint8) {
	w.bits = w.bits<<n | v&(1<<n-1)
	if w.nbits += n; w.nbits == 8 {
		w.u8(w.bits)
		w.bits, w.nbits = 0, 0
	}
}

func (w *writer) u1(v bool) {
	var b uint8
	if v {
		b = 1
	}
	w.few(b, 1)
}

func (w *writer) u2(v uint8) { w.few(v, 2) }

// reserved writes the low n bits.
func (w *writer) reserved(bits uint32, n uint8) {
	for n > 0 {
		n--
		w.few(uint8(bits>>n&1), 1)
	}
}

// length writes how many there are.
func (w *writer) length(n int) bool {
	if n > math.MaxUint16 {
		w.fail(fmt.Errorf("%d values in one field", n))
		return false
	}
	w.u16(uint16(n))
	return true
}

func (w *writer) u1v(v Bits) {
	if len(v.Data) != (int(v.Count)+7)/8 {
		w.fail(fmt.Errorf("%d bits in %d bytes", v.Count, len(v.Data)))
		return
	}
	w.u16(v.Count)
	w.b = append(w.b, v.Data...)
}

func (w *writer) u8v(v []byte) {
	if w.length(len(v)) {
		w.b = append(w.b, v...)
	}
}

func (w *writer) u16v(v []uint16) {
	if w.length(len(v)) {
		for _, n := range v {
			w.u16(n)
		}
	}
}

func (w *writer) u32v(v []uint32) {
	if w.length(len(v)) {
		for _, n := range v {
			w.u32(n)
		}
	}
}

func (w *writer) utf8v(v string) {
	if w.length(len(v)) {
		w.b = append(w.b, v...)
	}
}

func bytesOf[E ~uint16](v []E) []byte {
	b := make([]byte, len(v))
	for i := range v {
		b[i] = byte(v[i])
	}
	return b
}

// body writes an element's fields and parameters.
func (w *writer) body(e element) {
	e.write(w)
	if w.nbits != 0 {
		w.fail(errors.New("fields end within a byte"))
	}
	if c, ok := e.(container); ok {
		w.parameters(c)
	}
}

// element writes a parameter.
func (w *writer) element(e element) {
	start := len(w.b)
	if e.typ() < firstTLV {
		w.u8(uint8(e.typ()) | 0x80)
		w.body(e)
		return
	}
	w.u16(e.typ())
	w.u16(0)
	w.body(e)
	n := len(w.b) - start
	if n > math.MaxUint16 {
		w.fail(fmt.Errorf("%s of %d bytes", NameOf(e), n))
		return
	}
	binary.BigEndian.PutUint16(w.b[start+2:], uint16(n))
}

// parameters writes what a container holds: in the order that it came in, and what was added since by the definition's.
func (w *writer) parameters(c container) {
	x, kinds := c.extra(), c.members()+1
	var first [32]int
	written := first[:0]
	for range kinds {
		written = append(written, 0)
	}
	one := func(member int) bool {
		var q element
		if member < kinds-1 {
			q = c.nth(member, written[member])
		} else if n := written[member]; n < len(x.Unknown) {
			q = &x.Unknown[n]
		}
		if q == nil || w.err != nil {
			return false
		}
		written[member]++
		w.element(q)
		return true
	}
	for _, m := range x.order {
		one(int(m))
	}
	for m := range kinds {
		for one(m) {
		}
	}
}
