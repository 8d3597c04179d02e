package planogram

import "math"

// outcome is what becomes of units of one true option.
type outcome struct {
	wrong, unsure float64
	// taken is the share that is taken for each other option, by its index.
	taken map[int]float64
}

const (
	// steps is how finely each part of a spread is looked at, and reach how many of
	// its deviations to either side.
	steps, reach = 60, 4.0
)

// weigh gives what becomes of units of an option among all that could be there:
// the likeliest is believed, for sure where it has that much of the belief.
func weigh(all []option, truth int, sure float64) outcome {
	out := outcome{taken: map[int]float64{}}
	o := &all[truth]
	near := inReach(all, o)
	for _, p := range o.parts {
		norm := 0.0
		for i := range steps {
			z := reach * (2*(float64(i)+0.5)/steps - 1)
			norm += math.Exp(-z * z / 2)
		}
		for i := range steps {
			z := reach * (2*(float64(i)+0.5)/steps - 1)
			share := p.weight * math.Exp(-z*z/2) / norm
			best, belief := believe(all, near, o.mass+z*p.deviation)
			if best != truth {
				out.wrong += share
				out.taken[best] += share
			}
			if best != truth || belief < sure {
				out.unsure += share
			}
		}
	}
	return out
}

// inReach lists the options whose masses come near one's at all.
func inReach(all []option, o *option) []int {
	var out []int
	for i := range all {
		if math.Abs(all[i].mass-o.mass) <= (reach+2)*(all[i].widest()+o.widest()) {
			out = append(out, i)
		}
	}
	return out
}

// believe gives the likeliest option for a mass, and its part of the belief in
// its product and number.
func believe(all []option, near []int, x float64) (best int, belief float64) {
	top, total := -1.0, 0.0
	for _, i := range near {
		d := all[i].prior * all[i].density(x)
		total += d
		if d > top {
			best, top = i, d
		}
	}
	if total == 0 {
		return best, 0
	}
	return best, top / total
}
