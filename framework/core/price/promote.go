package price

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// promote gives units the promotions for products that cost the shopper least.
func (b *basket) promote() error {
	for i := range b.lots {
		if err := b.choices(&b.lots[i]); err != nil {
			return err
		}
	}
	taken := make([][]int, len(b.lots)) // how many of each lot are in a group
	for _, c := range b.components() {
		if err := b.assign(c, taken); err != nil {
			return err
		}
	}
	for i := range b.lots {
		l := &b.lots[i]
		n := l.quantity - len(taken[i])
		if l.single == none || n == 0 {
			continue
		}
		d, err := l.discount.Mul(int64(n))
		if err != nil {
			return err
		}
		if err := b.discount(l.single, l.line, n, d); err != nil {
			return err
		}
	}
	return nil
}

// open reports whether a promotion is for this shopper and this lot.
func (b *basket) open(p *storedef.Promotion, l *lot) bool {
	return b.entitled(p) && p.For(l.product.GTIN) && (p.Holds(b.r.At) || slices.ContainsFunc(l.picked, p.Holds))
}

func (b *basket) entitled(p *storedef.Promotion) bool {
	return p.Requires == "" || slices.Contains(b.r.Attributes, p.Requires)
}

// choices finds the best promotion of one unit and those of several.
func (b *basket) choices(l *lot) error {
	for i := range b.x.Store.Promotions {
		p := &b.x.Store.Promotions[i]
		if p.Whole() || !b.open(p, l) {
			continue
		}
		if p.Take > 1 {
			if b.groups(p, l) {
				l.group = append(l.group, i)
			}
			continue
		}
		d, err := b.off(p, l)
		if err != nil {
			return err
		}
		if d.Minor > l.discount.Minor {
			l.single, l.discount = i, d
		}
	}
	return nil
}

// groups reports whether a lot can be part of what a promotion takes together.
// What an amount is taken off must cost its part of it, so that nothing ever
// costs less than nothing.
func (b *basket) groups(p *storedef.Promotion, l *lot) bool {
	return !l.product.Weighed() && l.unit.Minor*int64(p.Take) >= p.Amount.Minor
}

// off is what a promotion of one unit takes off it.
func (b *basket) off(p *storedef.Promotion, l *lot) (money.Amount, error) {
	off := money.Zero(b.cur)
	switch {
	case p.Percent > 0:
		return b.percent(p, l.unit)
	case p.Amount.Minor > 0:
		off = p.Amount
	case l.product.Weighed():
		new, err := p.Price.Share(int64(b.out.Lines[l.line].Mass), int64(measure.Kilogram), b.rounding)
		if err != nil {
			return off, err
		}
		off.Minor = max(0, l.unit.Minor-new.Minor)
	case p.Price.Currency == b.cur:
		off.Minor = max(0, l.unit.Minor-p.Price.Minor)
	}
	off.Minor = min(off.Minor, l.unit.Minor)
	return off, nil
}

// percent is what a percentage of an amount is, and never more than all of it.
func (b *basket) percent(p *storedef.Promotion, of money.Amount) (money.Amount, error) {
	d, err := p.Percent.Added(of, b.rounding)
	d.Minor = min(d.Minor, of.Minor)
	return d, err
}

// discount notes what a promotion takes off a line.
func (b *basket) discount(promotion, line, n int, d money.Amount) (err error) {
	if d.IsZero() {
		return nil
	}
	p, l := &b.x.Store.Promotions[promotion], &b.out.Lines[line]
	if l.Discount, err = l.Discount.Add(d); err != nil {
		return err
	}
	key := [2]int{line, promotion}
	if i, ok := b.noted[key]; ok {
		o := &b.out.Discounts[i]
		o.Quantity += n
		o.Amount, err = o.Amount.Add(d)
		return err
	}
	b.noted[key] = len(b.out.Discounts)
	b.out.Discounts = append(b.out.Discounts, Discount{Promotion: p.Name, Title: p.Title, Line: l.ID, Quantity: n, Amount: d})
	return nil
}

// sortDiscounts puts them in the order of their lines, those of one line by
// name.
func (b *basket) sortDiscounts() {
	order := map[string]int{}
	for i := range b.out.Lines {
		order[b.out.Lines[i].ID] = i
	}
	slices.SortStableFunc(b.out.Discounts, func(x, y Discount) int {
		return cmp.Or(cmp.Compare(order[x.Line], order[y.Line]), cmp.Compare(x.Promotion, y.Promotion))
	})
}

// wholeBasket takes the best promotion of the basket off what is left, and parts
// it among the lines by what is left of each.
func (b *basket) wholeBasket() error {
	gross, left := money.Zero(b.cur), money.Zero(b.cur)
	weights := make([]int64, len(b.out.Lines))
	for place, i := range b.order {
		l := &b.out.Lines[i]
		gross.Minor += l.Amount.Minor // bounded by LimitTotal
		weights[place] = l.Amount.Minor - l.Discount.Minor
		left.Minor += weights[place]
	}
	best, most := none, money.Zero(b.cur)
	for i := range b.x.Store.Promotions {
		p := &b.x.Store.Promotions[i]
		if !p.Whole() || !b.entitled(p) || gross.Minor < p.Least.Minor || !b.holdsForBasket(p) {
			continue
		}
		d := money.New(min(p.Amount.Minor, left.Minor), b.cur)
		if p.Percent > 0 {
			var err error
			if d, err = b.percent(p, left); err != nil {
				return err
			}
		}
		if d.Minor > most.Minor {
			best, most = i, d
		}
	}
	if best == none {
		return nil
	}
	parts, err := most.Split(weights)
	if err != nil {
		return err
	}
	for place, i := range b.order {
		if err := b.discount(best, i, b.out.Lines[i].Quantity, parts[place]); err != nil {
			return err
		}
	}
	return nil
}

// holdsForBasket reports whether a promotion of the basket holds now or held
// when anything in it was picked.
func (b *basket) holdsForBasket(p *storedef.Promotion) bool {
	return p.Holds(b.r.At) || slices.ContainsFunc(b.lots, func(l lot) bool { return slices.ContainsFunc(l.picked, p.Holds) })
}
