package gs1

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// The layout of SGTIN-96, Tag Data Standard 2.1 section 14.6.1: header 8, filter 3, partition 3, prefix and item reference 44
// together, serial 38.
const (
	headerSGTIN96 = 0x30
	sgtin96Bytes  = 12
	serialBits    = 38
	goodsBits     = 44
	lastPartition = 6
)

// prefixBits is the partition table: the width of a company prefix of 12 digits, then 11, to 6. The item reference has the other
// bits of the 44. The partition value is the index.
var prefixBits = [lastPartition + 1]uint{40, 37, 34, 30, 27, 24, 20}

// DecodeSGTIN96 decodes the 12 bytes of an SGTIN-96, most significant first.
// Another scheme is a *SchemeError, header 00 or E2 is ErrNotEPC, and a value no encoder may write is an error too.
func DecodeSGTIN96(b []byte) (SGTIN, error) {
	if _, err := EPCFromBytes(b); err != nil {
		return SGTIN{}, err
	}
	if b[0] != headerSGTIN96 {
		return SGTIN{}, &SchemeError{Header: b[0], Scheme: schemeOf(b[0])}
	}
	if len(b) != sgtin96Bytes {
		return SGTIN{}, fmt.Errorf("SGTIN-96 %X: it has %d bytes, not %d", b, sgtin96Bytes, len(b))
	}
	hi, lo := binary.BigEndian.Uint32(b), binary.BigEndian.Uint64(b[4:])
	partition := int(hi >> 18 & 0b111)
	if partition > lastPartition {
		return SGTIN{}, fmt.Errorf("SGTIN-96 %X: partition %d is reserved", b, partition)
	}
	goods := uint64(hi&(1<<18-1))<<26 | lo>>serialBits
	itemBits := goodsBits - prefixBits[partition]
	prefixDigits := maxPrefixDigits - partition
	prefix, okPrefix := digits(goods>>itemBits, prefixDigits)
	item, okItem := digits(goods&(1<<itemBits-1), sgtinDigits-prefixDigits)
	if !okPrefix || !okItem {
		return SGTIN{}, fmt.Errorf("SGTIN-96 %X: company prefix or item reference has more digits than partition %d allows", b, partition)
	}
	return SGTIN{Filter: uint8(hi >> 21 & 0b111), CompanyPrefix: prefix, ItemReference: item, Serial: lo & MaxSerial}, nil
}

// Encode96 gives the 12 bytes of s as an SGTIN-96, most significant first.
func (s SGTIN) Encode96() ([sgtin96Bytes]byte, error) {
	var b [sgtin96Bytes]byte
	if err := s.check(); err != nil {
		return b, err
	}
	partition := maxPrefixDigits - len(s.CompanyPrefix)
	// check has seen digits only, at most 12 of them.
	prefix, _ := strconv.ParseUint(s.CompanyPrefix, 10, 64)
	item, _ := strconv.ParseUint(s.ItemReference, 10, 64)
	goods := prefix<<(goodsBits-prefixBits[partition]) | item
	binary.BigEndian.PutUint32(b[:], headerSGTIN96<<24|uint32(s.Filter)<<21|uint32(partition)<<18|uint32(goods>>26))
	binary.BigEndian.PutUint64(b[4:], goods<<serialBits|s.Serial)
	return b, nil
}

// digits writes v with leading zeros, and says whether it fits.
func digits(v uint64, width int) (string, bool) {
	text := strconv.FormatUint(v, 10)
	if len(text) > width {
		return "", false
	}
	return strings.Repeat("0", width-len(text)) + text, true
}
