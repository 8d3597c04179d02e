package measure

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/sdk/internal/fixed"
)

func TestParseMass(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Mass
		err  error
	}{
		{"345 g", 345 * Gram, nil},
		{"1.2 kg", 1200 * Gram, nil},
		{"1.2kg", 1200 * Gram, nil},
		{" 250  mg ", 250, nil},
		{"-4.5 g", -4500, nil},
		{"0 g", 0, nil},
		{"4 oz", 113_398, nil},   // 113 398.0925
		{"1 oz", 28_350, nil},    // 28 349.523125
		{"-1 oz", -28_350, nil},  // mirrors
		{"0.5 oz", 14_175, nil},  // 14 174.7615625
		{"1 lb", 453_592, nil},   // 453 592.37
		{"2.2 lb", 997_903, nil}, // 997 903.214
		{"0.001 g", 1, nil},
		{"0.000001 kg", 1, nil},
		{"9223372036854775807 mg", math.MaxInt64, nil},
		{"9223372036854775808 mg", 0, ErrRange},
		{"9223372036855 kg", 0, ErrRange},
		{"9000000000000 lb", 4_082_331_330_000_000_000, nil},
		{"9223372036854 lb", 4_183_651_181_588_333_204, nil}, // the most whole pounds the parser holds: ...203.98
		{"99999999999999 lb", 0, ErrRange},
		{"0.1 mg", 0, fixed.ErrTooFine},
		{"0.0001 g", 0, fixed.ErrTooFine},
		{"0.0000001 oz", 0, fixed.ErrTooFine},
		{"345", 0, ErrUnit},
		{"345 G", 0, ErrUnit},
		{"345 stone", 0, ErrUnit},
		{"", 0, ErrUnit},
		{"g", 0, fixed.ErrSyntax},
		{"3,5 g", 0, fixed.ErrSyntax},
		{"1 2 g", 0, fixed.ErrSyntax},
		{"1 kg 5 g", 0, fixed.ErrSyntax},
	} {
		got, err := ParseMass(c.in)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("ParseMass(%q) = %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
		}
	}
}

// TestOunces checks the 128-bit path against math/big.
func TestOunces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64().Draw(t, "millionths")
		got, err := ParseMass(fixed.Format(v, 6) + " lb")
		want := new(big.Int).Mul(big.NewInt(v), big.NewInt(poundPPM))
		half := big.NewInt(customaryDivisor / 2)
		if v < 0 {
			half.Neg(half)
		}
		want.Add(want, half).Quo(want, big.NewInt(customaryDivisor))
		if err != nil || int64(got) != want.Int64() {
			t.Fatalf("got %d, %v; want %v", got, err, want)
		}
	})
}

func TestMassString(t *testing.T) {
	for _, c := range []struct {
		m    Mass
		want string
	}{
		{345 * Gram, "345 g"},
		{1200 * Gram, "1.2 kg"},
		{250 * Milligram, "250 mg"},
		{0, "0 g"},
		{-4500, "-4.5 g"},
		{999, "999 mg"}, {1000, "1 g"}, {-1000, "-1 g"},
		{999_999, "999.999 g"}, {1_000_000, "1 kg"}, {1_000_001, "1.000001 kg"}, {-1_000_000, "-1 kg"},
		{math.MinInt64, "-9223372036854.775808 kg"},
	} {
		if got := c.m.String(); got != c.want {
			t.Errorf("Mass(%d) = %q, want %q", int64(c.m), got, c.want)
		}
	}
}

func TestMassAbs(t *testing.T) {
	for in, want := range map[Mass]Mass{5: 5, -5: 5, 0: 0, math.MinInt64: math.MaxInt64, math.MinInt64 + 1: math.MaxInt64} {
		if got := in.Abs(); got != want {
			t.Errorf("Abs(%d) = %d, want %d", in, got, want)
		}
	}
}

func TestParseProbability(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Probability
		err  error
	}{
		{"99%", 99 * Percent, nil},
		{"99 %", 99 * Percent, nil},
		{"0.99", 99 * Percent, nil},
		{"99.9999%", 999_999, nil},
		{"0.000001", 1, nil},
		{"100%", Certain, nil},
		{"1", Certain, nil},
		{"0", Impossible, nil},
		{"0%", Impossible, nil},
		{"100.0001%", 0, ErrRange},
		{"1.000001", 0, ErrRange},
		{"99", 0, ErrRange},
		{"-1%", 0, ErrRange},
		{"99999999999999999999", 0, ErrRange},
		{"99.99999%", 0, fixed.ErrTooFine},
		{"0.0000001", 0, fixed.ErrTooFine},
		{"", 0, fixed.ErrSyntax},
		{"%", 0, fixed.ErrSyntax},
		{"50%%", 0, fixed.ErrSyntax},
		{"half", 0, fixed.ErrSyntax},
	} {
		got, err := ParseProbability(c.in)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("ParseProbability(%q) = %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestProbabilityArithmetic(t *testing.T) {
	for _, c := range []struct{ p, q, both, either Probability }{
		{Certain, 700_000, 700_000, Certain},
		{Impossible, 700_000, Impossible, 700_000},
		{500_000, 500_000, 250_000, 750_000},
		{900_000, 990_000, 891_000, 999_000},
		{1, 1, 0, 1},
		{999_999, 999_999, 999_998, 999_999},
	} {
		if got := c.p.Mul(c.q); got != c.both {
			t.Errorf("%d.Mul(%d) = %d, want %d", c.p, c.q, got, c.both)
		}
		if got := c.p.Or(c.q); got != c.either {
			t.Errorf("%d.Or(%d) = %d, want %d", c.p, c.q, got, c.either)
		}
	}
	if got := Probability(10_000).Complement(); got != 990_000 {
		t.Errorf("Complement = %d", got)
	}
	for p, want := range map[Probability]bool{-1: false, 0: true, Certain: true, Certain + 1: false} {
		if p.Valid() != want {
			t.Errorf("%d.Valid() = %v", p, !want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        Probability
		ok          bool
	}{
		{1, 3, 333_333, true},
		{2, 3, 666_666, true},
		{0, 1, 0, true},
		{7, 7, Certain, true},
		{math.MaxInt64, math.MaxInt64, Certain, true},
		{math.MaxInt64 - 1, math.MaxInt64, Certain - 1, true},
		{1, 0, 0, false}, {-1, 5, 0, false}, {6, 5, 0, false}, {0, 0, 0, false}, {-1, -5, 0, false},
	} {
		got, err := Share(c.part, c.whole)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("Share(%d, %d) = %d, %v; want %d", c.part, c.whole, got, err, c.want)
		}
	}
}

func TestPower(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Power
		err  error
	}{
		{"30 dBm", 30 * DBm, nil},
		{"-61.5 dBm", -6150, nil},
		{"-0.5dBm", -50, nil},
		{"31.25 dBm", 3125, nil},
		{"21474836.47 dBm", math.MaxInt32, nil},
		{"21474836.48 dBm", 0, ErrRange},
		{"-21474836.48 dBm", math.MinInt32, nil},
		{"-21474836.49 dBm", 0, ErrRange},
		{"99999999999999999999 dBm", 0, ErrRange},
		{"31.255 dBm", 0, fixed.ErrTooFine},
		{"30 dB", 0, ErrUnit},
		{"30", 0, ErrUnit},
		{"dBm", 0, fixed.ErrSyntax},
	} {
		got, err := ParsePower(c.in)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("ParsePower(%q) = %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mass := Mass(rapid.Int64().Draw(t, "mass"))
		if got, err := ParseMass(mass.String()); err != nil || got != mass {
			t.Fatalf("mass %d: %q, %d, %v", mass, mass, got, err)
		}
		probability := Probability(rapid.Int32Range(0, int32(Certain)).Draw(t, "probability"))
		if got, err := ParseProbability(probability.String()); err != nil || got != probability {
			t.Fatalf("probability %d: %q, %d, %v", probability, probability, got, err)
		}
		power := Power(rapid.Int32().Draw(t, "power"))
		if got, err := ParsePower(power.String()); err != nil || got != power {
			t.Fatalf("power %d: %q, %d, %v", power, power, got, err)
		}
	})
}

func TestJSONIsTheNumber(t *testing.T) {
	got, err := json.Marshal(struct {
		M Mass
		P Probability
		W Power
	}{345 * Gram, 99 * Percent, -6150})
	if want := `{"M":345000,"P":990000,"W":-6150}`; err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v; want %s", got, err, want)
	}
}
