package gs1

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	uriPrefix    = "urn:epc:id:sgtin:"
	tagURIPrefix = "urn:epc:tag:sgtin-96:"
)

// ParseURI reads a pure identity URI of an SGTIN whose serial SGTIN-96 can hold. The filter of the result is 0.
func ParseURI(uri string) (SGTIN, error) {
	rest, ok := strings.CutPrefix(uri, uriPrefix)
	if !ok {
		return SGTIN{}, fmt.Errorf("EPC URI %s: it begins with %s", quote(uri), uriPrefix)
	}
	return parseFields(uri, "0."+rest)
}

// ParseTagURI reads a tag URI of scheme sgtin-96.
func ParseTagURI(uri string) (SGTIN, error) {
	rest, ok := strings.CutPrefix(uri, tagURIPrefix)
	if !ok {
		return SGTIN{}, fmt.Errorf("EPC tag URI %s: it begins with %s", quote(uri), tagURIPrefix)
	}
	return parseFields(uri, rest)
}

// parseFields reads filter.prefix.item.serial.
func parseFields(uri, fields string) (SGTIN, error) {
	parts := strings.Split(fields, ".")
	if len(parts) != 4 {
		return SGTIN{}, fmt.Errorf("EPC URI %s: it has a company prefix, an item reference and a serial with points between", quote(uri))
	}
	filter, err := number(parts[0])
	if err != nil || filter > maxFilter {
		return SGTIN{}, fmt.Errorf("EPC URI %s: filter %s is not 0 to %d", quote(uri), quote(parts[0]), maxFilter)
	}
	serial, err := number(parts[3])
	if err != nil {
		return SGTIN{}, fmt.Errorf("EPC URI %s: serial %s: SGTIN-96 holds only numbers without leading zeros", quote(uri), quote(parts[3]))
	}
	s := SGTIN{Filter: uint8(filter), CompanyPrefix: parts[1], ItemReference: parts[2], Serial: serial}
	if err := s.check(); err != nil {
		return SGTIN{}, fmt.Errorf("EPC URI %s: %w", quote(uri), err)
	}
	return s, nil
}

// number reads digits without leading zeros: two spellings of one serial would be two items.
func number(s string) (uint64, error) {
	if !allDigits(s) || len(s) > 1 && s[0] == '0' {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 10, 64)
}
