package gs1

import (
	"fmt"
	"strconv"
)

// An SGTIN is a serialised GTIN, one single item, as scheme SGTIN-96 can hold it. It is comparable.
type SGTIN struct {
	// Filter says what the tag is on, 0 to 7: 1 is an item for the point of sale. It is no part of the identity.
	Filter uint8
	// CompanyPrefix is the GS1 Company Prefix, 6 to 12 digits. Leading zeros count.
	CompanyPrefix string
	// ItemReference is the indicator digit and then the item reference: 13 digits less the prefix's. Leading zeros count.
	ItemReference string
	// Serial is at most MaxSerial.
	Serial uint64
}

const (
	// MaxSerial is the greatest serial number that SGTIN-96 holds, 2^38-1.
	MaxSerial = 1<<serialBits - 1
	// FilterPOS is the filter of an item for the point of sale.
	FilterPOS = 1

	maxFilter       = 7
	minPrefixDigits = 6
	maxPrefixDigits = 12
	// sgtinDigits are the digits of prefix and item reference together: a GTIN-14 without its check digit.
	sgtinDigits = 13
)

// NewSGTIN splits a GTIN after the company prefix, whose length, 6 to 12, only its owner knows, and adds a serial number.
// The filter is FilterPOS.
func NewSGTIN(gtin GTIN, prefixLen int, serial uint64) (SGTIN, error) {
	if !gtin.Valid() {
		return SGTIN{}, fmt.Errorf("SGTIN of GTIN %s: that is no GTIN", quote(string(gtin)))
	}
	if prefixLen < minPrefixDigits || prefixLen > maxPrefixDigits {
		return SGTIN{}, fmt.Errorf("SGTIN of GTIN %v: a company prefix has %d to %d digits, not %d",
			gtin, minPrefixDigits, maxPrefixDigits, prefixLen)
	}
	s := SGTIN{
		Filter:        FilterPOS,
		CompanyPrefix: string(gtin[1 : 1+prefixLen]),
		ItemReference: string(gtin[:1] + gtin[1+prefixLen:gtinDigits-1]),
		Serial:        serial,
	}
	return s, s.check()
}

// GTIN gives the product's GTIN, with its check digit.
func (s SGTIN) GTIN() (GTIN, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	payload := s.ItemReference[:1] + s.CompanyPrefix + s.ItemReference[1:]
	return ParseGTIN(payload + string(checkDigit(payload)))
}

// Valid says whether SGTIN-96 can hold s.
func (s SGTIN) Valid() bool { return s.check() == nil }

// URI gives the pure identity, such as urn:epc:id:sgtin:0614141.812345.6789. The filter isn't in it.
func (s SGTIN) URI() string {
	return uriPrefix + s.CompanyPrefix + "." + s.ItemReference + "." + strconv.FormatUint(s.Serial, 10)
}

// TagURI gives identity and filter, such as urn:epc:tag:sgtin-96:3.0614141.812345.6789.
func (s SGTIN) TagURI() string {
	return tagURIPrefix + strconv.Itoa(int(s.Filter)) + "." + s.CompanyPrefix + "." + s.ItemReference + "." +
		strconv.FormatUint(s.Serial, 10)
}

// EPC gives the tag content.
func (s SGTIN) EPC() (EPC, error) {
	b, err := s.Encode96()
	if err != nil {
		return "", err
	}
	return EPCFromBytes(b[:])
}

// check says what keeps s out of SGTIN-96.
func (s SGTIN) check() error {
	switch {
	case s.Filter > maxFilter:
		return fmt.Errorf("SGTIN: filter %d is above %d", s.Filter, maxFilter)
	case !allDigits(s.CompanyPrefix) || len(s.CompanyPrefix) < minPrefixDigits || len(s.CompanyPrefix) > maxPrefixDigits:
		return fmt.Errorf("SGTIN: company prefix %s: it has %d to %d digits",
			quote(s.CompanyPrefix), minPrefixDigits, maxPrefixDigits)
	case !allDigits(s.ItemReference) || len(s.ItemReference) != sgtinDigits-len(s.CompanyPrefix):
		return fmt.Errorf("SGTIN: item reference %s: beside company prefix %s it has %d digits",
			quote(s.ItemReference), s.CompanyPrefix, sgtinDigits-len(s.CompanyPrefix))
	case s.Serial > MaxSerial:
		return fmt.Errorf("SGTIN: serial %d is above %d, the greatest in SGTIN-96", s.Serial, uint64(MaxSerial))
	}
	return nil
}
