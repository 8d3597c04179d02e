// Package fixed reads and writes decimal numbers as scaled integers: "1.80" with two decimals is 180.
//
// It holds no type of its own and does no arithmetic. money and measure call it. It promises to be exact: a number it can't hold
// is an error, never a rounded value.
package fixed

import (
	"errors"
	"strconv"
	"strings"
)

// What Parse can find wrong. Callers turn these into a message in their own words.
var (
	// ErrSyntax: the text is not a plain decimal number.
	ErrSyntax = errors.New("not a decimal number")
	// ErrTooFine: more decimals than the scale has.
	ErrTooFine = errors.New("too many decimals")
	// ErrTooLarge: the scaled number doesn't fit into 64 bits.
	ErrTooLarge = errors.New("too large")
)

// Parse reads an optional minus, digits, and optionally a point and digits, as a multiple of 10^-decimals.
// There is no plus, no exponent, no grouping, and no bare point. Trailing zeros beyond the scale are too many decimals too.
func Parse(s string, decimals int) (int64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return 0, ErrSyntax
	}
	if len(fraction) > decimals {
		return 0, ErrTooFine
	}
	text := whole + fraction + strings.Repeat("0", decimals-len(fraction))
	if negative {
		text = "-" + text
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, ErrTooLarge
	}
	return v, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Format writes v * 10^-decimals with all its decimals.
func Format(v int64, decimals int) string {
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude // two's complement: right for math.MinInt64 too
	}
	text := strconv.FormatUint(magnitude, 10)
	if len(text) <= decimals {
		text = strings.Repeat("0", decimals-len(text)+1) + text
	}
	if decimals > 0 {
		text = text[:len(text)-decimals] + "." + text[len(text)-decimals:]
	}
	if v < 0 {
		text = "-" + text
	}
	return text
}

// Trim writes v * 10^-decimals without trailing zeros.
func Trim(v int64, decimals int) string {
	for decimals > 0 && v%10 == 0 {
		v /= 10
		decimals--
	}
	return Format(v, decimals)
}
