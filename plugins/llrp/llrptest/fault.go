package llrptest

import (
	"encoding/binary"
	"time"
)

// Fault is a way to misbehave. All but Silent and Slow happen once, with the next message.
type Fault int

// The faults.
const (
	None         Fault = iota
	Silent             // it says nothing, not even that it is there
	Slow               // a byte at a time, and long between them
	Garbage            // noise between two messages
	Truncated          // half a message, and the cable is out
	Lying              // a length that is longer than the message
	Huge               // a length of 4 GB
	Malformed          // a message whose inside is broken, while its length holds
	Nested             // a report of parameters within parameters, and of nothing else
	WrongVersion       // a message of LLRP 5
)

// Faults are all of them, by name.
var Faults = map[string]Fault{
	"none": None, "silent": Silent, "slow": Slow, "garbage": Garbage, "truncated": Truncated, "lying": Lying, "huge": Huge,
	"malformed": Malformed, "nested": Nested, "version": WrongVersion,
}

// slowly is how long Slow waits after a byte.
const slowly = time.Second

// Break sets how it misbehaves.
func (r *Reader) Break(f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = f
}

// corrupt sends a message as the fault has it.
func (r *Reader) corrupt(c *client, b []byte) {
	r.mu.Lock()
	f := r.fault
	if f != Silent && f != Slow {
		r.fault = None
	}
	r.mu.Unlock()
	switch f {
	case None:
	case Silent:
		return
	case Slow:
		for i := range b {
			if _, err := c.conn.Write(b[i : i+1]); err != nil || !c.sleep(slowly) {
				return
			}
		}
		return
	case Garbage:
		b = append([]byte("\xff\x00HTTP/1.1 400 Bad Request\r\n\r\n"), b...)
	case Truncated:
		_, _ = c.conn.Write(b[:len(b)/2])
		_ = c.conn.Close()
		return
	case Lying:
		binary.BigEndian.PutUint32(b[2:], uint32(len(b)+7))
	case Huge:
		binary.BigEndian.PutUint32(b[2:], 1<<32-1)
	case Malformed:
		b = message(b, []byte{0, 240, 0, 8, 0, 241, 0, 255})
	case Nested:
		b = message(b, bomb())
	case WrongVersion:
		b[0] = b[0]&^0x1C | 5<<2
	}
	_, _ = c.conn.Write(b) // one that is gone is seen by who reads
}

// message is an RO_ACCESS_REPORT with a body.
func message(like, body []byte) []byte {
	b := append([]byte(nil), like[:10]...)
	b[0], b[1] = b[0]&0x1C, 61
	binary.BigEndian.PutUint32(b[2:], uint32(10+len(body)))
	return append(b, body...)
}

// bomb is as many tag reports in each other, and as many empty ones, as fit.
func bomb() (b []byte) {
	for n := 60000; n >= 4; n -= 4 {
		b = append(b, 0, 240, byte(n>>8), byte(n))
	}
	for len(b) < 900_000 {
		b = append(b, 0, 240, 0, 4)
	}
	return b
}
