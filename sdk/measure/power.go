package measure

import (
	"errors"
	"fmt"
	"math"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

// A Power is a radio power level in hundredths of dBm, as LLRP counts: 3000 is 30 dBm, one watt. In JSON it is the number.
type Power int32

// DBm is the unit: one decibel above a milliwatt.
const DBm Power = 100

const powerDecimals = 2

// ParsePower reads "30 dBm" or "-61.5 dBm", as fine as a hundredth.
func ParsePower(s string) (Power, error) {
	number, unit := splitUnit(s)
	if unit != "dBm" {
		return 0, fmt.Errorf("power %q: %w %q: it is dBm", s, ErrUnit, unit)
	}
	v, err := fixed.Parse(number, powerDecimals)
	switch {
	case errors.Is(err, fixed.ErrTooFine):
		return 0, fmt.Errorf("power %q: %w: the finest is 0.01 dBm", s, err)
	case errors.Is(err, fixed.ErrTooLarge), err == nil && (v > math.MaxInt32 || v < math.MinInt32):
		return 0, fmt.Errorf("power %q: %w", s, ErrRange)
	case err != nil:
		return 0, fmt.Errorf("power %q: %w", s, err)
	}
	return Power(v), nil
}

// String writes "-61.5 dBm", exactly, as ParsePower reads it.
func (p Power) String() string { return fixed.Trim(int64(p), powerDecimals) + " dBm" }
