package osdp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds and marks of a frame (clause 5.8).
const (
	// Mark may stand before a frame, for lines that take a moment to turn around.
	Mark = 0xff
	// start is the SOM byte.
	start = 0x53
	// MaxFrame is the longest frame that the standard allows.
	MaxFrame = 1440
	// Broadcast is the address that every peripheral answers to: a line with one.
	Broadcast = 0x7f

	headLen  = 5 // SOM, address, length of two bytes, control
	reply    = 0x80
	ctrlSeq  = 0x03
	ctrlCRC  = 0x04
	ctrlSCB  = 0x08
	macLen   = 4
	minFrame = headLen + 1 + 1 // code and checksum
)

// Errors of frames. ErrShort says that more bytes may make it whole.
var (
	ErrShort    = errors.New("the frame is not whole yet")
	ErrBadCheck = errors.New("the frame's check characters are wrong")
	ErrFrame    = errors.New("this is no frame")
)

// Frame is one message on the line, its data as it travels: encrypted where the
// security block says so.
type Frame struct {
	// Address is the peripheral's, 0 to 126, or Broadcast.
	Address byte
	// Reply is set where the peripheral speaks.
	Reply bool
	// Seq is the sequence number, 0 to 3; 0 begins anew.
	Seq byte
	// Checksum is set where the frame ends with the one-byte checksum instead of the
	// CRC.
	Checksum bool
	// Security is the security block's type and data (SCS 11 to 18); nil for none.
	Security []byte
	// Code is the command or reply.
	Code byte
	Data []byte
	// MAC is the first bytes of the message authentication code, where the security
	// block has one.
	MAC []byte
}

// Append gives the frame's bytes from SOM to its check characters, behind b.
func (f *Frame) Append(b []byte) []byte {
	at := len(b)
	b = f.appendSigned(b)
	b = append(b, f.MAC...)
	if f.Checksum {
		return append(b, checksum(b[at:]))
	}
	return binary.LittleEndian.AppendUint16(b, crc(b[at:]))
}

// appendSigned gives the bytes that a message authentication code is of: all
// before it, with the length that the whole frame has.
func (f *Frame) appendSigned(b []byte) []byte {
	control := f.Seq & ctrlSeq
	size := headLen + 1 + len(f.Data) + 1
	if !f.Checksum {
		control |= ctrlCRC
		size++
	}
	if f.Security != nil {
		control |= ctrlSCB
		size += 1 + len(f.Security)
	}
	if authenticated(f.Security) {
		size += macLen
	}
	address := f.Address & Broadcast
	if f.Reply {
		address |= reply
	}
	b = append(b, start, address, byte(size), byte(size>>8), control)
	if f.Security != nil {
		b = append(b, byte(1+len(f.Security)))
		b = append(b, f.Security...)
	}
	return append(append(b, f.Code), f.Data...)
}

// Parse reads the frame at the beginning of b, which begins with SOM, and says
// how long it is. ErrShort asks for more bytes; any other error means that the
// bytes up to the length returned are none.
func Parse(b []byte) (f Frame, size int, err error) {
	if len(b) == 0 || b[0] != start {
		return f, 1, fmt.Errorf("%w: it does not begin with %#x", ErrFrame, start)
	}
	if len(b) < headLen {
		return f, 0, ErrShort
	}
	size = int(binary.LittleEndian.Uint16(b[2:]))
	if size < minFrame || size > MaxFrame {
		return f, 1, fmt.Errorf("%w: it says that it is %d bytes long", ErrFrame, size)
	}
	if len(b) < size {
		return f, 0, ErrShort
	}
	b = b[:size]
	body := b[headLen:]
	if b[4]&ctrlCRC != 0 {
		end := size - 2
		if binary.LittleEndian.Uint16(b[end:]) != crc(b[:end]) {
			return f, 1, ErrBadCheck
		}
		body = b[headLen:end]
	} else {
		if b[size-1] != checksum(b[:size-1]) {
			return f, 1, ErrBadCheck
		}
		body = body[:len(body)-1]
		f.Checksum = true
	}
	f.Address, f.Reply, f.Seq = b[1]&^reply, b[1]&reply != 0, b[4]&ctrlSeq
	if b[4]&ctrlSCB != 0 {
		if len(body) < 2 || body[0] < 2 || int(body[0]) > len(body) {
			return f, size, fmt.Errorf("%w: its security block does not fit into it", ErrFrame)
		}
		f.Security, body = body[1:body[0]], body[body[0]:]
	}
	if authenticated(f.Security) {
		if len(body) < 1+macLen {
			return f, size, fmt.Errorf("%w: it has no room for its MAC", ErrFrame)
		}
		body, f.MAC = body[:len(body)-macLen], body[len(body)-macLen:]
	}
	if len(body) == 0 {
		return f, size, fmt.Errorf("%w: it has neither command nor reply", ErrFrame)
	}
	f.Code, f.Data = body[0], body[1:]
	return f, size, nil
}

// authenticated says whether a security block is of a kind that a MAC follows.
func authenticated(security []byte) bool {
	return len(security) > 0 && security[0] >= SCS15 && security[0] <= SCS18
}

// crc is the CRC-16 of clause 5.8: polynomial 0x1021, start 0x1D0F, no reflection.
func crc(b []byte) uint16 {
	c := uint16(0x1d0f)
	for _, x := range b {
		c ^= uint16(x) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
	}
	return c
}

// checksum makes the sum of all bytes zero.
func checksum(b []byte) byte {
	var sum byte
	for _, x := range b {
		sum += x
	}
	return -sum
}

// Reader finds frames in what comes off a line.
type Reader struct{ kept []byte }

// Write takes bytes as they come.
func (r *Reader) Write(p []byte) (int, error) {
	r.kept = append(r.kept, p...)
	return len(p), nil
}

// Next gives the next frame and whether there is one yet; err says that there
// was garbage instead, which is now gone. The frame's slices are its own.
func (r *Reader) Next() (f Frame, ok bool, err error) {
	for len(r.kept) > 0 {
		if r.kept[0] != start {
			r.kept = r.kept[1:]
			continue
		}
		f, size, err := Parse(r.kept)
		if errors.Is(err, ErrShort) {
			break
		}
		if err == nil {
			own := f
			own.Security, own.Data, own.MAC = clone(f.Security), clone(f.Data), clone(f.MAC)
			f = own
		}
		r.kept = r.kept[size:]
		return f, err == nil, err
	}
	r.kept = append([]byte(nil), r.kept...)
	return Frame{}, false, nil
}

// Reset forgets what came before: it answers something that nobody waits for
// any more.
func (r *Reader) Reset() { r.kept = nil }

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
