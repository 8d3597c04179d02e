package attribution

import (
	"math/bits"

	"github.com/openaisle/aisle/sdk/measure"
)

// Logarithms and exponentials in integers, because a float may be rounded in
// another way on another machine and the same journal would charge differently.
// A logarithm is in micronats: 1,000,000 is a factor of e.

const (
	nat      = 1_000_000
	ln2      = 693_147 // ln 2 in micronats
	fracBits = 30
	one      = int64(1) << fracBits
	// lowest stands for impossible: no score is below it.
	lowest = int64(-200) * nat
)

// ln returns the natural logarithm of num/den in micronats. Both are positive.
func ln(num, den int64) int64 {
	if num <= 0 || den <= 0 {
		return lowest
	}
	return lnInt(uint64(num)) - lnInt(uint64(den))
}

// lnInt returns ln(x) for x >= 1: x is 2^k times a mantissa m in [1, 2), and
// ln m = 2 atanh((m-1)/(m+1)), whose series converges by 9 a term here.
func lnInt(x uint64) int64 {
	k := bits.Len64(x) - 1
	var m int64 // mantissa with fracBits
	if k > fracBits {
		m = int64(x >> uint(k-fracBits))
	} else {
		m = int64(x << uint(fracBits-k))
	}
	z := ((m - one) << fracBits) / (m + one)
	z2 := z * z >> fracBits
	sum, term := int64(0), z
	for n := int64(1); term != 0; n += 2 {
		sum += term / n
		term = term * z2 >> fracBits
	}
	return int64(k)*ln2 + 2*sum*nat>>fracBits
}

// exp returns e^x as a fraction of 2^30, for x <= 0 in micronats.
func exp(x int64) int64 {
	if x >= 0 {
		return one
	}
	k := uint64(-x) / ln2
	if k > fracBits {
		return 0
	}
	r := int64(uint64(-x)%ln2) * one / nat // in [0, ln 2)
	sum, term := one, one
	for n := int64(1); n < 16 && term != 0; n++ {
		term = -(term * r >> fracBits) / n
		sum += term
	}
	return sum >> k
}

// lnP returns the logarithm of a probability, never below one in a million.
func lnP(p measure.Probability) int64 { return ln(max(1, int64(p)), int64(measure.Certain)) }

// lnNormal returns the logarithm of the normal density, per gram, at distance d
// from the mean, for a variance in mg^2.
func lnNormal(d measure.Mass, variance int64) int64 {
	variance = max(variance, 1)
	dist := int64(d.Abs())
	if dist > 100_000_000 { // beyond 100 kg the square would not fit
		return lowest
	}
	hi, lo := bits.Mul64(uint64(dist*dist), nat/2)
	if hi >= uint64(variance) {
		return lowest
	}
	z, _ := bits.Div64(hi, lo, uint64(variance)) // half the squared z-score
	if z > uint64(-lowest) {
		return lowest
	}
	// ln sigma in grams = ln(variance)/2 - ln 1000; ln sqrt(2 pi) = 0.918939.
	return max(lowest, -int64(z)-(lnInt(uint64(variance))/2-6_907_755)-918_939)
}
