package gs1

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// An EPC is the content of a tag's EPC memory, held as upper-case hexadecimal, so that it compares, sorts and serves as a key.
// It may be of any scheme. The zero value "" is no EPC. To make one from bytes call EPCFromBytes, never convert.
type EPC string

// MaxEPCBytes is the longest EPC: the length field of a Gen2 tag counts to 31 words of 16 bits.
const MaxEPCBytes = 62

// ErrNotEPC: the tag's memory holds something else, or nothing.
var ErrNotEPC = errors.New("not an EPC")

// Headers that look like an EPC and are none.
const (
	headerUnprogrammed = 0x00
	headerTID          = 0xE2
)

// ParseEPC reads 2 to 124 hexadecimal digits, an even number of them, of either case.
// Header 00, an unprogrammed tag, and header E2, a TID read by mistake, are ErrNotEPC.
func ParseEPC(s string) (EPC, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("EPC %s: it is an even number of hexadecimal digits", quote(s))
	}
	return EPCFromBytes(b)
}

// EPCFromBytes is ParseEPC for the bytes as the reader gives them, most significant first.
func EPCFromBytes(b []byte) (EPC, error) {
	if len(b) == 0 || len(b) > MaxEPCBytes {
		return "", fmt.Errorf("EPC of %d bytes: it has 1 to %d: %w", len(b), MaxEPCBytes, ErrNotEPC)
	}
	text := strings.ToUpper(hex.EncodeToString(b))
	switch b[0] {
	case headerUnprogrammed:
		return "", fmt.Errorf("EPC %s: header 00 is an unprogrammed tag: %w", text, ErrNotEPC)
	case headerTID:
		return "", fmt.Errorf("EPC %s: header E2 is a TID: %w", text, ErrNotEPC)
	}
	return EPC(text), nil
}

// String gives the upper-case hexadecimal digits.
func (e EPC) String() string { return string(e) }

// Valid says whether e is what ParseEPC gives.
func (e EPC) Valid() bool {
	parsed, err := ParseEPC(string(e))
	return err == nil && parsed == e
}

// Bytes gives the bytes, or nil if e isn't hexadecimal.
func (e EPC) Bytes() []byte {
	b, err := hex.DecodeString(string(e))
	if err != nil {
		return nil
	}
	return b
}

// Scheme names the EPC's scheme by its header, such as "SGTIN-96", or gives "" if the header is of none.
func (e EPC) Scheme() string {
	b := e.Bytes()
	if len(b) == 0 {
		return ""
	}
	return schemeOf(b[0])
}

// SGTIN decodes an EPC of scheme SGTIN-96. See DecodeSGTIN96 for the errors.
func (e EPC) SGTIN() (SGTIN, error) {
	b := e.Bytes()
	if b == nil {
		return SGTIN{}, fmt.Errorf("EPC %s: %w", quote(string(e)), ErrNotEPC)
	}
	return DecodeSGTIN96(b)
}

// UnmarshalText reads what ParseEPC reads, or the empty string as no EPC. JSON decoding comes through here.
func (e *EPC) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*e = ""
		return nil
	}
	parsed, err := ParseEPC(string(text))
	if err != nil {
		return err
	}
	*e = parsed
	return nil
}
