package audit

import "fmt"

// Goods that are paid for by their mass are judged by it, and not by how many pieces
// it was: a scale that is approved for trade tells the mass, and nobody counts what is
// in a bowl.

const (
	gram = 1000 // milligrams
	// division is by how much a scale for trade may be off at each piece.
	division = gram
	perKilo  = 1000 * gram
)

// weigh notes what of a visit's goods is weighed: how much it took, in so many pieces,
// and how much it is charged for.
type weigh struct{ owed, pieces, charged int64 }

func (v *visit) weighed(gtin string) *weigh {
	w := v.byMass[gtin]
	if w == nil {
		if v.byMass == nil {
			v.byMass = map[string]*weigh{}
		}
		w = &weigh{}
		v.byMass[gtin] = w
	}
	return w
}

// apart is by how much the mass that is charged is off, in milligrams: more than the
// scale's division at each piece, and the part of a gram at each that is the shopper's.
func (w *weigh) apart() int64 {
	pieces := max(1, w.pieces)
	switch off := w.charged - w.owed; {
	case off > division*pieces, off < -(division+gram)*pieces:
		return off
	}
	return 0
}

// misprice says how a line of weighed goods is not its mass times the price of a
// kilogram, rounded either way; empty where it is.
func (l *ReceiptLine) misprice() string {
	if l.MassMg == 0 {
		return ""
	}
	off := l.AmountMinor*perKilo - l.UnitMinor*l.MassMg
	if l.MassMg%gram == 0 && off > -perKilo && off < perKilo {
		return ""
	}
	return fmt.Sprintf("%s: %d for %d mg at %d a kilogram", l.GTIN, l.AmountMinor, l.MassMg, l.UnitMinor)
}
