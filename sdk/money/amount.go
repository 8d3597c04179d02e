// Package money holds amounts in integer minor units of an ISO 4217 currency, and tax on them.
//
// There is no floating point, no exchange between currencies and no formatting for a locale. Everything that prices, charges or
// prints calls it. It promises that arithmetic is exact or an error: overflow and a mix of currencies never pass.
package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

// What arithmetic can find wrong. Test with errors.Is.
var (
	// ErrOverflow: the result doesn't fit into 64 bits of minor units.
	ErrOverflow = errors.New("amount overflows")
	// ErrMismatch: the amounts are in different currencies.
	ErrMismatch = errors.New("currencies differ")
)

// An Amount is a number of minor units of a currency: 180 EUR is 1.80 EUR, 180 JPY is 180 yen.
// It is comparable: equal amounts of the same currency are ==.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// New gives an amount of minor units.
func New(minor int64, cur Currency) Amount { return Amount{Minor: minor, Currency: cur} }

// Zero gives nothing, in a currency: the start of a sum.
func Zero(cur Currency) Amount { return Amount{Currency: cur} }

// Parse reads "1.80 EUR": a decimal number with at most the currency's decimals, a space and the code. A minus is allowed.
func Parse(s string) (Amount, error) {
	number, code, ok := strings.Cut(strings.TrimSpace(s), " ")
	if !ok {
		return Amount{}, fmt.Errorf("%q is not an amount: write a number, a space and a currency, such as \"1.80 EUR\"", s)
	}
	cur, err := ParseCurrency(strings.TrimLeft(code, " "))
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, err)
	}
	minor, err := fixed.Parse(number, cur.Exponent())
	switch {
	case errors.Is(err, fixed.ErrTooFine):
		return Amount{}, fmt.Errorf("amount %q has more decimals than %s, which has %d", s, cur, cur.Exponent())
	case errors.Is(err, fixed.ErrTooLarge):
		return Amount{}, fmt.Errorf("amount %q: %w", s, ErrOverflow)
	case err != nil:
		return Amount{}, fmt.Errorf("amount %q: %q is %w", s, number, err)
	}
	return Amount{Minor: minor, Currency: cur}, nil
}

// Must gives the amount and panics on an error. For constants and tests, where an error is a defect of the program.
func Must(a Amount, err error) Amount {
	if err != nil {
		panic(err)
	}
	return a
}

// String writes "1.80 EUR", with all the currency's decimals, as Parse reads it.
func (a Amount) String() string {
	if !a.Currency.Valid() {
		return fmt.Sprintf("%d minor units of %q", a.Minor, string(a.Currency))
	}
	return a.Decimal() + " " + string(a.Currency)
}

// Decimal writes "1.80": the number alone. A currency that isn't valid is written without decimals.
func (a Amount) Decimal() string {
	return fixed.Format(a.Minor, max(a.Currency.Exponent(), 0))
}

// Add gives a + b, or ErrMismatch or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := same("add", a, b); err != nil {
		return Amount{}, err
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		return Amount{}, fmt.Errorf("add %v and %v: %w", a, b, ErrOverflow)
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub gives a - b, or ErrMismatch or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := same("subtract", a, b); err != nil {
		return Amount{}, err
	}
	difference := a.Minor - b.Minor
	if (difference < a.Minor) != (b.Minor > 0) {
		return Amount{}, fmt.Errorf("subtract %v from %v: %w", b, a, ErrOverflow)
	}
	return Amount{Minor: difference, Currency: a.Currency}, nil
}

// Neg gives -a, or ErrOverflow for the least amount there is.
func (a Amount) Neg() (Amount, error) {
	if a.Minor == math.MinInt64 {
		return Amount{}, fmt.Errorf("negate %v: %w", a, ErrOverflow)
	}
	return Amount{Minor: -a.Minor, Currency: a.Currency}, nil
}

// Mul gives n times a, or ErrOverflow.
func (a Amount) Mul(n int64) (Amount, error) {
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(n))
	minor, ok := signed(hi, lo, (a.Minor < 0) != (n < 0))
	if !ok {
		return Amount{}, fmt.Errorf("multiply %v by %d: %w", a, n, ErrOverflow)
	}
	return Amount{Minor: minor, Currency: a.Currency}, nil
}

// Cmp gives -1, 0 or +1 for a less than, equal to or greater than b, or ErrMismatch.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := same("compare", a, b); err != nil {
		return 0, err
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// IsZero says whether a is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Sign gives -1, 0 or +1.
func (a Amount) Sign() int { return cmp.Compare(a.Minor, 0) }

// Sum adds amounts that are all in cur. The sum of none is zero.
func Sum(cur Currency, amounts ...Amount) (Amount, error) {
	total := Zero(cur)
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

func same(deed string, a, b Amount) error {
	if a.Currency != b.Currency {
		return fmt.Errorf("%s %v and %v: %w", deed, a, b, ErrMismatch)
	}
	return nil
}

// magnitude is |v|, right for math.MinInt64 too.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// signed puts a sign on a 128-bit magnitude, and says whether the result is an int64.
func signed(hi, lo uint64, negative bool) (int64, bool) {
	if hi != 0 {
		return 0, false
	}
	if negative {
		return -int64(lo), lo <= 1<<63
	}
	return int64(lo), lo <= math.MaxInt64
}
