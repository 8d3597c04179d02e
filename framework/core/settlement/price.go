package settlement

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// Price prices lines by the definition in force. Prices include tax; the tax
// is worked out once a class, on the class's gross, by the store's rounding
// rule.
func Price(x *storedef.Index, lines []event.CartLine) (sale []event.SaleLine, taxes []event.TaxLine, total money.Amount) {
	total = money.Zero(x.Store.Currency)
	gross := map[string]money.Amount{}
	sale = []event.SaleLine{}
	for _, l := range lines {
		p := x.Product(l.GTIN)
		if p == nil {
			continue // not sold here: nothing can be asked for it
		}
		amount, err := p.Price.Mul(int64(l.Quantity))
		must(err)
		total, err = total.Add(amount)
		must(err)
		if _, ok := gross[p.Tax]; !ok {
			gross[p.Tax] = money.Zero(x.Store.Currency)
		}
		gross[p.Tax], err = gross[p.Tax].Add(amount)
		must(err)
		sale = append(sale, event.SaleLine{ID: l.ID, GTIN: p.GTIN, Title: cmp.Or(p.Title, p.Name), Quantity: l.Quantity, Unit: p.Price,
			Amount: amount, Tax: p.Tax, Why: l.Why})
	}
	taxes = []event.TaxLine{}
	for i := range x.Store.Taxes {
		t := &x.Store.Taxes[i]
		g, ok := gross[t.Name]
		if !ok {
			continue
		}
		tax, err := t.Rate.Included(g, x.Store.Receipt.Rounding)
		must(err)
		taxes = append(taxes, event.TaxLine{Name: t.Name, Rate: t.Rate, Gross: g, Tax: tax})
	}
	slices.SortFunc(taxes, func(a, b event.TaxLine) int { return cmp.Compare(a.Name, b.Name) })
	return sale, taxes, total
}
