package attribution

import (
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// asked is what a product costs, and at which tax, while it is picked: so much
// is charged for it, or less where less is asked at exit.
func asked(t *turn.Turn, g gs1.GTIN) (unit money.Amount, rate money.Rate) {
	p := t.Store.Product(g)
	if p == nil {
		return money.Amount{}, 0
	}
	if tax := t.Store.Tax(p.Tax); tax != nil {
		rate = tax.Rate
	}
	return p.Asks(), rate
}

// pin notes what a candidate of a doubt costs, and how much of weighed goods it
// is.
func (x *explanation) pin(d *event.DoubtCandidate) {
	d.Unit, d.Rate = asked(x.t, d.GTIN)
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
