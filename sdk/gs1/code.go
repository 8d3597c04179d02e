package gs1

import (
	"fmt"
	"strconv"
	"strings"
)

// A Code is an EPC taken apart, of one of the schemes SGTIN-96, SGTIN-198, SSCC-96 and GRAI-96 (Tag Data Standard 2.1, sections 14.6.1, 14.6.2
// and 14.6.4). It is comparable.
type Code struct {
	// Scheme is its name, such as "SSCC-96".
	Scheme string
	// Filter is 0 to 7: what the tag is on. It is no part of the identity.
	Filter uint8
	// CompanyPrefix is the GS1 Company Prefix, 6 to 12 digits.
	CompanyPrefix string
	// Reference is what the company numbers: the indicator and item reference of an SGTIN, the extension digit and serial reference of an
	// SSCC, the asset type of a GRAI. With a prefix of 12 digits a GRAI has none.
	Reference string
	// Serial tells one from another of the same reference: characters of GS1's set of 82 in an SGTIN-198, a number without leading zeros in
	// SGTIN-96 and GRAI-96, and nothing in an SSCC, which is one by itself.
	Serial string
}

// layout is how a scheme holds a code after header, filter and partition.
type layout struct {
	header           byte
	name             string
	urn              string
	digits, bits     int // of prefix and reference together
	serialBits, rest int // rest is reserved, and zero
	text             bool
	bytes            int
}

// maxSerialText is the most characters of a serial number, and textBits what each takes.
const (
	maxSerialText = 20
	textBits      = 7
)

var layouts = [...]layout{
	{header: headerSGTIN96, name: "SGTIN-96", urn: "sgtin", digits: 13, bits: 44, serialBits: 38, bytes: 12},
	{header: 0x36, name: "SGTIN-198", urn: "sgtin", digits: 13, bits: 44, serialBits: maxSerialText * textBits, text: true, bytes: 25},
	{header: 0x31, name: "SSCC-96", urn: "sscc", digits: 17, bits: 58, rest: 24, bytes: 12},
	{header: 0x33, name: "GRAI-96", urn: "grai", digits: 12, bits: 44, serialBits: 38, bytes: 12},
}

func layoutOf(is func(*layout) bool) *layout {
	for i := range layouts {
		if is(&layouts[i]) {
			return &layouts[i]
		}
	}
	return nil
}

// Decode takes an EPC apart. Another scheme is a *SchemeError, and the EPC is to be kept as it is; header 00 or E2 is ErrNotEPC; a value that
// no encoder may write is an error too.
func (e EPC) Decode() (Code, error) {
	if _, err := ParseEPC(string(e)); err != nil {
		return Code{}, err
	}
	b := e.Bytes()
	l := layoutOf(func(l *layout) bool { return l.header == b[0] })
	if l == nil {
		return Code{}, &SchemeError{Header: b[0], Scheme: schemeOf(b[0])}
	}
	bad := func(what string, args ...any) (Code, error) {
		return Code{}, fmt.Errorf("%s %s: %s", l.name, e, fmt.Sprintf(what, args...))
	}
	// A reader gives whole words of 16 bits: what a scheme does not fill is zero.
	if len(b) < l.bytes || len(b) > (l.bytes+1)/2*2 {
		return bad("it has %d bytes, not %d", len(b), l.bytes)
	}
	r := bits{b: b, at: 8}
	c := Code{Scheme: l.name, Filter: uint8(r.take(3))}
	partition := int(r.take(3))
	if partition > lastPartition {
		return bad("partition %d is reserved", partition)
	}
	prefixDigits := maxPrefixDigits - partition
	width := int(prefixBits[partition])
	var okPrefix, okReference bool
	c.CompanyPrefix, okPrefix = digits(r.take(width), prefixDigits)
	if reference := r.take(l.bits - width); l.digits == prefixDigits { // no digits at all
		okReference = reference == 0
	} else {
		c.Reference, okReference = digits(reference, l.digits-prefixDigits)
	}
	if !okPrefix || !okReference {
		return bad("company prefix or reference has more digits than partition %d allows", partition)
	}
	if l.text {
		text, ok := r.text()
		if !ok {
			return bad("its serial number has characters that GS1 does not have")
		}
		c.Serial = text
	} else if l.serialBits > 0 {
		c.Serial = strconv.FormatUint(r.take(l.serialBits), 10)
	}
	for r.at < 8*len(b) {
		if r.take(1) != 0 {
			return bad("bits that are reserved are set")
		}
	}
	return c, nil
}

// EPC gives the tag content, in whole words of 16 bits.
func (c Code) EPC() (EPC, error) {
	l, err := c.check()
	if err != nil {
		return "", err
	}
	partition := maxPrefixDigits - len(c.CompanyPrefix)
	width := int(prefixBits[partition])
	// check has seen digits only, few enough.
	prefix, _ := strconv.ParseUint(c.CompanyPrefix, 10, 64)
	reference, _ := strconv.ParseUint("0"+c.Reference, 10, 64)
	w := bits{b: make([]byte, (l.bytes+1)/2*2)}
	w.put(uint64(l.header), 8)
	w.put(uint64(c.Filter), 3)
	w.put(uint64(partition), 3)
	w.put(prefix, width)
	w.put(reference, l.bits-width)
	if l.text {
		for i := range len(c.Serial) {
			w.put(uint64(c.Serial[i]), textBits)
		}
	} else if l.serialBits > 0 {
		serial, _ := strconv.ParseUint(c.Serial, 10, 64)
		w.put(serial, l.serialBits)
	}
	return EPCFromBytes(w.b)
}

// check says what keeps c out of its scheme.
func (c Code) check() (*layout, error) {
	l := layoutOf(func(l *layout) bool { return l.name == c.Scheme })
	switch {
	case l == nil:
		return nil, fmt.Errorf("EPC of scheme %s: it is none of those that are encoded here", quote(c.Scheme))
	case c.Filter > maxFilter:
		return nil, fmt.Errorf("%s: filter %d is above %d", l.name, c.Filter, maxFilter)
	case !allDigits(c.CompanyPrefix) || len(c.CompanyPrefix) < minPrefixDigits || len(c.CompanyPrefix) > maxPrefixDigits:
		return nil, fmt.Errorf("%s: company prefix %s: it has %d to %d digits", l.name, quote(c.CompanyPrefix), minPrefixDigits, maxPrefixDigits)
	case c.Reference != "" && !allDigits(c.Reference) || len(c.Reference) != l.digits-len(c.CompanyPrefix):
		return nil, fmt.Errorf("%s: reference %s: beside company prefix %s it has %d digits", l.name, quote(c.Reference), c.CompanyPrefix, l.digits-len(c.CompanyPrefix))
	case l.text:
		if !serialText(c.Serial) {
			return nil, fmt.Errorf("%s: serial %s: it has 1 to %d characters of GS1's set", l.name, quote(c.Serial), maxSerialText)
		}
	case l.serialBits == 0:
		if c.Serial != "" {
			return nil, fmt.Errorf("%s: it has no serial number beside its reference", l.name)
		}
	default:
		if v, err := number(c.Serial); err != nil || v > MaxSerial {
			return nil, fmt.Errorf("%s: serial %s: it is a number up to %d without leading zeros", l.name, quote(c.Serial), uint64(MaxSerial))
		}
	}
	return l, nil
}

// GTIN gives the product of an SGTIN, of either scheme. Another scheme is a *SchemeError: what it names is no product.
func (e EPC) GTIN() (GTIN, error) {
	c, err := e.Decode()
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(c.Scheme, "SGTIN-") {
		return "", &SchemeError{Header: e.Bytes()[0], Scheme: c.Scheme}
	}
	payload := c.Reference[:1] + c.CompanyPrefix + c.Reference[1:]
	return ParseGTIN(payload + string(checkDigit(payload)))
}

// Key gives the number that a bar code beside the tag shows: 14 digits of an SGTIN, 18 of an SSCC, 14 of a GRAI with its leading zero, each with
// its check digit. It is empty for a code that its scheme can't hold.
func (c Code) Key() string {
	if _, err := c.check(); err != nil {
		return ""
	}
	payload := "0" + c.CompanyPrefix + c.Reference
	if c.Scheme != "GRAI-96" {
		payload = c.Reference[:1] + c.CompanyPrefix + c.Reference[1:]
	}
	return payload + string(checkDigit(payload))
}

// URI gives the pure identity, such as urn:epc:id:sscc:0614141.1234567890.
func (c Code) URI() string { return c.uri("urn:epc:id:", "") }

// TagURI gives scheme, filter and identity, such as urn:epc:tag:sscc-96:3.0614141.1234567890.
func (c Code) TagURI() string {
	return c.uri("urn:epc:tag:", strconv.Itoa(int(c.Filter))+".")
}

func (c Code) uri(begin, filter string) string {
	name := strings.ToLower(c.Scheme)
	if filter == "" {
		name, _, _ = strings.Cut(name, "-")
	}
	s := begin + name + ":" + filter + c.CompanyPrefix + "." + c.Reference
	if c.Serial != "" {
		s += "." + escaped.Replace(c.Serial)
	}
	return s
}

// escaped are the characters that a URI can't hold (Tag Data Standard 2.1, table A-1).
var escaped = strings.NewReplacer(`"`, "%22", "%", "%25", "&", "%26", "/", "%2F", "<", "%3C", ">", "%3E", "?", "%3F")

// inSet says that a character is of GS1's set of 82 (General Specifications, figure 7.11-1).
func inSet(b byte) bool {
	switch {
	case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z':
		return true
	}
	return strings.IndexByte(`!"%&'()*+,-./:;<=>?_`, b) >= 0
}

func serialText(s string) bool {
	if s == "" || len(s) > maxSerialText {
		return false
	}
	for i := range len(s) {
		if !inSet(s[i]) {
			return false
		}
	}
	return true
}

// bits are bytes taken or put bit by bit, most significant first.
type bits struct {
	b  []byte
	at int
}

func (r *bits) take(n int) (v uint64) {
	for ; n > 0; n-- {
		v = v<<1 | uint64(r.b[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

func (r *bits) put(v uint64, n int) {
	for n--; n >= 0; n-- {
		r.b[r.at/8] |= byte(v>>n&1) << (7 - r.at%8)
		r.at++
	}
}

// text takes a serial number: characters, and zeros after the last.
func (r *bits) text() (string, bool) {
	var s []byte
	ended := false
	for range maxSerialText {
		switch c := byte(r.take(textBits)); {
		case c == 0:
			ended = true
		case ended || !inSet(c):
			return "", false
		default:
			s = append(s, c)
		}
	}
	return string(s), len(s) > 0
}
