package simulate

import (
	"fmt"
	"slices"
)

// Profiles are the names of what may be run.
var Profiles = []string{"none", "offers", "canteen", "nominal", "canteen-nominal", "harsh", "harsh-silent", "canteen-harsh", "faults", "full", "canteen-full"}

// ProfileOf gives the options of a profile for a seed:
//
//	none     perfect sensors, nothing goes wrong
//	offers   the same, with promotions and goods for buyers of an age
//	canteen  the same, with loose goods by the kilogram and accounts of the
//	         store's own, for badges and meal plans
//	nominal  a good installation in daily use
//	harsh    one that needs service
//	harsh-silent  the same, with a camera that does not say how sure it is of tracks
//	canteen-nominal, canteen-harsh  as nominal and harsh, and each store a canteen
//	faults   a random part of the faults, and with some seeds none; sensors
//	         perfect with even seeds and nominal with odd ones
//	full     most of the faults and often, with sensors of every kind; of the
//	         seeds from CanteensFrom on a quarter are canteens
//	canteen-full  the same, and each store a canteen
func ProfileOf(name string, seed uint64) (Options, error) {
	switch name {
	case "none":
		return Options{Noise: noNoise()}, nil
	case "offers":
		return Options{Noise: noNoise(), Offers: true}, nil
	case "canteen":
		return Options{Noise: noNoise(), Canteen: true}, nil
	case "nominal", "canteen-nominal":
		return Options{Canteen: name != "nominal", Noise: nominalNoise()}, nil
	case "harsh", "canteen-harsh":
		return Options{Canteen: name != "harsh", Noise: harshNoise()}, nil
	case "harsh-silent":
		n := harshNoise()
		n.Silent = true
		return Options{Noise: n}, nil
	case "faults":
		return Options{Noise: [...]Noise{noNoise(), nominalNoise()}[seed%2], Faults: Choice{Swarm: true}}, nil
	case "full", "canteen-full":
		return Options{Canteen: name != "full" || quarter(seed), Noise: [...]Noise{noNoise(), nominalNoise(), nominalNoise(), harshNoise()}[seed%4], Faults: Choice{Swarm: true, Heavy: true}}, nil
	}
	return Options{}, fmt.Errorf("there is no profile %q: it is one of %v", name, Profiles)
}

// CanteensFrom is the first seed of profile full that may be a canteen: what is said
// of seeds before it stays as it was.
const CanteensFrom = 100_000_000

// quarter reports whether a seed of profile full is a canteen.
func quarter(seed uint64) bool {
	return seed >= CanteensFrom && stream(seed, "is it a canteen").IntN(4) == 0
}

// Simulated lists the faults that the simulator injects, those aside that the
// core is not yet built to stand.
func Simulated() []FaultID {
	var out []FaultID
	for id := range faultCount {
		if catalogue[id].Simulated() && held[id] == "" {
			out = append(out, id)
		}
	}
	return out
}

// HeldBack says which faults the core is not yet built to stand, and why.
func HeldBack() map[string]string {
	out := map[string]string{}
	for id, why := range held {
		out[catalogue[id].ID] = why
	}
	return out
}

// Elsewhere says by which command the faults are injected that the simulator
// does not inject.
func Elsewhere() map[string]string {
	out := map[string]string{}
	for i := range catalogue {
		if !catalogue[i].Simulated() {
			out[catalogue[i].ID] = catalogue[i].By
		}
	}
	return out
}

// Pairs lists all unordered pairs of the faults that the simulator injects.
func Pairs() [][]FaultID {
	var out [][]FaultID
	all := Simulated()
	for i, a := range all {
		for _, b := range all[i+1:] {
			out = append(out, []FaultID{a, b})
		}
	}
	return out
}

// Triples draws n ordered triples of different faults.
func Triples(n int, seed uint64) [][]FaultID {
	r := stream(seed, "triples")
	all := Simulated()
	out := make([][]FaultID, n)
	for i := range out {
		for len(out[i]) < 3 {
			if id := all[r.IntN(len(all))]; !slices.Contains(out[i], id) {
				out[i] = append(out[i], id)
			}
		}
	}
	return out
}
