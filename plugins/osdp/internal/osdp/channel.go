package osdp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"fmt"
)

// The types of security blocks (annex D).
const (
	SCS11 byte = 0x11 // panel: challenge
	SCS12 byte = 0x12 // peripheral: its cryptogram
	SCS13 byte = 0x13 // panel: its cryptogram
	SCS14 byte = 0x14 // peripheral: the first reply MAC
	SCS15 byte = 0x15 // panel: a command without data, authenticated
	SCS16 byte = 0x16 // peripheral: a reply without data, authenticated
	SCS17 byte = 0x17 // panel: a command whose data is encrypted
	SCS18 byte = 0x18 // peripheral: a reply whose data is encrypted
)

// DefaultKey is SCBK-D, which everybody knows: for giving a peripheral its own
// key, and nothing else.
var DefaultKey = Key{0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f}

// Key is a secure channel base key, SCBK.
type Key [16]byte

// RandomLen is the length of the random numbers of both sides, in bytes.
const RandomLen = 8

// ErrSecurity says that a frame is not what the other side's keys would have
// made of it. The session is over then; whoever goes on begins a new one.
var ErrSecurity = errors.New("the secure channel does not fit")

// Channel is the secure channel of one session, of either side. The zero value
// is none; Begin makes one. After an ErrSecurity it must not be used again.
type Channel struct {
	enc, mac1, mac2 cipher.Block
	randoms         [2 * RandomLen]byte // the panel's, then the peripheral's
	// command and replied are the last MACs of either direction: what the other one's
	// next frame is chained to.
	command, replied [16]byte
}

// Begin derives the session's keys from the base key and the random numbers of
// panel and peripheral (annex D.4.1).
func Begin(key Key, panel, peripheral [RandomLen]byte) *Channel {
	base := block(key[:])
	derive := func(a, b byte) cipher.Block {
		in := [16]byte{a, b}
		copy(in[2:], panel[:6])
		base.Encrypt(in[:], in[:])
		return block(in[:])
	}
	c := &Channel{enc: derive(0x01, 0x82), mac1: derive(0x01, 0x01), mac2: derive(0x01, 0x02)}
	copy(c.randoms[:], panel[:])
	copy(c.randoms[RandomLen:], peripheral[:])
	return c
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // a key of 16 bytes is one
	}
	return b
}

// Client is the peripheral's cryptogram, which proves that it has the key.
func (c *Channel) Client() (out [16]byte) {
	c.enc.Encrypt(out[:], c.randoms[:])
	return out
}

// Server is the panel's cryptogram.
func (c *Channel) Server() (out [16]byte) {
	var in [16]byte
	copy(in[:], c.randoms[RandomLen:])
	copy(in[RandomLen:], c.randoms[:RandomLen])
	c.enc.Encrypt(out[:], in[:])
	return out
}

// Start begins the chain of MACs and gives the first, R-MAC-I, which the
// peripheral sends and the panel compares.
func (c *Channel) Start() [16]byte {
	server := c.Server()
	c.mac1.Encrypt(c.replied[:], server[:])
	c.mac2.Encrypt(c.replied[:], c.replied[:])
	return c.replied
}

// Equal compares cryptograms and MACs in constant time.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// Seal encrypts a frame's data, where it has any, and signs it: a command of the
// panel, or a reply where f.Reply is set.
func (c *Channel) Seal(f *Frame) {
	kind, chain := SCS15, &c.replied
	if f.Reply {
		kind, chain = SCS16, &c.command
	}
	if len(f.Data) > 0 {
		kind += 2
		f.Data = pad(f.Data, true)
		cipher.NewCBCEncrypter(c.enc, inverse(*chain)).CryptBlocks(f.Data, f.Data)
	}
	f.Security = []byte{kind}
	f.MAC = c.sign(f, *chain)
}

// Open checks a frame that the other side sealed and decrypts its data.
func (c *Channel) Open(f *Frame) error {
	kind, chain := SCS15, c.replied
	if f.Reply {
		kind, chain = SCS16, c.command
	}
	if len(f.Security) == 0 || f.Security[0] != kind && f.Security[0] != kind+2 {
		return fmt.Errorf("%w: a frame without authentication", ErrSecurity)
	}
	// An empty one with the encrypted type has nothing to decrypt: libosdp sends it.
	if f.Security[0] == kind && len(f.Data) > 0 {
		return fmt.Errorf("%w: data that is not encrypted", ErrSecurity)
	}
	if len(f.Data)%16 != 0 {
		return fmt.Errorf("%w: encrypted data of %d bytes", ErrSecurity, len(f.Data))
	}
	if !Equal(c.sign(f, chain), f.MAC) {
		return fmt.Errorf("%w: the MAC is wrong", ErrSecurity)
	}
	if len(f.Data) == 0 {
		return nil
	}
	f.Data = clone(f.Data) // what came off the line stays as it was
	cipher.NewCBCDecrypter(c.enc, inverse(chain)).CryptBlocks(f.Data, f.Data)
	end := len(f.Data) - 1
	for end >= 0 && f.Data[end] == 0 {
		end--
	}
	if end < 0 || f.Data[end] != padding {
		return fmt.Errorf("%w: the data's padding is wrong", ErrSecurity)
	}
	f.Data = f.Data[:end]
	return nil
}

// sign gives a frame's MAC and keeps it whole for the next frame of the other
// direction (annex D.5).
func (c *Channel) sign(f *Frame, chain [16]byte) []byte {
	b := pad(f.appendSigned(nil), false)
	last := len(b) - 16
	if last > 0 {
		cipher.NewCBCEncrypter(c.mac1, chain[:]).CryptBlocks(b[:last], b[:last])
		copy(chain[:], b[last-16:last])
	}
	subtle.XORBytes(chain[:], chain[:], b[last:])
	c.mac2.Encrypt(chain[:], chain[:])
	if f.Reply {
		c.replied = chain
	} else {
		c.command = chain
	}
	return chain[:macLen:macLen]
}

const padding = 0x80

// pad fills a copy up to whole blocks; always, or only where it does not end
// with one.
func pad(b []byte, always bool) []byte {
	out := append(make([]byte, 0, len(b)+16), b...)
	if !always && len(out)%16 == 0 {
		return out
	}
	for out = append(out, padding); len(out)%16 != 0; {
		out = append(out, 0)
	}
	return out
}

// inverse is the initial vector that data is encrypted with: the last MAC of the
// other direction, each bit turned.
func inverse(mac [16]byte) []byte {
	for i := range mac {
		mac[i] = ^mac[i]
	}
	return mac[:]
}
