package osdp

import (
	"encoding/binary"
	"fmt"
)

// Identity is what a peripheral says that it is (osdp_PDID, clause 7.4).
type Identity struct {
	Vendor         [3]byte // an OUI of IEEE
	Model, Version byte
	Serial         uint32
	Firmware       [3]byte // major, minor, build
}

// ParseIdentity reads osdp_PDID.
func ParseIdentity(b []byte) (i Identity, err error) {
	if len(b) != 12 {
		return i, wrongLength(PDID, b)
	}
	copy(i.Vendor[:], b)
	i.Model, i.Version, i.Serial = b[3], b[4], binary.LittleEndian.Uint32(b[5:])
	copy(i.Firmware[:], b[9:])
	return i, nil
}

// Append gives the data of osdp_PDID.
func (i Identity) Append(b []byte) []byte {
	b = append(append(b, i.Vendor[:]...), i.Model, i.Version)
	return append(binary.LittleEndian.AppendUint32(b, i.Serial), i.Firmware[:]...)
}

// Function is a code of what a peripheral can do (osdp_PDCAP, annex B).
type Function byte

// The functions that a panel asks for.
const (
	FuncInputs   Function = 1
	FuncOutputs  Function = 2
	FuncCard     Function = 3
	FuncLED      Function = 4
	FuncBuzzer   Function = 5
	FuncText     Function = 6
	FuncCheck    Function = 8
	FuncSecurity Function = 9
	FuncReceive  Function = 10
	FuncReaders  Function = 13
	FuncBio      Function = 14
)

// Capability is one thing that a peripheral can do: how well, and how many.
type Capability struct{ Level, Count byte }

// Capabilities are what a peripheral can do.
type Capabilities map[Function]Capability

// ParseCapabilities reads osdp_PDCAP.
func ParseCapabilities(b []byte) (Capabilities, error) {
	if len(b)%3 != 0 {
		return nil, wrongLength(PDCap, b)
	}
	all := Capabilities{}
	for ; len(b) > 0; b = b[3:] {
		all[Function(b[0])] = Capability{Level: b[1], Count: b[2]}
	}
	return all, nil
}

// Card is the bits that a reader read (osdp_RAW, clause 7.10), the first one the
// highest of the first byte.
type Card struct {
	Reader, Format byte
	Bits           int
	Data           []byte
}

// ParseCard reads osdp_RAW. Bits past the last are cleared: readers send what they
// like there.
func ParseCard(b []byte) (c Card, err error) {
	if len(b) < 4 {
		return c, wrongLength(Raw, b)
	}
	c = Card{Reader: b[0], Format: b[1], Bits: int(binary.LittleEndian.Uint16(b[2:])), Data: clone(b[4:])}
	if c.Bits == 0 || (c.Bits+7)/8 != len(c.Data) {
		return Card{}, fmt.Errorf("%w: %d bits in %d bytes", ErrFrame, c.Bits, len(c.Data))
	}
	if over := c.Bits % 8; over != 0 {
		c.Data[len(c.Data)-1] &= 0xff << (8 - over)
	}
	return c, nil
}

// Append gives the data of osdp_RAW.
func (c Card) Append(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(append(b, c.Reader, c.Format), uint16(c.Bits)), c.Data...)
}

// Keys of a keypad that are no digits (osdp_KEYPAD, clause 7.12).
const (
	KeyClear byte = 0x7f // *
	KeyEnter byte = 0x0d // #
)

// ParseKeys reads osdp_KEYPAD.
func ParseKeys(b []byte) (reader byte, keys []byte, err error) {
	if len(b) < 2 || int(b[1]) != len(b)-2 {
		return 0, nil, wrongLength(Keypad, b)
	}
	return b[0], b[2:], nil
}

// Local is a peripheral's own state (osdp_LSTATR, clause 7.6).
type Local struct{ Tamper, NoPower bool }

// ParseLocal reads osdp_LSTATR.
func ParseLocal(b []byte) (Local, error) {
	if len(b) != 2 {
		return Local{}, wrongLength(LocalStatus, b)
	}
	return Local{Tamper: b[0] != 0, NoPower: b[1] != 0}, nil
}

// Proof is a peripheral's answer to a challenge (osdp_CCRYPT, clause 7.16).
type Proof struct {
	Client     [8]byte // its identification
	Random     [RandomLen]byte
	Cryptogram [16]byte
}

// ParseProof reads osdp_CCRYPT.
func ParseProof(b []byte) (p Proof, err error) {
	if len(b) != 32 {
		return p, wrongLength(ClientCrypt, b)
	}
	copy(p.Client[:], b)
	copy(p.Random[:], b[8:])
	copy(p.Cryptogram[:], b[16:])
	return p, nil
}

// Append gives the data of osdp_CCRYPT.
func (p Proof) Append(b []byte) []byte {
	return append(append(append(b, p.Client[:]...), p.Random[:]...), p.Cryptogram[:]...)
}

// ParseRefusal reads osdp_NAK.
func ParseRefusal(b []byte) (Refusal, error) {
	if len(b) == 0 {
		return 0, wrongLength(Nak, b)
	}
	return Refusal(b[0]), nil
}

func wrongLength(code byte, b []byte) error {
	return fmt.Errorf("%w: %s of %d bytes", ErrFrame, Name(code, true), len(b))
}
