package money

import (
	"errors"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

// A Rate is a tax rate in parts per million: 230_000 is 23 %.
type Rate int64

// MaxRate is the highest rate that is taken for one: 1000 %.
const MaxRate Rate = 10_000_000

const (
	ppm             = 1_000_000
	percentDecimals = 4 // a part per million is 0.0001 %
)

// ErrRate: a rate below zero or above MaxRate.
var ErrRate = errors.New("tax rate is out of range")

// ParseRate reads "23%", "5.5 %" or "0%", with at most four decimals. The percent sign is required: 23 alone could be 2300 %.
func ParseRate(s string) (Rate, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !ok {
		return 0, fmt.Errorf("tax rate %q needs a percent sign, such as \"23%%\"", s)
	}
	v, err := fixed.Parse(strings.TrimRight(number, " "), percentDecimals)
	if err != nil {
		return 0, fmt.Errorf("tax rate %q: %w", s, err)
	}
	if r := Rate(v); r.Valid() {
		return r, nil
	}
	return 0, fmt.Errorf("tax rate %q: %w: it is between 0%% and %v", s, ErrRate, MaxRate)
}

// Valid says whether r is from 0 to MaxRate.
func (r Rate) Valid() bool { return r >= 0 && r <= MaxRate }

// String writes "23 %", as ParseRate reads it.
func (r Rate) String() string { return fixed.Trim(int64(r), percentDecimals) + " %" }

// Included gives the tax that a gross amount holds: gross * rate / (1 + rate).
// A negative amount, a refund, gives the negative of what the positive one gives.
func (r Rate) Included(gross Amount, rounding Rounding) (Amount, error) {
	if !r.Valid() {
		return Amount{}, fmt.Errorf("tax in %v: %w", gross, ErrRate)
	}
	return r.share("tax in", gross, ppm+uint64(r), rounding)
}

// Added gives the tax that comes on top of a net amount: net * rate.
// A negative amount, a refund, gives the negative of what the positive one gives.
func (r Rate) Added(net Amount, rounding Rounding) (Amount, error) {
	if !r.Valid() {
		return Amount{}, fmt.Errorf("tax on %v: %w", net, ErrRate)
	}
	return r.share("tax on", net, ppm, rounding)
}

// share gives base * r / divisor.
func (r Rate) share(deed string, base Amount, divisor uint64, rounding Rounding) (Amount, error) {
	return ratio(deed, base, uint64(r), divisor, rounding)
}
