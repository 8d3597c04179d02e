package money

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestShare(t *testing.T) {
	for _, c := range []struct {
		minor, n, d int64
		rule        Rounding
		want        int64
		err         error
	}{
		{299, 347, 1000, HalfUp, 104, nil}, // 103.753
		{299, 347, 1000, Down, 103, nil},   // 103.753
		{250, 1, 100, HalfUp, 3, nil},      // 2.5
		{250, 1, 100, HalfEven, 2, nil},    // 2.5
		{350, 1, 100, HalfEven, 4, nil},    // 3.5
		{-250, 1, 100, HalfUp, -3, nil},    // -2.5
		{math.MaxInt64, 1, 1, HalfUp, math.MaxInt64, nil},
		{math.MaxInt64, 2, 1, HalfUp, 0, ErrOverflow},
		{math.MaxInt64, math.MaxInt64, 1, Down, 0, ErrOverflow},
		{1, 0, 1, HalfUp, 0, nil},
		{1, 1, 0, HalfUp, 0, ErrShare},
		{1, -1, 1, HalfUp, 0, ErrShare},
		{1, 1, 2, 0, 0, ErrRounding},
	} {
		got, err := New(c.minor, "EUR").Share(c.n, c.d, c.rule)
		if !errors.Is(err, c.err) || got.Minor != c.want {
			t.Errorf("%d * %d / %d by %v = %v, %v; want %d, %v", c.minor, c.n, c.d, c.rule, got, err, c.want, c.err)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		minor   int64
		weights []int64
		want    []int64
		err     error
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}, nil},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}, nil},
		{5, []int64{180, 180, 99}, []int64{2, 2, 1}, nil}, // 1.96, 1.96, 1.08
		{0, []int64{0, 0}, []int64{0, 0}, nil},
		{7, []int64{0, 3, 0}, []int64{0, 7, 0}, nil},
		{math.MaxInt64, []int64{math.MaxInt64}, []int64{math.MaxInt64}, nil},
		{1, []int64{0}, nil, ErrShare},
		{1, nil, nil, ErrShare},
		{1, []int64{-1, 2}, nil, ErrShare},
		{1, []int64{math.MaxInt64, 1}, nil, ErrShare},
	} {
		parts, err := New(c.minor, "EUR").Split(c.weights)
		var got []int64
		for _, p := range parts {
			got = append(got, p.Minor)
		}
		if !errors.Is(err, c.err) || !slices.Equal(got, c.want) {
			t.Errorf("%d by %v = %v, %v; want %v, %v", c.minor, c.weights, got, err, c.want, c.err)
		}
	}
}

// TestSplitAddsUp: parts add up, and each is within one minor unit of its exact share.
func TestSplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "amount"), "EUR")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 40).Draw(t, "weights")
		weights[0]++
		parts, err := a.Split(weights)
		if err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, w := range weights {
			total += w
		}
		sum, err := Sum("EUR", parts...)
		if err != nil || sum != a {
			t.Fatalf("%v adds up to %v, %v", parts, sum, err)
		}
		for i, p := range parts {
			// |part * total - amount * weight| < total
			x := new(big.Int).Mul(big.NewInt(p.Minor), big.NewInt(total))
			x.Sub(x, new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(weights[i])))
			if x.Abs(x).Cmp(big.NewInt(total)) >= 0 || p.Sign()*a.Sign() < 0 {
				t.Fatalf("part %d of %v by %v is %v", i, a, weights, p)
			}
		}
	})
}
