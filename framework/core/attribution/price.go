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
	d.Mass, _ = x.weighed(d.GTIN)
}

// weighed is how much of weighed goods a change tells of, and whether the
// product is one. It is nothing where the scale is not approved for trade, or
// where the change tells of more than one deed: then it says what was taken,
// and never how much of it to pay.
func (x *explanation) weighed(g gs1.GTIN) (measure.Mass, bool) {
	p := x.t.Store.Product(g)
	if p == nil || !p.Weighed() {
		return 0, false
	}
	bay := x.t.Store.Bay(x.c.Bay)
	if bay == nil || !bay.TradeApproved || x.p.best < 0 || len(x.p.rows) == 0 || x.p.deeds(x.p.best) != 1 {
		return 0, true
	}
	return x.c.Change.Abs(), true
}

// deeds is how many of the causes did something in a row.
func (p *posterior) deeds(row int) int {
	n := 0
	for c := range p.causes {
		if o := p.option(row, c); o.quantity != 0 || o.foreign != 0 {
			n++
		}
	}
	return n
}
