package badge

import (
	"encoding/hex"
	"fmt"
)

// MaxBits is the most bits of a card that Append takes: the longest formats in use
// have 64, and a UID of three cascades 80.
const MaxBits = 128

// Card is the bits that a reader read, in the order they came.
type Card struct {
	// Bits is how many there are.
	Bits int
	// Data holds them from the highest bit of the first byte on; those after the
	// last are zero.
	Data []byte
}

// Bit gives a bit, counted from 0; zero beyond the last.
func (c Card) Bit(n int) int {
	if n < 0 || n >= c.Bits || n/8 >= len(c.Data) {
		return 0
	}
	return int(c.Data[n/8]) >> (7 - n%8) & 1
}

// Append adds a bit at the end, and says whether there was room.
func (c *Card) Append(bit int) bool {
	if c.Bits >= MaxBits {
		return false
	}
	if c.Bits%8 == 0 {
		c.Data = append(c.Data, 0)
	}
	c.Data[c.Bits/8] |= byte(bit&1) << (7 - c.Bits%8)
	c.Bits++
	return true
}

// Field gives some bits as a number, the highest first. It must be 64 bits or fewer.
func (c Card) Field(from, bits int) (n uint64) {
	for i := range bits {
		n = n<<1 | uint64(c.Bit(from+i)) //nolint:gosec // a bit
	}
	return n
}

// Text is what a token is made of: the number of bits, and the bits.
func (c Card) Text() string { return fmt.Sprintf("%d:%s", c.Bits, hex.EncodeToString(c.Data)) }
