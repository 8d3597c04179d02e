package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// visit is one credential and the party that comes on it.
type visit struct {
	w      *World
	number int
	token  string
	method string
	// attributes are what the reader says of the credential.
	attributes []string
	isStaff    bool
	size       int
	rng        *rand.Rand
	entry      *gate
	exit       *gate
	reader     scene.Reader

	// emptyHanded parties put back whatever they take.
	emptyHanded bool
	// together says that the party leaves by one gate, one behind the other.
	together bool

	session   string
	admission *admission
	bodies    []*body
	inside    int
	// taken counts units ever taken, to keep the visit under its basket.
	taken map[*product]int
	// mass is how much of weighed goods the visit holds.
	mass map[*product]measure.Mass
	// owed is what a script states, where it knows better than the world.
	owed []Item
	// units counts what the party has taken and not put back.
	units int
}

// newVisit draws a party: who they are, where they come in and go out.
func (w *World) newVisit(number int) *visit {
	v := &visit{
		w: w, number: number, token: fmt.Sprintf("tok-%d-%06d", w.opt.Seed, number),
		rng: stream(w.opt.Seed, fmt.Sprintf("visit %d", number)), taken: make(map[*product]int),
	}
	v.size = pick(v.rng, []float64{0.80, 0.12, 0.05, 0.03}) + 1
	v.emptyHanded = v.rng.Float64() < 0.12
	v.together = v.rng.Float64() < 0.7
	v.entry, v.reader, v.method = w.chooseEntry(v.rng, "card", "palm", "code")
	v.pays()
	v.exit = v.entry
	if v.rng.Float64() < 0.3 {
		v.exit = w.gates[v.rng.IntN(len(w.gates))]
	}
	return v
}

// chooseEntry gives a gate where one of the methods is taken. A scene without
// such a reader still lets people try at its first gate, without a reader.
func (w *World) chooseEntry(r *rand.Rand, methods ...string) (*gate, scene.Reader, string) {
	type way struct {
		g      *gate
		reader scene.Reader
		method string
	}
	var ways []way
	for _, g := range w.gates {
		for _, reader := range g.readers {
			for _, m := range reader.Methods {
				if slices.Contains(methods, m) {
					ways = append(ways, way{g, reader, m})
				}
			}
		}
	}
	if len(ways) == 0 {
		return w.gates[0], scene.Reader{}, methods[0]
	}
	c := ways[r.IntN(len(ways))]
	return c.g, c.reader, c.method
}

// take notes that the party has picked units, put that it has put one back.
func (v *visit) take(u *unit) {
	u.payer = v
	v.taken[u.product]++
	v.weigh(u, u.mass)
	v.units++
}

func (v *visit) put(u *unit) {
	u.payer = nil
	v.taken[u.product]--
	v.weigh(u, -u.mass)
	v.units--
}

// weigh notes how much of weighed goods came or went.
func (v *visit) weigh(u *unit, m measure.Mass) {
	if !u.product.Weighed {
		return
	}
	if v.mass == nil {
		v.mass = make(map[*product]measure.Mass)
	}
	v.mass[u.product] += m
}

// items gives what the party owes for, by GTIN; nil where the goods are on
// shelves that are not the world's own, and it can't know.
func (v *visit) items() []Item {
	if v.owed != nil || len(v.w.scene.Shelves) == 0 {
		return v.owed
	}
	items := []Item{}
	for p, n := range v.taken {
		if n > 0 && v.mayBuy(p) {
			items = append(items, Item{GTIN: p.GTIN, Qty: n, Mass: v.mass[p]})
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.GTIN, b.GTIN) })
	return items
}

// ageAttribute is what a credential says of how old its holder is at least.
const ageAttribute = "age_over"

// mayBuy reports whether the party is known to be old enough for a product. What nobody
// saw to is not charged.
func (v *visit) mayBuy(p *product) bool {
	said, _ := observe.AttributeOf(v.attributes, ageAttribute)
	age, _ := strconv.Atoi(said)
	return age >= p.Age
}

// admit brings the party in, one body behind the other.
func (v *visit) admit(a *admission) {
	v.session, v.admission = a.session, a
	if a.bodies < v.size {
		v.size = a.bodies // the others stay outside
	}
	v.w.tl.After(firstStep, v.entry.owner, func() { v.enter(0) })
}

func (v *visit) enter(index int) {
	w := v.w
	if index == 0 && w.tl.Now() > v.admission.expires {
		v.entry.turnAway(v) // the gate has shut again
		return
	}
	v.admission.passed++
	v.inside++
	b := newBody(v, index)
	v.bodies = append(v.bodies, b)
	w.bodies = append(w.bodies, b)
	v.entry.passIn(b)
	b.come()
	if index+1 < v.size {
		w.tl.After(partyGap, v.entry.owner, func() { v.enter(index + 1) })
		return
	}
	v.entry.free()
}

// entering says whether somebody of the party is still to come in.
func (v *visit) entering() bool { return len(v.bodies) < v.size }

// gone takes a body out of the store; the last one ends the visit.
func (v *visit) gone(b *body) {
	w := v.w
	w.bodies = slices.DeleteFunc(w.bodies, func(o *body) bool { return o == b })
	b.out = true
	v.inside--
	if v.inside == 0 && !v.entering() {
		w.endVisit(v, true)
	}
}

// pick draws an index by its weight.
func pick(r *rand.Rand, weights []float64) int {
	x := r.Float64()
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}
