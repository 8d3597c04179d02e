package signal

import (
	"math"
	"slices"
)

// turns are the log-likelihoods of the phase turns seen so far under each
// speed along the lane: in at one of speeds, out at one of them, or none.
type turns struct {
	in, out [speeds]float64
	still   float64
}

// add takes a turn of the phase, in radians, over reach: the time between the
// two reads, in seconds, signed and scaled by the place of the antenna, so
// that a tag going in at 1 m/s comes nearer by cosine*reach metres.
func (t *turns) add(turn, reach, wavelength float64) {
	// The wave goes there and back: a turn for each half wavelength.
	step := 4 * math.Pi / wavelength * cosine * speedStep * reach
	t.still += logTurn(turn)
	for i := range speeds {
		want := step * float64(i+1)
		t.in[i] += logTurn(turn - want)
		t.out[i] += logTurn(turn + want)
	}
}

// odds are the log-likelihoods of in, out and still, speeds being equally
// likely beforehand.
func (t *turns) odds() (in, out, still float64) {
	return logMean(t.in[:]), logMean(t.out[:]), t.still
}

// logTurn is the log-likelihood of a phase that is off by x radians, against
// one that is pure chance: von Mises of concentration turnSharpness, half a
// turn off for a share of halfTurns, and any angle for a share of wildTurns.
func logTurn(x float64) float64 {
	e := math.Exp(turnSharpness * math.Cos(x))
	return math.Log(wildTurns + (1-wildTurns)*((1-halfTurns)*e+halfTurns/e)/besselSharpness)
}

// logMean is the logarithm of the mean of the exponentials of x.
func logMean(x []float64) float64 {
	m := slices.Max(x)
	s := 0.0
	for _, v := range x {
		s += math.Exp(v - m)
	}
	return m + math.Log(s/float64(len(x)))
}

// logSame is the log-likelihood that a carrier's power differs by x decibels
// from what it was before because the tag lay still, against because it walked.
func logSame(x float64) float64 {
	x = math.Abs(x)
	still := (1-otherPower)*laplace(x, samePower) + otherPower*laplace(x, movedPower)
	return math.Log(still / laplace(x, movedPower))
}

// laplace is the density of a Laplace distribution about zero at x >= 0.
func laplace(x, scale float64) float64 { return math.Exp(-x/scale) / (2 * scale) }
