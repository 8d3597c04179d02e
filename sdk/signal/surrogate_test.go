package signal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// quiet returns stretches of shelf s in which nothing was taken, less their
// own level: what footsteps and the rack do to the cells.
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
		if len(run) < 60*12 {
			continue
		}
		for j := range run {
			run[j] -= sum / float64(len(run))
		}
		out = append(out, run)
	}
	return out
}

// hand is the force of a hand on the goods for the given time: up to peak
// grams, unsteady at 0.3 to 3 Hz as hands are.
func hand(rnd *rand.Rand, peak, t, length, steady float64) float64 {
	env := math.Sin(math.Pi * min(1, max(0, t/length)))
	env = math.Sqrt(env)
	_ = steady
	_ = rnd
	return peak * env
}

type act struct {
	step      float64 // grams that stay
	at        float64 // when the step is over, seconds
	force     func(t float64) float64
	from, end float64
}

// sway is a force of mean peak that wanders by a share of itself.
func sway(rnd *rand.Rand, peak, share float64) func(t float64) float64 {
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

func envelope(t, length, ramp float64) float64 {
	return max(0, min(1, t/ramp, (length-t)/ramp))
}

// ring is what the plate does after a blow of size grams at t = 0.
func ring(rnd *rand.Rand, size float64) func(t float64) float64 {
	f, tau, p := 9+5*rnd.Float64(), 0.1+0.25*rnd.Float64(), 2*math.Pi*rnd.Float64()
	return func(t float64) float64 {
		if t < 0 {
			return 0
		}
		return size * math.Exp(-t/tau) * math.Sin(2*math.Pi*f*t+p)
	}
}

// pick is a step of grams with a hand before it and ringing after it.
func pick(rnd *rand.Rand, step, at float64) func(t float64) float64 {
	length, ramp := 0.4+1.6*rnd.Float64(), 0.05+0.25*rnd.Float64()
	h := sway(rnd, (rnd.Float64()*2-1)*(100+0.5*math.Abs(step)), 0.6)
	q := ring(rnd, step*0.3*rnd.Float64())
	return func(t float64) float64 {
		x := q(t - at)
		x += h(t) * envelope(t-(at-length), length, 0.1)
		return x + step*max(0, min(1, (t-at+ramp)/ramp))
	}
}

type tally struct {
	n, found, exact, invented int
	z2, zmax, latency, worst  float64
	cover                     int
}

func (r *recording) surrogates(opt *BayOptions, n int, seed uint64, make func(rnd *rand.Rand, at float64) (func(t float64) float64, float64)) tally {
	rnd := rand.New(rand.NewPCG(seed, 7))
	var runs [][]float64
	for s := range r.shelf {
		runs = append(runs, r.quiet(s)...)
	}
	var c tally
	for range n {
		run := runs[rnd.IntN(len(runs))]
		at := 3.5 + rnd.Float64()*(float64(len(run))/60-3.5-4)
		load, step := make(rnd, at)
		b := NewBay(opt)
		c.n++
		hit := false
		for i, x := range run {
			t := float64(i) / 60
			rep, ok := b.Sample(epoch.Add(time.Duration(t*1e9)), 3000+x+load(t))
			if !ok || rep.Kind != Changed {
				continue
			}
			if step == 0 || hit || rep.Settled.Sub(epoch).Seconds() < at {
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
				c.cover++
			}
			c.zmax = max(c.zmax, z)
			l := rep.Settled.Sub(epoch).Seconds() - at
			c.latency += l
			c.worst = max(c.worst, l)
		}
	}
	return c
}

func (c tally) String() string {
	f := float64(max(1, c.found))
	return fmt.Sprintf("n %d found %d exact %d invented %d; z rms %.2f within2 %.3f max %.1f; latency mean %.2f max %.2f", c.n, c.found, c.exact, c.invented, math.Sqrt(c.z2/f), float64(c.cover)/f, c.zmax, c.latency/f, c.worst)
}

func TestY(t *testing.T) {
	r := loadRecording(t)
	try := func(name string, o *BayOptions) {
		for _, m := range []float64{13, 20, 30, 50, 100, 400, 1500} {
			for _, sign := range []float64{-1, 1} {
				c := r.surrogates(o, 200, 1, func(rnd *rand.Rand, at float64) (func(float64) float64, float64) {
					return pick(rnd, sign*m, at), sign * m
				})
				t.Logf("%s %6.0f g %v", name, sign*m, c)
			}
		}
		c := r.surrogates(o, 200, 2, func(rnd *rand.Rand, at float64) (func(float64) float64, float64) {
			return func(float64) float64 { return 0 }, 0
		})
		t.Logf("%s nothing %v", name, c)
		c = r.surrogates(o, 200, 3, func(rnd *rand.Rand, at float64) (func(float64) float64, float64) {
			return ring(rnd, 200+1500*rnd.Float64()), 0
		})
		t.Logf("%s tap %v", name, c)
		c = r.surrogates(o, 200, 4, func(rnd *rand.Rand, at float64) (func(float64) float64, float64) {
			l := 0.3 + 2*rnd.Float64()
			h := sway(rnd, (rnd.Float64()*2-1)*600, 0.4)
			return func(t float64) float64 { return h(t) * envelope(t-at, l, 0.15) }, 0
		})
		t.Logf("%s touch %v", name, c)
		for _, sh := range []float64{0.02, 0.05, 0.1} {
			c = r.surrogates(o, 200, 5, func(rnd *rand.Rand, at float64) (func(float64) float64, float64) {
				l := 2 + 4*rnd.Float64()
				h := sway(rnd, 500+2500*rnd.Float64(), sh)
				return func(t float64) float64 { return h(t) * envelope(t-at, l, 0.4) }, 0
			})
			t.Logf("%s lean %v %v", name, sh, c)
		}
	}
	try("default", nil)
	try("hold 1.4", &BayOptions{Hold: 1400 * time.Millisecond})
}
