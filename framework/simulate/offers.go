package simulate

import (
	"math/rand/v2"
	"slices"

	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// ofAge is what a credential says of those who may buy everything.
const ofAge = "age_over=18"

// drawOffers gives a store goods that not everybody may buy, a promotion for some
// of its products and perhaps one for whole baskets. The witness is told what a
// poster in the shop would say, and reckons by itself.
func (w *world) drawOffers(d *storedef.Store) []witness.Offer {
	r := stream(w.seed, "offers")
	for i, p := range w.products {
		if r.IntN(4) == 0 {
			p.age, d.Products[i].Age = 18, 18
		}
	}
	var out []witness.Offer
	add := func(p storedef.Promotion) {
		d.Promotions = append(d.Promotions, p)
		o := witness.Offer{Take: p.Take, Pay: p.Pay, Price: p.Price.Minor, Amount: p.Amount.Minor, PPM: int64(p.Percent), Least: p.Least.Minor}
		for _, g := range p.Products {
			o.Products = append(o.Products, string(g))
		}
		out = append(out, o)
	}
	if r.IntN(2) == 0 { // before the other by its name, as in a store file
		p := storedef.Promotion{Name: "basket", Title: "basket", Least: w.amount(int64(100 + r.IntN(900)))}
		if r.IntN(2) == 0 {
			p.Amount = w.amount(int64(10 + r.IntN(90)))
		} else {
			p.Percent = money.Rate(10_000 * (1 + r.IntN(30)))
		}
		add(p)
	}
	add(w.drawPromotion(r))
	return out
}

func (w *world) drawPromotion(r *rand.Rand) storedef.Promotion {
	var of []gs1.GTIN
	cheapest := int64(1 << 40)
	for _, p := range w.products {
		if r.IntN(3) > 0 || len(of) == 0 {
			of = append(of, p.gtin)
			cheapest = min(cheapest, p.price)
		}
	}
	slices.Sort(of)
	p := storedef.Promotion{Name: "goods", Title: "goods", Products: slices.Compact(of), Take: 2 + r.IntN(2)}
	switch r.IntN(4) {
	case 0:
		p.Pay = 1 + r.IntN(p.Take-1)
	case 1:
		p.Price = w.amount(max(1, cheapest*int64(p.Take)*int64(60+r.IntN(60))/100))
	case 2:
		p.Amount = w.amount(max(1, cheapest/2))
	default:
		p.Take, p.Percent = 1, money.Rate(10_000*(1+r.IntN(50)))
	}
	return p
}

// attributes are what a credential says of its holder.
func (w *world) attributes(token string) []string {
	if w.offers && w.adult(token) {
		return []string{ofAge}
	}
	if w.tender(token) == storedef.TenderMealPlan {
		return []string{observe.AttributeTender + "=" + string(storedef.TenderMealPlan)}
	}
	return nil
}

// adult reports whether whoever taps with a token may buy everything.
func (w *world) adult(token string) bool { return stream(w.seed, "age of "+token).IntN(2) == 0 }

// due reports whether a party pays for a product: what staff have not released
// to it in time it does not.
func (v *visit) due(p *product) bool { return p.age == 0 || v.w.adult(v.token) }
