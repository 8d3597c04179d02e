package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The versions of LLRP, as they stand in a message's header.
const (
	Version101 = 1
	Version11  = 2
)

// HeaderBytes begin each message: three reserved bits, version, type, length and ID.
const HeaderBytes = 10

// MaxMessage is the longest message, in bytes: the report of some 20,000 reads. A reader that says more is not speaking LLRP.
const MaxMessage = 1 << 20

// maxElements bounds the parameters of one message: the smallest takes 2 bytes on the wire and some 300 here.
const maxElements = 1 << 17

// The errors. ErrMalformed wraps all that bytes can have wrong; ErrVersion is a message of a version that was not agreed.
var (
	ErrMalformed = errors.New("no LLRP")
	ErrVersion   = errors.New("a version of LLRP that is not spoken here")
)

// Message is one of the messages of LLRP, or *RawMessage.
type Message interface {
	element
	message()
}

// element is a message or a parameter.
type element interface {
	typ() uint16
	read(*reader)
	write(*writer)
}

// container is an element that holds parameters.
type container interface {
	element
	take(r *reader, typ uint16) int
	nth(member, n int) element
	members() int
	missing() string
	extra() *Extra
}

// Extra is what a container holds beside what the standard says.
type Extra struct {
	// Unknown are parameters that the standard doesn't have, or not here, or not twice.
	Unknown []Raw
	// order is that of the wire, as indices of members, where it isn't the definition's.
	order []uint8
}

func (e *Extra) extra() *Extra { return e }

// Raw is a parameter as it came.
type Raw struct {
	Type uint16
	Body []byte
}

func (p *Raw) typ() uint16     { return p.Type }
func (p *Raw) read(r *reader)  { p.Body = r.bytesToEnd() }
func (p *Raw) write(w *writer) { w.bytesToEnd(p.Body) }

// RawMessage is a message of a type that the standard doesn't have.
type RawMessage struct {
	Type uint16
	Body []byte
}

func (m *RawMessage) typ() uint16     { return m.Type }
func (m *RawMessage) read(r *reader)  { m.Body = r.bytesToEnd() }
func (m *RawMessage) write(w *writer) { w.bytesToEnd(m.Body) }
func (*RawMessage) message()          {}

// Bits is a bit array, most significant first. Data has the last byte filled up.
type Bits struct {
	Count uint16
	Data  []byte
}

// Header begins a message.
type Header struct {
	Version uint8
	Type    uint16
	ID      uint32
	Length  uint32 // of the whole message, in bytes
}

// ParseHeader reads the first HeaderBytes of b. It refuses lengths that can't be and reserved bits that are set, so that garbage shows at its
// first ten bytes.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderBytes {
		return Header{}, fmt.Errorf("%w: %d bytes, a header has %d", ErrMalformed, len(b), HeaderBytes)
	}
	v := binary.BigEndian.Uint16(b)
	h := Header{Version: uint8(v >> 10 & 7), Type: v & 0x3FF, Length: binary.BigEndian.Uint32(b[2:]), ID: binary.BigEndian.Uint32(b[6:])}
	switch {
	case v>>13 != 0:
		return h, fmt.Errorf("%w: a message does not begin with %04X", ErrMalformed, v)
	case h.Length < HeaderBytes || h.Length > MaxMessage:
		return h, fmt.Errorf("%w: a message of %d bytes: it has %d to %d", ErrMalformed, h.Length, HeaderBytes, MaxMessage)
	case h.Version != Version101 && h.Version != Version11:
		return h, fmt.Errorf("%w: version %d", ErrVersion, h.Version)
	}
	return h, nil
}

// Decode reads one whole message. What the message holds is its own: b may be used again.
func Decode(b []byte) (Header, Message, error) {
	h, err := ParseHeader(b)
	if err != nil {
		return h, nil, err
	}
	if int(h.Length) != len(b) {
		return h, nil, fmt.Errorf("%w: message %d says %d bytes and has %d", ErrMalformed, h.Type, h.Length, len(b))
	}
	m := newMessage(h.Type)
	if m == nil {
		m = &RawMessage{Type: h.Type}
	}
	r := &reader{b: b[HeaderBytes:]}
	r.body(m)
	if r.err != nil {
		return h, nil, fmt.Errorf("%w: %s: %w", ErrMalformed, NameOf(m), r.err)
	}
	return h, m, nil
}

// Append writes a message to the end of dst.
func Append(dst []byte, version uint8, id uint32, m Message) ([]byte, error) {
	start := len(dst)
	w := &writer{b: dst}
	w.u16(uint16(version)<<10 | m.typ()&0x3FF)
	w.u32(0)
	w.u32(id)
	w.body(m)
	n := len(w.b) - start
	if w.err == nil && n > MaxMessage {
		w.err = fmt.Errorf("%d bytes are more than %d", n, MaxMessage)
	}
	if w.err != nil {
		return dst, fmt.Errorf("%s: %w", NameOf(m), w.err)
	}
	binary.BigEndian.PutUint32(w.b[start+2:], uint32(n))
	return w.b, nil
}

// NameOf is the name of a message or parameter, for people.
func NameOf(e element) string {
	switch e := e.(type) {
	case *RawMessage:
		return fmt.Sprintf("message %d", e.Type)
	case *Raw:
		return fmt.Sprintf("parameter %d", e.Type)
	}
	return fmt.Sprintf("%T", e)[len("*codec."):]
}

// Check says what a version of the standard has against a message: what is missing in it, and what only a later version has.
func Check(m Message, version uint8) error {
	if version < Version11 && messages11[m.typ()] {
		return fmt.Errorf("%s: only LLRP 1.1 has it: %w", NameOf(m), ErrVersion)
	}
	return check(m, version)
}

func check(e element, version uint8) error {
	c, ok := e.(container)
	if !ok {
		return nil
	}
	if name := c.missing(); name != "" {
		return fmt.Errorf("%s: it has no %s", NameOf(e), name)
	}
	for m := range c.members() {
		for n := 0; ; n++ {
			q := c.nth(m, n)
			if q == nil {
				break
			}
			if version < Version11 && parameters11[q.typ()] {
				return fmt.Errorf("%s: only LLRP 1.1 has it: %w", NameOf(q), ErrVersion)
			}
			if err := check(q, version); err != nil {
				return fmt.Errorf("%s: %w", NameOf(e), err)
			}
		}
	}
	return nil
}
