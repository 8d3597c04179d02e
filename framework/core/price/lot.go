package price

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// lot is units of one sold line that were picked at one time. Weighed goods are
// one lot a line, of one unit: all that was picked of them at one price.
type lot struct {
	line     int // in out.Lines
	product  *storedef.Product
	quantity int
	unit     money.Amount // what one unit costs without a promotion
	// picked are the times at which a promotion may have held; that of leaving
	// goes without saying.
	picked []time.Time

	single   int // the promotion of one unit that is best; none for none
	discount money.Amount
	group    []int // the promotions of several units that it may be in
}

const none = -1

// price makes sold lines of the request's.
func (b *basket) price() error {
	gross := money.Zero(b.cur)
	for i, l := range b.r.Lines {
		if l.Quantity < 0 || l.Quantity > LimitQuantity || l.Mass < 0 {
			return fmt.Errorf("%d units, %v of %s: %w", l.Quantity, l.Mass, l.GTIN, ErrLimit)
		}
		p := b.x.Product(l.GTIN)
		if p == nil || l.Quantity == 0 {
			continue // what is not sold here costs nothing
		}
		if l.ID == "" {
			l.ID = strconv.Itoa(i + 1)
		}
		if err := b.line(l, p); err != nil {
			return err
		}
	}
	for i := range b.out.Lines {
		var err error
		if gross, err = gross.Add(b.out.Lines[i].Amount); err != nil {
			return err
		}
		if gross.Minor > LimitTotal || b.out.Lines[i].Amount.Minor < 0 {
			return fmt.Errorf("lines of %v: %w", gross, ErrLimit)
		}
	}
	return nil
}

// line prices one line, by the picks that are cheapest.
func (b *basket) line(l Line, p *storedef.Product) error {
	left, mass := l.Quantity, l.Mass
	first, firstLot := len(b.out.Lines), len(b.lots)
	for _, k := range b.picks(l, p) {
		n, m := min(k.Quantity, left), min(k.Mass, mass)
		if p.Weighed() && m <= 0 || !p.Weighed() && n <= 0 {
			continue
		}
		left, mass = left-n, mass-m
		s := b.sold(first, p, k)
		s.Quantity, s.Mass = s.Quantity+n, s.Mass+m
		if p.Weighed() {
			b.addPick(len(b.out.Lines)-1, p, 1, k.At)
		} else {
			b.addPick(len(b.out.Lines)-1, p, n, k.At)
		}
	}
	for i := first; i < len(b.out.Lines); i++ {
		s := &b.out.Lines[i]
		s.ID, s.From = l.ID, l.ID
		if i > first {
			s.ID += "." + strconv.Itoa(i-first+1)
		}
		if err := b.amount(s); err != nil {
			return err
		}
	}
	if p.Weighed() { // its one unit is all of it
		for i := firstLot; i < len(b.lots); i++ {
			b.lots[i].unit = b.out.Lines[b.lots[i].line].Amount
		}
	}
	return nil
}

// picks lists what the line was picked at, cheapest first: never above what it
// costs now. What no pick is known of comes last.
func (b *basket) picks(l Line, p *storedef.Product) []Pick {
	now := Pick{Unit: p.Asks(), At: b.r.At}
	if t := b.x.Tax(p.Tax); t != nil {
		now.Rate = t.Rate
	}
	var out []Pick
	known, weighed := 0, measure.Mass(0)
	for _, k := range l.Picked {
		if k.Quantity < 0 || k.Mass < 0 || k.Unit.Currency != b.cur {
			continue
		}
		known, weighed = known+k.Quantity, weighed+k.Mass
		k.Unit.Minor, k.Rate = min(k.Unit.Minor, now.Unit.Minor), min(k.Rate, now.Rate)
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(x, y Pick) int {
		return cmp.Or(cmp.Compare(x.Unit.Minor, y.Unit.Minor), cmp.Compare(x.Rate, y.Rate), x.At.Compare(y.At))
	})
	now.Quantity, now.Mass = max(0, l.Quantity-known), max(0, l.Mass-weighed)
	return append(out, now)
}

// sold finds the sold line of a pick's price and rate, the last or a new one.
func (b *basket) sold(first int, p *storedef.Product, k Pick) *Sold {
	if n := len(b.out.Lines); n > first && b.out.Lines[n-1].Unit == k.Unit && b.out.Lines[n-1].Rate == k.Rate {
		return &b.out.Lines[n-1]
	}
	t := b.x.Tax(p.Tax)
	b.out.Lines = append(b.out.Lines, Sold{GTIN: p.GTIN, Title: cmp.Or(p.Title, p.Name), Per: p.PricePer, Unit: k.Unit,
		Discount: money.Zero(b.cur), Taxed: Taxed{Class: p.Tax, Rate: k.Rate, Added: t != nil && t.Added, Tax: money.Zero(b.cur)}})
	return &b.out.Lines[len(b.out.Lines)-1]
}

// addPick notes when units were picked.
func (b *basket) addPick(line int, p *storedef.Product, n int, at time.Time) {
	if last := len(b.lots) - 1; last >= 0 && b.lots[last].line == line {
		k := &b.lots[last]
		switch {
		case p.Weighed():
			k.picked = append(k.picked, at)
			return
		case k.picked[0].Equal(at):
			k.quantity += n
			return
		}
	}
	b.lots = append(b.lots, lot{line: line, product: p, quantity: n, unit: b.out.Lines[line].Unit, picked: []time.Time{at},
		single: none, discount: money.Zero(b.cur)})
}

// amount is unit times quantity. Weighed goods are priced by the whole gram, and
// what is less than one is the shopper's.
func (b *basket) amount(s *Sold) (err error) {
	if s.Per == storedef.PerKilogram {
		s.Quantity = max(1, s.Quantity) // how many pieces it was is not known better
		s.Mass -= s.Mass % measure.Gram
		s.Amount, err = s.Unit.Share(int64(s.Mass), int64(measure.Kilogram), b.rounding)
		return err
	}
	s.Mass = 0
	s.Amount, err = s.Unit.Mul(int64(s.Quantity))
	return err
}

// rank puts the sold lines in an order that the request's doesn't matter for, so
// that an odd minor unit always goes to the same line.
func (b *basket) rank() error {
	b.order = make([]int, len(b.out.Lines))
	for i := range b.order {
		b.order[i] = i
	}
	slices.SortStableFunc(b.order, func(i, j int) int {
		x, y := &b.out.Lines[i], &b.out.Lines[j]
		return cmp.Or(cmp.Compare(x.GTIN, y.GTIN), cmp.Compare(x.Unit.Minor, y.Unit.Minor), cmp.Compare(x.Rate, y.Rate),
			cmp.Compare(x.Amount.Minor, y.Amount.Minor), cmp.Compare(x.ID, y.ID))
	})
	for place, i := range b.order {
		b.out.Lines[i].place = place
	}
	return nil
}
