package witness

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
)

const (
	gram     = 1000 // milligrams
	kilogram = 1000 * gram
)

// loose is what somebody took of goods that are paid for by their mass, and was asked
// for it. Owes, asks and slack are minor units of a milligram at the price of a
// kilogram, so that nothing is rounded that need not be: minor times kilogram.
type loose struct {
	owes, asks, slack int64
	masses            []priced
	lines             int64
}

// priced is the true mass of what one visit took at one price of a kilogram.
type priced struct {
	visit      int
	unit, mass int64
}

func (a *account) weigh(gtin string) *loose {
	l := a.loose[gtin]
	if l == nil {
		l = &loose{}
		a.loose[gtin] = l
	}
	return l
}

// took notes a portion.
func (l *loose) took(visit int, it Item) {
	l.owes += it.Mass * it.Unit
	for i := range l.masses {
		if p := &l.masses[i]; p.visit == visit && p.unit == it.Unit {
			p.mass += it.Mass
			return
		}
	}
	l.masses = append(l.masses, priced{visit, it.Unit, it.Mass})
}

// asked notes a line of a receipt.
func (l *loose) asked(s *saleLine) {
	l.asks += s.Amount.Minor * kilogram
	l.lines++
}

// compareLoose tells what is asked too much or too little for loose goods, and what
// they are worth at the most, in minor units. In an exact world it is the minor unit
// that counts: the whole grams of a visit at their
// price, rounded as the store says. Elsewhere a
// scale may be off by its division at each deed, and a line is rounded.
func (w *Witness) compareLoose(a *account) (over, under, most int64, text []string) {
	for _, g := range slices.Sorted(maps.Keys(a.loose)) {
		l := a.loose[g]
		dearest := int64(0)
		for _, p := range l.masses {
			dearest = max(dearest, p.unit)
		}
		if !w.rules.Exact {
			l.slack = w.rules.Division*dearest*a.weighings + l.lines*kilogram
		} else {
			l.owes, l.slack = 0, int64(max(0, len(l.masses)-1))*kilogram // two visits may be one session
			for _, p := range l.masses {
				l.owes += w.cost(p.mass, p.unit) * kilogram
			}
		}
		most += (l.owes + l.slack + kilogram - 1) / kilogram
		off := l.asks - l.owes
		switch {
		case off > l.slack:
			over += (off + kilogram - 1) / kilogram
		case off < -l.slack-w.gramsGiven(dearest, a.weighings):
			under += (kilogram - 1 - off) / kilogram
		default:
			continue
		}
		text = append(text, fmt.Sprintf("%s: charged %d for a mass that costs %d", g, l.asks/kilogram, l.owes/kilogram))
	}
	return over, under, most, text
}

// gramsGiven is the part of a gram at each deed that is the shopper's.
func (w *Witness) gramsGiven(unit, deeds int64) int64 {
	if w.rules.Exact {
		return 0
	}
	return unit * gram * deeds
}

// cost is what milligrams cost at the price of a kilogram: their whole grams, rounded
// as the store says.
func (w *Witness) cost(mass, unit int64) int64 {
	mass -= mass % gram
	n := new(big.Int).Mul(big.NewInt(mass), big.NewInt(unit))
	q, rest := new(big.Int).DivMod(n, big.NewInt(kilogram), new(big.Int))
	minor, twice := q.Int64(), 2*rest.Int64()
	switch {
	case w.rules.Rounding == "down" || twice < kilogram:
	case twice > kilogram, w.rules.Rounding == "half_up", minor%2 != 0:
		minor++
	}
	return minor
}

// weighed checks a line of a receipt that is paid for by its mass: whole grams at
// the price of a kilogram, rounded as the store says: M6.
func (w *Witness) weighed(r *receipt, l *saleLine) {
	if l.Mass <= 0 || l.Mass%gram != 0 {
		w.violate("M6", r.Session, "%s is charged by %d mg", l.GTIN, l.Mass)
	}
	if want := w.cost(l.Mass, l.Unit.Minor); l.Amount.Minor != want {
		w.violate("M6", r.Session, "%d mg of %s at %d a kilogram come to %d, rounded %s to %d", l.Mass, l.GTIN, l.Unit.Minor, l.Amount.Minor, w.rules.Rounding, want)
	}
}
