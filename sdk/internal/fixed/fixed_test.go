package fixed

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals int
		want     int64
		err      error
	}{
		{"1.80", 2, 180, nil},
		{"1.8", 2, 180, nil},
		{"2", 2, 200, nil},
		{"-0.05", 2, -5, nil},
		{"007", 0, 7, nil},
		{"0.000001", 6, 1, nil},
		{"9223372036854775807", 0, math.MaxInt64, nil},
		{"-9223372036854775808", 0, math.MinInt64, nil},
		{"-92233720368547758.08", 2, math.MinInt64, nil},
		{"9223372036854775808", 0, 0, ErrTooLarge},
		{"92233720368547758.08", 2, 0, ErrTooLarge},
		{"1.801", 2, 0, ErrTooFine},
		{"1.0", 0, 0, ErrTooFine},
		{"1.800", 2, 0, ErrTooFine},
		{"", 2, 0, ErrSyntax},
		{"-", 2, 0, ErrSyntax},
		{".5", 2, 0, ErrSyntax},
		{"5.", 2, 0, ErrSyntax},
		{"+5", 2, 0, ErrSyntax},
		{"--5", 2, 0, ErrSyntax},
		{"5.-1", 2, 0, ErrSyntax},
		{"1,80", 2, 0, ErrSyntax},
		{"1e3", 2, 0, ErrSyntax},
		{"1.2.3", 2, 0, ErrSyntax},
		{" 1", 2, 0, ErrSyntax},
		{"١", 2, 0, ErrSyntax},
	} {
		got, err := Parse(c.in, c.decimals)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("Parse(%q, %d) = %d, %v; want %d, %v", c.in, c.decimals, got, err, c.want, c.err)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		v          int64
		decimals   int
		full, trim string
	}{
		{180, 2, "1.80", "1.8"},
		{-5, 2, "-0.05", "-0.05"},
		{0, 2, "0.00", "0"},
		{0, 0, "0", "0"},
		{100, 0, "100", "100"},
		{-1200, 2, "-12.00", "-12"},
		{math.MinInt64, 2, "-92233720368547758.08", "-92233720368547758.08"},
		{math.MaxInt64, 3, "9223372036854775.807", "9223372036854775.807"},
		{1, 6, "0.000001", "0.000001"},
	} {
		if got := Format(c.v, c.decimals); got != c.full {
			t.Errorf("Format(%d, %d) = %q, want %q", c.v, c.decimals, got, c.full)
		}
		if got := Trim(c.v, c.decimals); got != c.trim {
			t.Errorf("Trim(%d, %d) = %q, want %q", c.v, c.decimals, got, c.trim)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, decimals := rapid.Int64().Draw(t, "v"), rapid.IntRange(0, 18).Draw(t, "decimals")
		for _, text := range []string{Format(v, decimals), Trim(v, decimals)} {
			if got, err := Parse(text, decimals); err != nil || got != v {
				t.Fatalf("Parse(%q, %d) = %d, %v; want %d", text, decimals, got, err, v)
			}
		}
	})
}
