package witness

import (
	"math/big"
	"slices"
)

// Offer is what a poster in the shop promises. Amounts are minor units.
type Offer struct {
	// Products are those that it is for, in any mix; none for a whole basket.
	Products []string
	// Take units together cost Price, or only Pay of them are paid, the dearest,
	// or Amount is taken off; PPM is taken off each unit where Take is one.
	Take, Pay     int
	Price, Amount int64
	PPM           int64
	// Least is what a basket must come to before anything is taken off.
	Least int64
}

// offered checks what was taken off the first version of a receipt: M6. A store
// has at most one offer for products and one for baskets, and gives both. Whoever
// shops is given the best of them, which is reckoned here from the prices that
// the receipt itself states: to the minor unit, or to one for each unit where a
// share of its price is rounded.
func (w *Witness) offered(r *receipt) {
	if len(w.rules.Offers) == 0 || r.Version != 1 {
		return
	}
	total := int64(0)
	for _, l := range r.Lines {
		if l.Amount.Minor != l.Quantity*l.Unit.Minor {
			return // picked at two prices: the receipt does not say how many at which
		}
		total += l.Amount.Minor
	}
	off, slack := int64(0), int64(0)
	for i := range w.rules.Offers {
		o := &w.rules.Offers[i]
		if len(o.Products) == 0 {
			continue
		}
		a, b := o.off(r.Lines)
		off, slack = off+a, slack+b
	}
	for _, o := range w.rules.Offers {
		if len(o.Products) > 0 || total == 0 || total < o.Least {
			continue
		}
		if o.PPM > 0 {
			off += share(total-off, o.PPM)
			slack += int64(len(r.Lines)) + 1
		}
		off += min(o.Amount, total-off)
	}
	given := int64(0)
	for _, d := range r.Discounts {
		given += abs(d.Amount.Minor)
	}
	if abs(given-off) > slack {
		w.violate("M6", r.Session, "%d is taken off %d, the store promises %d", given, total, off)
	}
}

// off is what is taken off lines, and how far rounding may be from it.
func (o *Offer) off(lines []saleLine) (off, slack int64) {
	var prices []int64
	for _, l := range lines {
		if !slices.Contains(o.Products, l.GTIN) || o.Amount > 0 && l.Unit.Minor*int64(o.Take) < o.Amount {
			continue // what an amount is taken off must cost its part of it
		}
		for range l.Quantity {
			prices = append(prices, l.Unit.Minor)
		}
	}
	slices.SortFunc(prices, func(a, b int64) int { return int(b - a) })
	if o.Take == 1 {
		for _, p := range prices {
			off += share(p, o.PPM)
		}
		return off, int64(len(prices))
	}
	for len(prices) >= o.Take { // the dearest go together
		group := prices[:o.Take]
		prices = prices[o.Take:]
		switch {
		case o.Pay > 0:
			for _, p := range group[o.Pay:] {
				off += p
			}
		case o.Price > 0:
			sum := -o.Price
			for _, p := range group {
				sum += p
			}
			off += max(0, sum)
		default:
			off += o.Amount
		}
	}
	return off, 0
}

// share is a part of an amount in parts per million, rounded down.
func share(minor, ppm int64) int64 {
	n := new(big.Int).Mul(big.NewInt(minor), big.NewInt(ppm))
	return n.Div(n, big.NewInt(1_000_000)).Int64()
}
