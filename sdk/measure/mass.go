package measure

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

// A Mass is a mass in milligrams. A change of mass is one too, so it may be negative. In JSON it is the number.
type Mass int64

// Units of mass.
const (
	Milligram Mass = 1
	Gram           = 1000 * Milligram
	Kilogram       = 1000 * Gram
)

// ErrUnit: the text ends in no unit that this quantity has.
var ErrUnit = errors.New("unknown unit")

// ErrRange: the quantity is beyond what its type holds or means.
var ErrRange = errors.New("out of range")

// customary are the avoirdupois units in 10^-6 mg, exact by the international yard and pound agreement of 1959.
const (
	ouncePPM = 28_349_523_125
	poundPPM = 16 * ouncePPM
	// customaryDecimals is how finely ounces and pounds may be written.
	customaryDecimals = 6
	// customaryDivisor takes a number of 10^-6 units of 10^-6 mg to milligrams.
	customaryDivisor = 1_000_000_000_000
)

// ParseMass reads a decimal number and a unit, mg, g, kg, oz or lb: "345 g", "1.2kg", "-4 oz".
// A metric mass must be a whole number of milligrams. Ounces and pounds are rounded to the nearest milligram, a half away from zero.
func ParseMass(s string) (Mass, error) {
	number, unit := splitUnit(s)
	var mass Mass
	var err error
	switch unit {
	case "mg":
		mass, err = metric(number, 0)
	case "g":
		mass, err = metric(number, 3)
	case "kg":
		mass, err = metric(number, 6)
	case "oz":
		mass, err = avoirdupois(number, ouncePPM)
	case "lb":
		mass, err = avoirdupois(number, poundPPM)
	case "":
		err = fmt.Errorf("%w: a mass needs one, such as \"345 g\"", ErrUnit)
	default:
		err = fmt.Errorf("%w %q: it is mg, g, kg, oz or lb", ErrUnit, unit)
	}
	if err != nil {
		return 0, fmt.Errorf("mass %q: %w", s, err)
	}
	return mass, nil
}

func metric(number string, decimals int) (Mass, error) {
	v, err := fixed.Parse(number, decimals)
	if errors.Is(err, fixed.ErrTooFine) {
		return 0, fmt.Errorf("%w: the finest mass is 1 mg", err)
	}
	return Mass(v), inRange(err)
}

func avoirdupois(number string, unit uint64) (Mass, error) {
	v, err := fixed.Parse(number, customaryDecimals)
	if err != nil {
		return 0, inRange(err)
	}
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, unit)
	lo, carry := bits.Add64(lo, customaryDivisor/2, 0)
	// A pound is less than half of customaryDivisor, so the quotient is below 2^62: neither Div64 nor Mass overflows.
	milligrams, _ := bits.Div64(hi+carry, lo, customaryDivisor)
	if v < 0 {
		return -Mass(milligrams), nil
	}
	return Mass(milligrams), nil
}

// String writes the mass exactly, in kg from one kilogram on, in g from one gram on, and in mg below: "345 g", "1.2 kg", "250 mg".
// ParseMass reads it back to the same mass.
func (m Mass) String() string {
	switch {
	case m == 0:
		return "0 g"
	case m >= Kilogram || m <= -Kilogram:
		return fixed.Trim(int64(m), 6) + " kg"
	case m >= Gram || m <= -Gram:
		return fixed.Trim(int64(m), 3) + " g"
	default:
		return fixed.Trim(int64(m), 0) + " mg"
	}
}

// Abs gives the mass without its sign. The least mass, which has no positive, gives the greatest.
func (m Mass) Abs() Mass {
	const greatest = 1<<63 - 1
	switch {
	case m >= 0:
		return m
	case -m < 0:
		return greatest
	default:
		return -m
	}
}

// splitUnit parts "345 g" into "345" and "g": the unit is what follows the last digit or point.
func splitUnit(s string) (number, unit string) {
	s = strings.TrimSpace(s)
	end := strings.LastIndexAny(s, "0123456789.") + 1
	return s[:end], strings.TrimLeft(s[end:], " ")
}

// inRange turns "too large" of the number into the quantity's own error.
func inRange(err error) error {
	if errors.Is(err, fixed.ErrTooLarge) {
		return ErrRange
	}
	return err
}
