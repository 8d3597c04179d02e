package gs1

import (
	"fmt"
	"strings"
)

// A GTIN is a Global Trade Item Number, always held as 14 digits, so that it compares, sorts and serves as a key.
// In JSON it is that 14-digit string. The zero value "" is no GTIN.
type GTIN string

const gtinDigits = 14

// ParseGTIN reads a GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN) or GTIN-14 and checks its check digit.
// A UPC-E is no GTIN until it is expanded: see ExpandUPCE.
func ParseGTIN(s string) (GTIN, error) {
	if !allDigits(s) {
		return "", fmt.Errorf("GTIN %s: it has only digits, 8, 12, 13 or 14 of them", quote(s))
	}
	switch len(s) {
	case 8, 12, 13, gtinDigits:
	case 6, 7:
		return "", fmt.Errorf("GTIN %s: %d digits are a UPC-E, which must be expanded to 12", quote(s), len(s))
	default:
		return "", fmt.Errorf("GTIN %s: it has 8, 12, 13 or 14 digits, not %d", quote(s), len(s))
	}
	if strings.Trim(s, "0") == "" {
		return "", fmt.Errorf("GTIN %s: all zeros is no GTIN", quote(s))
	}
	if err := verify("GTIN", s); err != nil {
		return "", err
	}
	return GTIN(strings.Repeat("0", gtinDigits-len(s)) + s), nil
}

// String gives the 14 digits.
func (g GTIN) String() string { return string(g) }

// Short gives the shortest of the 8, 12, 13 and 14 digit forms. A GTIN that isn't Valid is given as it is.
func (g GTIN) Short() string {
	if !g.Valid() {
		return string(g)
	}
	zeros := gtinDigits - len(strings.TrimLeft(string(g), "0"))
	switch {
	case zeros >= 6:
		return string(g[6:])
	case zeros >= 2:
		return string(g[2:])
	default:
		return string(g[zeros:])
	}
}

// Valid says whether g is 14 digits with a right check digit and not all zeros.
func (g GTIN) Valid() bool {
	if len(g) != gtinDigits {
		return false
	}
	_, err := ParseGTIN(string(g))
	return err == nil
}

// UnmarshalText reads what ParseGTIN reads, or the empty string as no GTIN. JSON decoding comes through here.
func (g *GTIN) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*g = ""
		return nil
	}
	parsed, err := ParseGTIN(string(text))
	if err != nil {
		return err
	}
	*g = parsed
	return nil
}
