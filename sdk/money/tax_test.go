package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParseRate(t *testing.T) {
	for in, want := range map[string]Rate{
		"23%": 230_000, "23 %": 230_000, "5.5%": 55_000, "0%": 0, "7.6875%": 76_875, "1000%": MaxRate, "0.0001 %": 1,
	} {
		got, err := ParseRate(in)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %d, %v; want %d", in, got, err, want)
		}
		if again, err := ParseRate(got.String()); err != nil || again != got {
			t.Errorf("%q gives %v, %v", got, again, err)
		}
	}
	for _, in := range []string{"", "%", "23", "0.23", "-1%", "1000.0001%", "7.68755%", "23%%", "x%", "23 percent", "9223372036854775807%"} {
		if got, err := ParseRate(in); err == nil || got != 0 {
			t.Errorf("ParseRate(%q) = %v, want an error", in, got)
		}
	}
	if got := Rate(55_000).String(); got != "5.5 %" {
		t.Errorf("5.5 %% is written %q", got)
	}
}

func TestTax(t *testing.T) {
	for _, c := range []struct {
		rate                  Rate
		base                  string
		up, even, down        string // tax included in base
		addUp, addEven, addDn string // tax added to base
	}{
		{230_000, "1.80 EUR", "0.34 EUR", "0.34 EUR", "0.33 EUR", "0.41 EUR", "0.41 EUR", "0.41 EUR"},
		{230_000, "-1.80 EUR", "-0.34 EUR", "-0.34 EUR", "-0.33 EUR", "-0.41 EUR", "-0.41 EUR", "-0.41 EUR"},
		{100_000, "198 JPY", "18 JPY", "18 JPY", "18 JPY", "20 JPY", "20 JPY", "19 JPY"},
		{50_000, "10.500 KWD", "0.500 KWD", "0.500 KWD", "0.500 KWD", "0.525 KWD", "0.525 KWD", "0.525 KWD"},
		{50_000, "0.50 EUR", "0.02 EUR", "0.02 EUR", "0.02 EUR", "0.03 EUR", "0.02 EUR", "0.02 EUR"},        // added: 2.5
		{50_000, "0.70 EUR", "0.03 EUR", "0.03 EUR", "0.03 EUR", "0.04 EUR", "0.04 EUR", "0.03 EUR"},        // added: 3.5
		{50_000, "-0.50 EUR", "-0.02 EUR", "-0.02 EUR", "-0.02 EUR", "-0.03 EUR", "-0.02 EUR", "-0.02 EUR"}, // added: -2.5
		{1_000_000, "5 JPY", "3 JPY", "2 JPY", "2 JPY", "5 JPY", "5 JPY", "5 JPY"},                          // included: 2.5
		{1_000_000, "7 JPY", "4 JPY", "4 JPY", "3 JPY", "7 JPY", "7 JPY", "7 JPY"},                          // included: 3.5
		{0, "1.80 EUR", "0.00 EUR", "0.00 EUR", "0.00 EUR", "0.00 EUR", "0.00 EUR", "0.00 EUR"},             // no tax
		{MaxRate, "0.11 EUR", "0.10 EUR", "0.10 EUR", "0.10 EUR", "1.10 EUR", "1.10 EUR", "1.10 EUR"},       // the edge
		{1_000_000, "9223372036854775807 JPY", "4611686018427387904 JPY", "4611686018427387904 JPY", "4611686018427387903 JPY",
			"9223372036854775807 JPY", "9223372036854775807 JPY", "9223372036854775807 JPY"},
	} {
		base := Must(Parse(c.base))
		for _, w := range []struct {
			rounding        Rounding
			included, added string
		}{{HalfUp, c.up, c.addUp}, {HalfEven, c.even, c.addEven}, {Down, c.down, c.addDn}} {
			if got, err := c.rate.Included(base, w.rounding); err != nil || got.String() != w.included {
				t.Errorf("%v in %v, %v = %v, %v; want %s", c.rate, base, w.rounding, got, err, w.included)
			}
			if got, err := c.rate.Added(base, w.rounding); err != nil || got.String() != w.added {
				t.Errorf("%v on %v, %v = %v, %v; want %s", c.rate, base, w.rounding, got, err, w.added)
			}
		}
	}
}

func TestTaxRefuses(t *testing.T) {
	for _, c := range []struct {
		rate     Rate
		base     int64
		rounding Rounding
		err      error
	}{
		{-1, 1, HalfUp, ErrRate},
		{MaxRate + 1, 1, HalfUp, ErrRate},
		{230_000, 1, 0, ErrRounding},
		{230_000, 1, Down + 1, ErrRounding},
		{1_000_001, math.MaxInt64, Down, ErrOverflow},
		{MaxRate, math.MinInt64, Down, ErrOverflow},
		{MaxRate, 1_844_674_407_370_955_162, Down, ErrOverflow}, // the quotient is just over 2^64
	} {
		if got, err := c.rate.Added(New(c.base, "EUR"), c.rounding); !errors.Is(err, c.err) || got != (Amount{}) {
			t.Errorf("%v on %d, %v = %v, %v; want %v", c.rate, c.base, c.rounding, got, err, c.err)
		}
		if errors.Is(c.err, ErrOverflow) {
			continue // tax included is less than the amount
		}
		if got, err := c.rate.Included(New(c.base, "EUR"), c.rounding); !errors.Is(err, c.err) || got != (Amount{}) {
			t.Errorf("%v in %d, %v = %v, %v; want %v", c.rate, c.base, c.rounding, got, err, c.err)
		}
	}
}

// TestTaxAgainstBig checks both taxes against exact fractions: within one unit, on the side the rule says.
func TestTaxAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate(rapid.Int64Range(0, int64(MaxRate)).Draw(t, "rate"))
		base := New(rapid.Int64().Draw(t, "base"), "EUR")
		rounding := rapid.SampledFrom(Roundings()).Draw(t, "rounding")
		check := func(name string, divisor int64, got Amount, err error) {
			product := new(big.Int).Mul(big.NewInt(base.Minor), big.NewInt(int64(rate)))
			want := roundBig(product, big.NewInt(divisor), rounding)
			if !want.IsInt64() {
				if !errors.Is(err, ErrOverflow) {
					t.Fatalf("%s: %v, %v; want an overflow", name, got, err)
				}
				return
			}
			if err != nil || got != New(want.Int64(), "EUR") {
				t.Fatalf("%s: %v, %v; want %v", name, got, err, want)
			}
		}
		included, err := rate.Included(base, rounding)
		check("included", ppm+int64(rate), included, err)
		added, err := rate.Added(base, rounding)
		check("added", ppm, added, err)
	})
}

// roundBig states the rules in another way than the code: floor, exact half and parity of the magnitude.
func roundBig(n, d *big.Int, rounding Rounding) *big.Int {
	floor, rest := new(big.Int).QuoRem(new(big.Int).Abs(n), d, new(big.Int))
	side := rest.Lsh(rest, 1).Cmp(d)
	if side > 0 && rounding != Down || side == 0 && (rounding == HalfUp || rounding == HalfEven && floor.Bit(0) == 1) {
		floor.Add(floor, big.NewInt(1))
	}
	if n.Sign() < 0 {
		floor.Neg(floor)
	}
	return floor
}

// TestTaxUndone: what Added puts on, Included takes off again, whatever the price, if both round to the nearest.
func TestTaxUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate(rapid.Int64Range(0, 1_000_000).Draw(t, "rate"))
		net := New(rapid.Int64Range(-1e12, 1e12).Draw(t, "net"), "EUR")
		added, err := rate.Added(net, HalfEven)
		if err != nil {
			t.Fatal(err)
		}
		included, err := rate.Included(Must(net.Add(added)), HalfEven)
		if err != nil || included != added {
			t.Fatalf("%v on %v is %v, and then %v, %v is in it", rate, net, added, included, err)
		}
	})
}

func TestRoundingNames(t *testing.T) {
	for _, r := range Roundings() {
		if got, err := ParseRounding(r.String()); err != nil || got != r || !r.Valid() {
			t.Errorf("ParseRounding(%q) = %v, %v", r, got, err)
		}
	}
	for _, in := range []string{"", "HalfUp", "half-up", "up", "rounding(0)"} {
		if got, err := ParseRounding(in); !errors.Is(err, ErrRounding) || got != 0 {
			t.Errorf("ParseRounding(%q) = %v, %v", in, got, err)
		}
	}
	type holder struct{ R, None Rounding }
	text, err := json.Marshal(holder{R: HalfEven})
	if want := `{"R":"half_even","None":""}`; err != nil || string(text) != want {
		t.Errorf("JSON = %s, %v; want %s", text, err, want)
	}
	back := holder{None: Down}
	if err := json.Unmarshal(text, &back); err != nil || back != (holder{R: HalfEven}) {
		t.Errorf("JSON gives %v, %v", back, err)
	}
	if _, err := json.Marshal(Rounding(4)); err == nil {
		t.Error("a rounding out of the set was written")
	}
	if err := json.Unmarshal([]byte(`"up"`), &back.R); err == nil {
		t.Error("a rounding out of the set was read")
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("23%")
	f.Add("7.6875 %")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		if again, err := ParseRate(r.String()); !r.Valid() || err != nil || again != r {
			t.Fatalf("%q gives %v, which gives %v, %v", s, r, again, err)
		}
	})
}
