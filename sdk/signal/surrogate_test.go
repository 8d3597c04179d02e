package signal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Surrogates put simulated hands on the recording's own noise: stretches in
// which nothing was taken, footsteps and the shaking of picks on the
// neighbouring shelves included.

// quiet returns stretches of shelf s in which nothing was taken, less their
// own mean.
func (r *recording) quiet(s int) [][]float64 {
	edges := []time.Time{r.at[0]}
	for _, e := range r.events {
		if e.Shelf == s+1 {
			edges = append(edges, ms(e.Begin-200), ms(e.End))
		}
	}
	edges = append(edges, r.at[len(r.at)-1])
	var out [][]float64
	for i := 0; i < len(edges); i += 2 {
		var run []float64
		sum := 0.0
		for j, at := range r.at {
			if !at.Before(edges[i]) && at.Before(edges[i+1]) {
				run = append(run, r.shelf[s][j])
				sum += r.shelf[s][j]
			}
		}
		if len(run) < 12*60 {
			continue
		}
		for j := range run {
			run[j] -= sum / float64(len(run))
		}
		out = append(out, run)
	}
	return out
}

// A load is a force over time, in grams and seconds.
type load func(t float64) float64

// sway is a force about peak that wanders by a share of it at 0.3 to 3 Hz.
func sway(rnd *rand.Rand, peak, share float64) load {
	var f, p, a [4]float64
	for i := range f {
		f[i], p[i], a[i] = 0.3+2.7*rnd.Float64(), 2*math.Pi*rnd.Float64(), 0.5+rnd.Float64()
	}
	return func(t float64) float64 {
		x := 0.0
		for i := range f {
			x += a[i] * math.Sin(2*math.Pi*f[i]*t+p[i])
		}
		return peak * (1 + share*x/2)
	}
}

// envelope rises from 0 to 1 within ramp, and falls again at length.
func envelope(t, length, ramp float64) float64 {
	return max(0, min(1, t/ramp, (length-t)/ramp))
}

// ring is what a plate does after a blow of size grams at 0.
func ring(rnd *rand.Rand, size float64) load {
	f, tau, p := 9+5*rnd.Float64(), 0.1+0.25*rnd.Float64(), 2*math.Pi*rnd.Float64()
	return func(t float64) float64 {
		if t < 0 {
			return 0
		}
		return size * math.Exp(-t/tau) * math.Sin(2*math.Pi*f*t+p)
	}
}

// pick is a step of grams that is over at the given time, with a hand of 0.4
// to 2 s before it and ringing after it.
func pick(rnd *rand.Rand, step, at float64) load {
	length, ramp := 0.4+1.6*rnd.Float64(), 0.05+0.25*rnd.Float64()
	h := sway(rnd, (rnd.Float64()*2-1)*(100+0.5*math.Abs(step)), 0.6)
	q := ring(rnd, step*0.3*rnd.Float64())
	return func(t float64) float64 {
		x := q(t-at) + h(t)*envelope(t-(at-length), length, 0.1)
		return x + step*max(0, min(1, (t-at+ramp)/ramp))
	}
}

// touch is a hand of up to 600 g, either way, that takes nothing.
func touch(rnd *rand.Rand, at float64) load {
	length := 0.3 + 2*rnd.Float64()
	h := sway(rnd, (rnd.Float64()*2-1)*600, 0.4)
	return func(t float64) float64 { return h(t) * envelope(t-at, length, 0.15) }
}

// tap is a blow of 200 to 1700 g.
func tap(rnd *rand.Rand, at float64) load {
	q := ring(rnd, 200+1500*rnd.Float64())
	return func(t float64) float64 { return q(t - at) }
}

// lean is a body of 0.5 to 3 kg for 2 to 6 s that sways by a share.
func lean(rnd *rand.Rand, at, share float64) load {
	length := 2 + 4*rnd.Float64()
	h := sway(rnd, 500+2500*rnd.Float64(), share)
	return func(t float64) float64 { return h(t) * envelope(t-at, length, 0.4) }
}

// A tally sums up what a filter made of surrogates.
type tally struct {
	n, found, exact, invented, covered int
	z2, latency, worst                 float64
}

func (c tally) String() string {
	f := float64(max(1, c.found))
	return fmt.Sprintf("n %4d  found %5.1f %%  exact %5.1f %%  invented %4.1f %%  error: rms %.2f sigma, %5.1f %% within two  latency mean %.2f s, greatest %.2f s",
		c.n, 100*float64(c.found)/float64(c.n), 100*float64(c.exact)/float64(c.n), 100*float64(c.invented)/float64(c.n),
		math.Sqrt(c.z2/f), 100*float64(c.covered)/f, c.latency/f, c.worst)
}

// surrogates plays n loads that leave step grams on random stretches of noise.
func (r *recording) surrogates(opt *BayOptions, n int, seed uint64, step float64, make func(rnd *rand.Rand, at float64) load) tally {
	rnd := rand.New(rand.NewPCG(seed, 7))
	var runs [][]float64
	for s := range r.shelf {
		runs = append(runs, r.quiet(s)...)
	}
	var c tally
	for range n {
		run := runs[rnd.IntN(len(runs))]
		at := 3.5 + rnd.Float64()*(float64(len(run))/60-3.5-4)
		c.play(newBay(opt), run, make(rnd, at), at, step)
	}
	return c
}

func (c *tally) play(b *Bay, run []float64, force load, at, step float64) {
	c.n++
	hit := false
	for i, x := range run {
		t := float64(i) / 60
		rep, ok := b.Sample(epoch.Add(time.Duration(t*1e9)), 3000+x+force(t))
		if !ok || rep.Kind != Changed {
			continue
		}
		latency := rep.Settled.Sub(epoch).Seconds() - at
		if step == 0 || hit || latency < 0 {
			c.invented++
			continue
		}
		hit = true
		c.found++
		err := math.Abs(grams(rep.Change) - step)
		if err <= max(10, 0.03*math.Abs(step)) {
			c.exact++
		}
		z := err / grams(rep.Deviation)
		c.z2 += z * z
		if z < 2 {
			c.covered++
		}
		c.latency += latency
		c.worst = max(c.worst, latency)
	}
}

func TestSurrogatePicks(t *testing.T) {
	r := loadRecording(t)
	for _, mass := range []float64{13, 20, 30, 50, 100, 400, 1500} {
		for _, step := range []float64{-mass, mass} {
			c := r.surrogates(nil, 100, 1, step, func(rnd *rand.Rand, at float64) load { return pick(rnd, step, at) })
			t.Logf("%6.0f g: %v", step, c)
			least, most := 92, 7
			if mass < 20 {
				least = 85 // within 3 g of MinChange
			}
			if c.exact < least || c.invented > most {
				t.Errorf("%.0f g: fewer than %d exact or more than %d invented: %v", step, least, most, c)
			}
			if float64(c.covered) < 0.93*float64(c.found) {
				t.Errorf("%.0f g: Deviation is too small: %v", step, c)
			}
		}
	}
}

func TestSurrogatesThatTakeNothing(t *testing.T) {
	r := loadRecording(t)
	for _, c := range []struct {
		name string
		most int // reports in 100 trials
		make func(rnd *rand.Rand, at float64) load
	}{
		{"nothing", 0, func(*rand.Rand, float64) load { return func(float64) float64 { return 0 } }},
		{"tap", 0, tap},
		{"touch", 6, touch},
		{"lean, sways by 10 %", 20, func(rnd *rand.Rand, at float64) load { return lean(rnd, at, 0.1) }},
		{"lean, sways by 5 %", 30, func(rnd *rand.Rand, at float64) load { return lean(rnd, at, 0.05) }},
	} {
		got := r.surrogates(nil, 100, 3, 0, c.make)
		t.Logf("%-20s %d of %d", c.name, got.invented, got.n)
		if got.invented > c.most {
			t.Errorf("%s: %d invented, at most %d", c.name, got.invented, c.most)
		}
	}
}
