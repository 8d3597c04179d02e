package measure

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

// A Probability is in parts per million, from 0 to Certain. In JSON it is the number.
type Probability int32

const (
	// Impossible is probability 0.
	Impossible Probability = 0
	// Certain is probability 1.
	Certain Probability = 1_000_000
	// Percent is one hundredth.
	Percent Probability = 10_000
)

const (
	probabilityDecimals = 6 // of a plain number
	percentDecimals     = 4 // of a percentage
)

// ParseProbability reads "99%", "99.5 %" or "0.99", as fine as a part per million. A plain number above 1 is refused:
// it was meant as a percentage.
func ParseProbability(s string) (Probability, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	decimals := probabilityDecimals
	if percent {
		number, decimals = strings.TrimRight(number, " "), percentDecimals
	}
	v, err := fixed.Parse(number, decimals)
	switch {
	case errors.Is(err, fixed.ErrTooFine):
		return 0, fmt.Errorf("probability %q: %w: the finest is 0.0001%%", s, err)
	case err != nil && !errors.Is(err, fixed.ErrTooLarge):
		return 0, fmt.Errorf("probability %q: %w", s, err)
	case err != nil || v < 0 || v > int64(Certain):
		hint := "it is from 0% to 100%"
		if !percent {
			hint = "it is from 0 to 1, or a percentage such as \"99%\""
		}
		return 0, fmt.Errorf("probability %q: %w: %s", s, ErrRange, hint)
	}
	return Probability(v), nil
}

// Share gives part of whole, rounded down. It is an error if part is negative or above whole, or whole is not above zero.
func Share(part, whole int64) (Probability, error) {
	if whole <= 0 || part < 0 || part > whole {
		return 0, fmt.Errorf("share %d of %d: %w", part, whole, ErrRange)
	}
	hi, lo := bits.Mul64(uint64(part), uint64(Certain))
	quotient, _ := bits.Div64(hi, lo, uint64(whole))
	return Probability(quotient), nil
}

// Valid says whether p is from 0 to Certain.
func (p Probability) Valid() bool { return p >= Impossible && p <= Certain }

// Complement gives the probability of the opposite.
func (p Probability) Complement() Probability { return Certain - p }

// Mul gives the probability of both, if they are independent, rounded down: doubt is never rounded away.
func (p Probability) Mul(q Probability) Probability {
	return Probability(int64(p) * int64(q) / int64(Certain))
}

// Or gives the probability of at least one, if they are independent.
func (p Probability) Or(q Probability) Probability {
	return Probability(int64(p) + int64(q) - (int64(p)*int64(q)+int64(Certain)-1)/int64(Certain))
}

// String writes "99 %", exactly, as ParseProbability reads it.
func (p Probability) String() string { return fixed.Trim(int64(p), percentDecimals) + " %" }
