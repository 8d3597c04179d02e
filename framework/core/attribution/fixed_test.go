package attribution

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/sdk/measure"
)

// The integer logarithms and exponentials are compared with the machine's
// floats, which may be used in a test.

func TestLn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Uint64Range(1, 1<<62).Draw(t, "x")
		if got, want := float64(lnInt(x)), math.Log(float64(x))*nat; math.Abs(got-want) > 40 {
			t.Fatalf("ln(%d) = %.0f micronats, want %.0f", x, got, want)
		}
	})
	if ln(0, 1) != lowest || ln(-1, 1) != lowest || ln(1, 0) != lowest {
		t.Error("the logarithm of nothing is not the lowest score")
	}
	if got := ln(1, 1); got != 0 {
		t.Errorf("ln 1 = %d", got)
	}
}

func TestExp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Int64Range(-60*nat, 0).Draw(t, "x")
		if got, want := float64(exp(x)), math.Exp(float64(x)/nat)*float64(one); math.Abs(got-want) > 2e-6*float64(one) { // far below one ppm
			t.Fatalf("exp(%d) = %.0f, want %.0f of 2^30", x, got, want)
		}
	})
	if exp(0) != one || exp(1) != one || exp(lowest) != 0 || exp(math.MinInt64/2) != 0 {
		t.Error("exp at the edges")
	}
}

func TestLnNormal(t *testing.T) {
	for _, c := range []struct {
		d, sigma measure.Mass
	}{{0, 1000}, {3000, 1000}, {-3000, 1000}, {345_000, 5_000}, {1, 1}, {10 * measure.Kilogram, 100}, {measure.Mass(math.MaxInt32) * 1000, 1}} {
		z := float64(c.d) / float64(c.sigma)
		want := max(float64(lowest), (-z*z/2-math.Log(float64(c.sigma)/1000)-math.Log(math.Sqrt(2*math.Pi)))*nat)
		if got := float64(lnNormal(c.d, int64(c.sigma)*int64(c.sigma))); math.Abs(got-want) > math.Abs(want)*1e-4+60 {
			t.Errorf("lnNormal(%v, %v) = %.0f, want %.0f", c.d, c.sigma, got, want)
		}
	}
}
