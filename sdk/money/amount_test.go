package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Amount
		text string // as String writes it; "" where it is in
	}{
		{"1.80 EUR", New(180, "EUR"), ""},
		{"-1.80 EUR", New(-180, "EUR"), ""},
		{"0.05 EUR", New(5, "EUR"), ""},
		{"-0.05 EUR", New(-5, "EUR"), ""},
		{"1.8 EUR", New(180, "EUR"), "1.80 EUR"},
		{" 2  EUR ", New(200, "EUR"), "2.00 EUR"},
		{"0 EUR", New(0, "EUR"), "0.00 EUR"},
		{"180 JPY", New(180, "JPY"), ""},
		{"1.250 KWD", New(1250, "KWD"), ""},
		{"1.25 KWD", New(1250, "KWD"), "1.250 KWD"},
		{"0.0001 CLF", New(1, "CLF"), ""},
		{"92233720368547758.07 EUR", New(math.MaxInt64, "EUR"), ""},
		{"-92233720368547758.08 EUR", New(math.MinInt64, "EUR"), ""},
		{"-9223372036854775808 JPY", New(math.MinInt64, "JPY"), ""},
	} {
		got, err := Parse(c.in)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", c.in, got, err, c.want)
		}
		text := c.text
		if text == "" {
			text = c.in
		}
		if got.String() != text {
			t.Errorf("Parse(%q) writes %q, want %q", c.in, got, text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, message := range map[string]string{
		"1.805 EUR":                "more decimals than EUR, which has 2",
		"1.0 JPY":                  "more decimals than JPY, which has 0",
		"1.2345 KWD":               "more decimals than KWD, which has 3",
		"1.80":                     "a number, a space and a currency",
		"1.80EUR":                  "a number, a space and a currency",
		"EUR 1.80":                 "not an active ISO 4217",
		"1.80 eur":                 `must be written "EUR"`,
		"1.80 XYZ":                 "not an active ISO 4217",
		"1.80 XXX":                 "not an active ISO 4217",
		"1,80 EUR":                 "not a decimal number",
		"1 000.00 EUR":             "not an active ISO 4217",
		"+1.80 EUR":                "not a decimal number",
		".80 EUR":                  "not a decimal number",
		"1e2 EUR":                  "not a decimal number",
		"€1.80 EUR":                "not a decimal number",
		"":                         "not an amount",
		"92233720368547758.08 EUR": "overflows",
	} {
		got, err := Parse(in)
		if err == nil || !strings.Contains(err.Error(), message) || got != (Amount{}) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", in, got, err, message)
		}
	}
}

func TestArithmeticEdges(t *testing.T) {
	const most, least = math.MaxInt64, math.MinInt64
	eur := func(minor int64) Amount { return New(minor, "EUR") }
	for _, c := range []struct {
		name string
		got  func() (Amount, error)
		want int64
		err  error
	}{
		{"add", func() (Amount, error) { return eur(most - 1).Add(eur(1)) }, most, nil},
		{"add over", func() (Amount, error) { return eur(most).Add(eur(1)) }, 0, ErrOverflow},
		{"add under", func() (Amount, error) { return eur(least).Add(eur(-1)) }, 0, ErrOverflow},
		{"add zero to most", func() (Amount, error) { return eur(most).Add(eur(0)) }, most, nil},
		{"add other", func() (Amount, error) { return eur(1).Add(New(1, "JPY")) }, 0, ErrMismatch},
		{"add to none", func() (Amount, error) { return Amount{}.Add(eur(1)) }, 0, ErrMismatch},
		{"sub", func() (Amount, error) { return eur(least + 1).Sub(eur(1)) }, least, nil},
		{"sub under", func() (Amount, error) { return eur(least).Sub(eur(1)) }, 0, ErrOverflow},
		{"sub over", func() (Amount, error) { return eur(0).Sub(eur(least)) }, 0, ErrOverflow},
		{"sub zero from least", func() (Amount, error) { return eur(least).Sub(eur(0)) }, least, nil},
		{"sub least from -1", func() (Amount, error) { return eur(-1).Sub(eur(least)) }, most, nil},
		{"sub other", func() (Amount, error) { return eur(1).Sub(New(1, "KWD")) }, 0, ErrMismatch},
		{"neg", func() (Amount, error) { return eur(most).Neg() }, -most, nil},
		{"neg over", func() (Amount, error) { return eur(least).Neg() }, 0, ErrOverflow},
		{"mul", func() (Amount, error) { return eur(-180).Mul(3) }, -540, nil},
		{"mul to least", func() (Amount, error) { return eur(1 << 62).Mul(-2) }, least, nil},
		{"mul over by one", func() (Amount, error) { return eur(1 << 62).Mul(2) }, 0, ErrOverflow},
		{"mul least by -1", func() (Amount, error) { return eur(least).Mul(-1) }, 0, ErrOverflow},
		{"mul least by 1", func() (Amount, error) { return eur(least).Mul(1) }, least, nil},
		{"mul past 64 bits", func() (Amount, error) { return eur(1 << 40).Mul(1 << 40) }, 0, ErrOverflow},
		{"mul least by 0", func() (Amount, error) { return eur(least).Mul(0) }, 0, nil},
		{"sum", func() (Amount, error) { return Sum("EUR", eur(1), eur(2), eur(-5)) }, -2, nil},
		{"sum of none", func() (Amount, error) { return Sum("EUR") }, 0, nil},
		{"sum of two currencies", func() (Amount, error) { return Sum("EUR", eur(1), New(1, "JPY")) }, 0, ErrMismatch},
		{"sum over", func() (Amount, error) { return Sum("EUR", eur(most), eur(1)) }, 0, ErrOverflow},
	} {
		got, err := c.got()
		want := eur(c.want)
		if c.err != nil {
			want = Amount{}
		}
		if got != want || !errors.Is(err, c.err) {
			t.Errorf("%s = %v, %v; want %v, %v", c.name, got, err, want, c.err)
		}
	}
}

func TestCmp(t *testing.T) {
	for _, c := range []struct {
		a, b Amount
		want int
		err  error
	}{
		{New(1, "EUR"), New(2, "EUR"), -1, nil},
		{New(2, "EUR"), New(2, "EUR"), 0, nil},
		{New(math.MaxInt64, "EUR"), New(math.MinInt64, "EUR"), 1, nil},
		{New(2, "EUR"), New(2, "USD"), 0, ErrMismatch},
	} {
		if got, err := c.a.Cmp(c.b); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v.Cmp(%v) = %d, %v; want %d, %v", c.a, c.b, got, err, c.want, c.err)
		}
	}
	for minor, sign := range map[int64]int{-3: -1, 0: 0, 3: 1} {
		if a := New(minor, "EUR"); a.Sign() != sign || a.IsZero() != (sign == 0) {
			t.Errorf("%v: sign %d, zero %v", a, a.Sign(), a.IsZero())
		}
	}
}

// TestAgainstBig checks every operation against math/big: the same number, or ErrOverflow where 64 bits don't hold it.
func TestAgainstBig(t *testing.T) {
	number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64}))
	rapid.Check(t, func(t *rapid.T) {
		cur := rapid.SampledFrom([]Currency{"JPY", "EUR", "KWD"}).Draw(t, "currency")
		x, y := number.Draw(t, "x"), number.Draw(t, "y")
		a, b := New(x, cur), New(y, cur)
		bigX, bigY := big.NewInt(x), big.NewInt(y)
		check := func(op string, want *big.Int, got Amount, err error) {
			t.Helper()
			if !want.IsInt64() {
				if !errors.Is(err, ErrOverflow) || got != (Amount{}) {
					t.Fatalf("%d %s %d = %v, %v; want an overflow", x, op, y, got, err)
				}
				return
			}
			if err != nil || got != New(want.Int64(), cur) {
				t.Fatalf("%d %s %d = %v, %v; want %v", x, op, y, got, err, want)
			}
		}
		sum, err := a.Add(b)
		check("+", new(big.Int).Add(bigX, bigY), sum, err)
		difference, err := a.Sub(b)
		check("-", new(big.Int).Sub(bigX, bigY), difference, err)
		product, err := a.Mul(y)
		check("*", new(big.Int).Mul(bigX, bigY), product, err)
		negative, err := a.Neg()
		check("neg", new(big.Int).Neg(bigX), negative, err)
		if order, err := a.Cmp(b); err != nil || order != bigX.Cmp(bigY) {
			t.Fatalf("%v.Cmp(%v) = %d, %v", a, b, order, err)
		}
	})
}

func TestStringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(rapid.Int64().Draw(t, "minor"), rapid.SampledFrom(Currencies()).Draw(t, "currency"))
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Fatalf("%q gives %v, %v", a, got, err)
		}
	})
}

func TestJSON(t *testing.T) {
	a := New(180, "EUR")
	text, err := json.Marshal(a)
	if want := `{"minor":180,"currency":"EUR"}`; err != nil || string(text) != want {
		t.Fatalf("JSON = %s, %v; want %s", text, err, want)
	}
	var back Amount
	if err := json.Unmarshal(text, &back); err != nil || back != a {
		t.Fatalf("JSON gives %v, %v", back, err)
	}
	// A journal outlives a currency.
	if err := json.Unmarshal([]byte(`{"minor":-5,"currency":"HRK"}`), &back); err != nil || back != New(-5, "HRK") {
		t.Fatalf("a withdrawn currency gives %v, %v", back, err)
	}
	if got := back.String(); got != `-5 minor units of "HRK"` {
		t.Errorf("a withdrawn currency is written %s", got)
	}
}

func TestMust(t *testing.T) {
	if got := Must(Parse("1.80 EUR")); got != New(180, "EUR") {
		t.Errorf("Must = %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("Must took an error")
		}
	}()
	Must(Parse("1.80"))
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.80 EUR", "-0.05 EUR", "180 JPY", "1.250 KWD", "1.80", " 2  EUR ", "-92233720368547758.08 EUR"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if !a.Currency.Valid() {
			t.Fatalf("%q gives the currency %q", s, a.Currency)
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Fatalf("%q gives %v, which gives %v, %v", s, a, again, err)
		}
	})
}
