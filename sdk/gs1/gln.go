package gs1

import (
	"fmt"
	"strings"
)

// A GLN is a Global Location Number: 13 digits that name a store or a company. The zero value "" is no GLN.
type GLN string

const glnDigits = 13

// ParseGLN reads 13 digits and checks the check digit.
func ParseGLN(s string) (GLN, error) {
	if !allDigits(s) || len(s) != glnDigits {
		return "", fmt.Errorf("GLN %s: it has %d digits", quote(s), glnDigits)
	}
	if strings.Trim(s, "0") == "" {
		return "", fmt.Errorf("GLN %s: all zeros is no GLN", quote(s))
	}
	if err := verify("GLN", s); err != nil {
		return "", err
	}
	return GLN(s), nil
}

// String gives the 13 digits.
func (g GLN) String() string { return string(g) }

// Valid says whether g is 13 digits with a right check digit and not all zeros.
func (g GLN) Valid() bool {
	_, err := ParseGLN(string(g))
	return err == nil
}

// UnmarshalText reads what ParseGLN reads, or the empty string as no GLN. JSON decoding comes through here.
func (g *GLN) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*g = ""
		return nil
	}
	parsed, err := ParseGLN(string(text))
	if err != nil {
		return err
	}
	*g = parsed
	return nil
}
