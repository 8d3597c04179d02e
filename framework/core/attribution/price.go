package attribution

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// labelsTake is for how long after a price has changed a shelf's label may
	// still say the one before.
	labelsTake = 2 * time.Second
	// decideMost is how long after a visit ended it may yet be asked what
	// something cost during it.
	decideMost = 10 * time.Minute
)

// Price is what was asked for a product, and at which tax, until a time.
type Price struct {
	Unit  money.Amount `json:"unit"`
	Rate  money.Rate   `json:"rate,omitempty"`
	Until time.Time    `json:"until"`
}

// Repriced notes what was asked, for as long as somebody may be inside who saw
// it on a label, of each product for which another definition asks for more.
func (s *State) Repriced(old, now *storedef.Index, at time.Time) {
	keep := at.Add(-max(old.Store.Entry.MaxStay, now.Store.Entry.MaxStay) - decideMost)
	for g, list := range s.Were { //nolint:gocritic // each is seen to by itself
		list = slices.DeleteFunc(list, func(p Price) bool { return p.Until.Before(keep) })
		if s.Were[g] = list; len(list) == 0 {
			delete(s.Were, g)
		}
	}
	for i := range old.Store.Products {
		p := &old.Store.Products[i]
		unit, rate := p.Asks(), rateOf(old, p)
		next := now.Product(p.GTIN)
		if next == nil || next.PricePer != p.PricePer || next.Asks().Currency != unit.Currency || unit.Minor >= next.Asks().Minor && rate >= rateOf(now, next) {
			continue
		}
		if s.Were == nil {
			s.Were = map[gs1.GTIN][]Price{}
		}
		s.Were[p.GTIN] = append(s.Were[p.GTIN], Price{Unit: unit, Rate: rate, Until: at})
	}
}

func rateOf(x *storedef.Index, p *storedef.Product) money.Rate {
	if tax := x.Tax(p.Tax); tax != nil {
		return tax.Rate
	}
	return 0
}

// Asked is what a product costs, and at which tax, that was picked at some time
// since one: the least that was asked from then on. So much is charged for it, or
// less where less is asked at exit.
func (s *State) Asked(t *turn.Turn, g gs1.GTIN, since time.Time) (unit money.Amount, rate money.Rate) {
	p := t.Store.Product(g)
	if p == nil {
		return money.Amount{}, 0
	}
	unit, rate = p.Asks(), rateOf(t.Store, p)
	for _, was := range s.Were[g] {
		if was.Until.Add(labelsTake).After(since) && was.Unit.Currency == unit.Currency {
			unit.Minor, rate = min(unit.Minor, was.Unit.Minor), min(rate, was.Rate)
		}
	}
	return unit, rate
}

// asked is what a product cost while the change was made that is explained.
func (x *explanation) asked(g gs1.GTIN) (event.UnitPrice, money.Rate) {
	unit, rate := x.s.Asked(x.t, g, x.c.Span.Onset)
	return event.UnitPrice(unit), rate
}

// pin notes what a candidate of a doubt costs, and how much of weighed goods it
// is.
func (x *explanation) pin(d *event.DoubtCandidate) {
	d.Unit, d.Rate = x.asked(d.GTIN)
	d.Mass, _ = x.weighed("", d.GTIN)
}

// weighed is how much of weighed goods a change tells of, and whether the
// product is one. It is nothing where the change tells of what more than one party
// or product did, and where the scale is not approved for trade: that says what
// was moved, and never how much of it to pay, unless one that is weighed it before.
func (x *explanation) weighed(session string, g gs1.GTIN) (measure.Mass, bool) {
	p := x.t.Store.Product(g)
	if p == nil || !p.Weighed() {
		return 0, false
	}
	bay := x.t.Store.Bay(x.c.Bay)
	switch {
	case bay == nil || x.p.best < 0 || len(x.p.rows) == 0 || !x.p.one(x.p.best):
		return 0, true
	case bay.TradeApproved:
		return x.c.Change.Abs(), true
	}
	return x.portion(session, g), true
}

// portion is what a portion of weighed goods weighed on a scale for trade that is
// put now where there is none, or was and is taken from there. It is known again by
// its mass: by that of the only one that a party has of it, or of the only one that
// lies there.
func (x *explanation) portion(session string, g gs1.GTIN) measure.Mass {
	var known []measure.Mass
	if b := x.s.Bays[x.c.Bay]; x.c.Change < 0 && b != nil && b.Strays[g] == 1 {
		known = append(known, b.Portions[g])
	}
	for _, f := range x.s.Felt[session] {
		if x.c.Change > 0 && f.GTIN == g && f.Quantity == 1 && f.Weighed {
			known = append(known, f.Mass)
		}
	}
	known = slices.DeleteFunc(known, func(m measure.Mass) bool {
		d := int64(x.c.Change.Abs() - m)
		return m == 0 || d*d > 16*x.spread()
	})
	if len(known) != 1 {
		return 0
	}
	return known[0]
}

// one reports whether what was done in a row is one deed, or the deeds of one
// party with one product: then the change is what it moved of it, however many
// hands it had there while the bay changed.
func (p *posterior) one(row int) bool {
	first := -1
	for c := range p.causes {
		o, k := p.option(row, c), &p.causes[c]
		switch {
		case o.quantity == 0 && o.foreign == 0:
		case first < 0:
			first = c
		case k.session == "" || k.session != p.causes[first].session || o.gtin == "" || o.gtin != p.option(row, first).gtin,
			k.aside || p.causes[first].aside:
			return false
		}
	}
	return first >= 0
}

// outweighs deals with weighed goods of which a party took as many portions as it
// put back or more, and a bay is heavier for it all the same: it has put back what
// the bay gained.
func (x *explanation) outweighs(session string, g gs1.GTIN) bool {
	mass, _ := x.weighed(session, g)
	if mass == 0 || x.c.Change < 0 {
		return false
	}
	x.back(session, g, 1)
	m := x.moveOf(session, g, 0, x.kinds(session, g, observe.ActionPut), x.p.belief(x.p.one))
	m.Mass = mass
	x.t.Emit(event.Returned{Move: m})
	return true
}

// gained reports whether a party put weighed goods back in a row that it also took
// of, as often, while the bay got heavier: it may have less of them than before.
func (x *explanation) gained(row int, session string, g gs1.GTIN) bool {
	p := x.t.Store.Product(g)
	if p == nil || !p.Weighed() || x.c.Change < 0 || x.returned[held{session, g}] > 0 || x.p.net(row, session, g) != 0 {
		return false
	}
	for c := range x.p.causes {
		if o := x.p.option(row, c); x.p.causes[c].session == session && o.gtin == g && o.quantity < 0 {
			return true
		}
	}
	return false
}
