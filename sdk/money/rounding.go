package money

import (
	"errors"
	"fmt"
)

// A Rounding is the rule by which a fraction of a minor unit becomes a whole one. The set is closed.
// The zero value is no rule, and using it is an error: the store definition names the rule.
type Rounding uint8

const (
	// HalfUp rounds to the nearest, and a half away from zero, so that a refund mirrors its charge. In a definition: half_up.
	HalfUp Rounding = 1
	// HalfEven rounds to the nearest, and a half to the even neighbour. In a definition: half_even.
	HalfEven Rounding = 2
	// Down drops the fraction, towards zero. In a definition: down.
	Down Rounding = 3
)

// ErrRounding: a rounding that is not of the set.
var ErrRounding = errors.New("not a rounding rule")

// Roundings gives the whole set.
func Roundings() []Rounding { return []Rounding{HalfUp, HalfEven, Down} }

// ParseRounding reads half_up, half_even or down.
func ParseRounding(s string) (Rounding, error) {
	for _, r := range Roundings() {
		if r.String() == s {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%q is %w: it is half_up, half_even or down", s, ErrRounding)
}

// String gives the name ParseRounding reads.
func (r Rounding) String() string {
	switch r {
	case HalfUp:
		return "half_up"
	case HalfEven:
		return "half_even"
	case Down:
		return "down"
	default:
		return fmt.Sprintf("rounding(%d)", uint8(r))
	}
}

// Valid says whether r is of the set.
func (r Rounding) Valid() bool { return r >= HalfUp && r <= Down }

// MarshalText writes the name. The zero value is written as the empty string.
func (r Rounding) MarshalText() ([]byte, error) {
	if r == 0 {
		return nil, nil
	}
	if !r.Valid() {
		return nil, fmt.Errorf("%v is %w", r, ErrRounding)
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads the name, or the empty string as the zero value.
func (r *Rounding) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = 0
		return nil
	}
	parsed, err := ParseRounding(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

// up says whether a quotient with this remainder goes up. The divisor is below 2^63, so doubling the remainder can't overflow.
func (r Rounding) up(quotient, remainder, divisor uint64) (bool, error) {
	switch r {
	case HalfUp:
		return 2*remainder >= divisor, nil
	case HalfEven:
		return 2*remainder > divisor || 2*remainder == divisor && quotient%2 == 1, nil
	case Down:
		return false, nil
	default:
		return false, fmt.Errorf("%v is %w", r, ErrRounding)
	}
}
