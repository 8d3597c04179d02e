package money

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// ErrShare: a part of nothing, or a weight below zero.
var ErrShare = errors.New("not a share")

// Share gives a * n / d, rounded by the rule: what n of d parts of a come to. The parts are not below zero, and d is above.
// A negative amount, a refund, gives the negative of what the positive one gives.
func (a Amount) Share(n, d int64, rounding Rounding) (Amount, error) {
	if n < 0 || d <= 0 {
		return Amount{}, fmt.Errorf("%d/%d of %v: %w", n, d, a, ErrShare)
	}
	return ratio("share of", a, uint64(n), uint64(d), rounding)
}

// Split parts a by weights so that the parts add up to a: each part is rounded down, and what is left goes, a minor unit each, to those
// that lost most by it, the earlier one first where two lost the same. No part has another sign than a, and none is above a.
// Where all weights are zero there is nobody to give it to: that is ErrShare, but for an amount of zero.
func (a Amount) Split(weights []int64) ([]Amount, error) {
	var total uint64
	for _, w := range weights {
		sum, carry := bits.Add64(total, uint64(w), 0)
		if w < 0 || carry != 0 || sum > 1<<63-1 {
			return nil, fmt.Errorf("split %v by %d: %w", a, w, ErrShare)
		}
		total = sum
	}
	parts := make([]Amount, len(weights))
	for i := range parts {
		parts[i].Currency = a.Currency
	}
	switch {
	case a.Minor == 0:
		return parts, nil
	case total == 0:
		return nil, fmt.Errorf("split %v among nobody: %w", a, ErrShare)
	}
	type lost struct {
		i         int
		remainder uint64
	}
	var losses []lost
	whole, left := magnitude(a.Minor), magnitude(a.Minor)
	for i, w := range weights {
		hi, lo := bits.Mul64(whole, uint64(w))
		quotient, remainder := bits.Div64(hi, lo, total) // w <= total, so the quotient is at most whole
		parts[i].Minor, left = int64(quotient), left-quotient
		losses = append(losses, lost{i, remainder})
	}
	slices.SortStableFunc(losses, func(x, y lost) int { return cmp.Compare(y.remainder, x.remainder) })
	for _, l := range losses[:left] { // the remainders add up to left * total, so that so many are above zero
		parts[l.i].Minor++
	}
	if a.Minor < 0 {
		for i := range parts {
			parts[i].Minor = -parts[i].Minor
		}
	}
	return parts, nil
}

// ratio gives base * numerator / divisor. The product needs 128 bits.
func ratio(deed string, base Amount, numerator, divisor uint64, rounding Rounding) (Amount, error) {
	hi, lo := bits.Mul64(magnitude(base.Minor), numerator)
	if hi >= divisor { // the quotient needs more than 64 bits, and Div64 would panic
		return Amount{}, fmt.Errorf("%s %v: %w", deed, base, ErrOverflow)
	}
	quotient, remainder := bits.Div64(hi, lo, divisor)
	up, err := rounding.up(quotient, remainder, divisor)
	if err != nil {
		return Amount{}, fmt.Errorf("%s %v: %w", deed, base, err)
	}
	carry := uint64(0)
	if up {
		quotient, carry = bits.Add64(quotient, 1, 0)
	}
	minor, ok := signed(carry, quotient, base.Minor < 0)
	if !ok {
		return Amount{}, fmt.Errorf("%s %v: %w", deed, base, ErrOverflow)
	}
	return Amount{Minor: minor, Currency: base.Currency}, nil
}
