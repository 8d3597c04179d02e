package price

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// deposit adds the deposits of what was sold.
func (b *basket) deposit() error {
	for i := range b.out.Lines {
		l := &b.out.Lines[i]
		p := b.x.Product(l.GTIN)
		d := b.x.Deposit(p.Deposit)
		if d == nil {
			continue
		}
		amount, err := d.Amount.Mul(int64(l.Quantity))
		if err != nil {
			return err
		}
		o := Deposit{Name: d.Name, Title: cmp.Or(d.Title, d.Name), Line: l.ID, Quantity: l.Quantity, Unit: d.Amount, Amount: amount,
			Taxed: Taxed{Class: d.Tax, Tax: money.Zero(b.cur)}}
		if t := b.x.Tax(d.Tax); t != nil {
			o.Rate, o.Added = t.Rate, t.Added
		}
		b.out.Deposits = append(b.out.Deposits, o)
	}
	return nil
}

// taxable is a line or a deposit as a tax sees it.
type taxable struct {
	*Taxed
	base money.Amount
}

// tax works out the taxes.
func (b *basket) tax() error {
	var all []taxable
	for i := range b.out.Lines {
		l := &b.out.Lines[i]
		base, err := l.Amount.Sub(l.Discount)
		if err != nil {
			return err
		}
		all = append(all, taxable{&l.Taxed, base})
	}
	for i := range b.out.Deposits {
		all = append(all, taxable{&b.out.Deposits[i].Taxed, b.out.Deposits[i].Amount})
	}
	slices.SortStableFunc(all, func(x, y taxable) int { return cmp.Or(cmp.Compare(x.Class, y.Class), cmp.Compare(x.Rate, y.Rate)) })
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Class == all[0].Class && all[n].Rate == all[0].Rate {
			n++
		}
		if b.x.Tax(all[0].Class) != nil {
			if err := b.class(all[:n]); err != nil {
				return err
			}
		}
		all = all[n:]
	}
	return nil
}

// class works out the tax of one class at one rate.
func (b *basket) class(all []taxable) error {
	t := Tax{Name: all[0].Class, Rate: all[0].Rate, Added: all[0].Added, Gross: money.Zero(b.cur), Tax: money.Zero(b.cur)}
	weights := make([]int64, len(all))
	var err error
	for i := range all {
		weights[i] = all[i].base.Minor
		if t.Gross, err = t.Gross.Add(all[i].base); err != nil {
			return err
		}
		if b.x.Store.Receipt.TaxPer != storedef.TaxPerLine {
			continue
		}
		if all[i].Tax, err = b.taxOf(t, all[i].base); err != nil {
			return err
		}
		if t.Tax, err = t.Tax.Add(all[i].Tax); err != nil {
			return err
		}
	}
	if b.x.Store.Receipt.TaxPer != storedef.TaxPerLine {
		if t.Tax, err = b.taxOf(t, t.Gross); err != nil {
			return err
		}
		parts, err := t.Tax.Split(weights)
		if err != nil {
			return err
		}
		for i := range all {
			all[i].Tax = parts[i]
		}
	}
	if t.Added {
		if t.Gross, err = t.Gross.Add(t.Tax); err != nil {
			return err
		}
	}
	b.out.Taxes = append(b.out.Taxes, t)
	return nil
}

func (b *basket) taxOf(t Tax, base money.Amount) (money.Amount, error) {
	if t.Added {
		return t.Rate.Added(base, b.rounding)
	}
	return t.Rate.Included(base, b.rounding)
}
