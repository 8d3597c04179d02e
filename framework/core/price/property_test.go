package price

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

var goods = []gs1.GTIN{cola, zero, water, bread, nuts}

// drawShop draws a store: currency, rule, taxes, prices, deposits, promotions.
func drawShop(t *rapid.T) storedef.Store {
	s := shop()
	s.Currency = rapid.SampledFrom([]money.Currency{"JPY", "EUR", "KWD"}).Draw(t, "currency")
	s.Receipt.Rounding = rapid.SampledFrom(money.Roundings()).Draw(t, "rounding")
	s.Receipt.TaxPer = rapid.SampledFrom([]storedef.TaxPer{storedef.TaxPerClass, storedef.TaxPerLine}).Draw(t, "tax per")
	for i := range s.Taxes {
		s.Taxes[i].Rate = rapid.SampledFrom([]money.Rate{0, 1, 60_000, 88_750, 230_000, 1_000_000}).Draw(t, "rate")
		s.Taxes[i].Added = rapid.Bool().Draw(t, "added")
	}
	price := rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 3000), rapid.Int64Range(0, storedef.LimitPrice))
	for i := range s.Products {
		s.Products[i].Price = money.New(price.Draw(t, "price"), s.Currency)
		if rapid.Bool().Draw(t, "deposit") && !s.Products[i].Weighed() {
			s.Products[i].Deposit = "can"
		}
	}
	s.Deposits[0] = storedef.Deposit{Name: "can", Amount: money.New(rapid.Int64Range(1, 50).Draw(t, "deposit"), s.Currency),
		Tax: rapid.SampledFrom([]string{"none", "standard"}).Draw(t, "deposit's tax")}
	for i := range rapid.IntRange(0, 4).Draw(t, "promotions") {
		s.Promotions = append(s.Promotions, drawPromotion(t, fmt.Sprint("p", i), s.Currency))
	}
	return s
}

func drawPromotion(t *rapid.T, name string, cur money.Currency) storedef.Promotion {
	p := promo(name, rapid.SliceOfNDistinct(rapid.SampledFrom(goods[:4]), 0, 4, func(g gs1.GTIN) gs1.GTIN { return g }).Draw(t, "products")...)
	if rapid.IntRange(0, 3).Draw(t, "requires") == 0 {
		p.Requires = "loyalty=gold"
	}
	amount := money.New(rapid.Int64Range(1, 2000).Draw(t, "amount"), cur)
	effects := []string{"percent", "amount"}
	if !p.Whole() {
		p.Take = rapid.IntRange(1, 4).Draw(t, "take")
		effects = append(effects, "price")
		if p.Take > 1 {
			effects = append(effects, "pay")
		}
	} else {
		p.Least = money.New(rapid.Int64Range(0, 3000).Draw(t, "least"), cur)
	}
	switch rapid.SampledFrom(effects).Draw(t, "effect") {
	case "percent":
		p.Percent = money.Rate(rapid.Int64Range(1, 1_000_000).Draw(t, "percent"))
	case "amount":
		p.Amount = amount
	case "price":
		p.Price = amount
	case "pay":
		p.Pay = rapid.IntRange(1, p.Take-1).Draw(t, "pay")
	}
	return p
}

func drawRequest(t *rapid.T, s storedef.Store, most int) Request {
	r := Request{At: noon}
	if rapid.Bool().Draw(t, "member") {
		r.Attributes = []string{"age_over=18", "loyalty=gold"}
	}
	for range rapid.IntRange(0, most).Draw(t, "lines") {
		l := Line{GTIN: rapid.SampledFrom(goods).Draw(t, "product"), Quantity: rapid.IntRange(1, 4).Draw(t, "quantity")}
		if l.GTIN == nuts {
			l.Mass = measure.Mass(rapid.Int64Range(0, 3_000_000).Draw(t, "mass"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "picks") {
			l.Picked = append(l.Picked, Pick{Quantity: rapid.IntRange(0, 3).Draw(t, "picked"), Mass: l.Mass / 2,
				Unit: money.New(rapid.Int64Range(0, 3000).Draw(t, "unit"), s.Currency), Rate: money.Rate(rapid.Int64Range(0, 300_000).Draw(t, "rate")),
				At: noon.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour)})
		}
		r.Lines = append(r.Lines, l)
	}
	return r
}

// TestAnyBasket holds any basket of any store against what must always be true.
func TestAnyBasket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShop(t)
		priced(t, s, drawRequest(t, s, 8))
	})
}

// TestOrder: a basket costs the same in whatever order its lines come, and so
// does each of its lines.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShop(t)
		r := drawRequest(t, s, 8)
		for i := range r.Lines {
			r.Lines[i].ID = fmt.Sprint("l", i)
		}
		one := priced(t, s, r)
		r.Lines = rapid.Permutation(r.Lines).Draw(t, "order")
		other := priced(t, s, r)
		if one.Total != other.Total {
			t.Fatalf("%v, and in another order %v", one.Total, other.Total)
		}
		discounts := func(p Priced) []string {
			var out []string
			for _, l := range p.Lines {
				out = append(out, fmt.Sprint(l.ID, " ", l.Amount, l.Discount))
			}
			slices.Sort(out)
			return out
		}
		if a, b := discounts(one), discounts(other); s.Promotions == nil && !slices.Equal(a, b) {
			t.Fatalf("%v, and in another order %v", a, b)
		}
	})
}

// TestRemoving: without one of its lines no other line of a basket costs more
// than it would without promotions.
func TestRemoving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShop(t)
		r := drawRequest(t, s, 6)
		if len(r.Lines) == 0 {
			return
		}
		full := s
		full.Promotions = nil
		i := rapid.IntRange(0, len(r.Lines)-1).Draw(t, "removed")
		r.Lines = slices.Delete(r.Lines, i, i+1)
		with, without := priced(t, s, r), priced(t, full, r)
		if len(with.Lines) != len(without.Lines) {
			t.Fatalf("%d lines, without promotions %d", len(with.Lines), len(without.Lines))
		}
		for j, l := range with.Lines {
			if paid := l.Amount.Minor - l.Discount.Minor; paid > without.Lines[j].Amount.Minor {
				t.Fatalf("line %s costs %d, without promotions %v", l.ID, paid, without.Lines[j].Amount)
			}
		}
	})
}

// cheapest tries every way to give units their promotions for products. It
// shares no code with assign: groups are made of every set of units.
func cheapest(s storedef.Store, units []gs1.GTIN, entitled func(storedef.Promotion) bool) int64 {
	value := func(g gs1.GTIN) int64 {
		return s.Products[slices.IndexFunc(s.Products, func(p storedef.Product) bool { return p.GTIN == g })].Price.Minor
	}
	known := map[string]int64{}
	var try func(left []gs1.GTIN) int64
	try = func(left []gs1.GTIN) int64 {
		if len(left) == 0 {
			return 0
		}
		key := fmt.Sprint(left)
		if v, ok := known[key]; ok {
			return v
		}
		best := value(left[0]) + try(left[1:])
		for _, p := range s.Promotions {
			if p.Whole() || !entitled(p) || p.Take > len(left) {
				continue
			}
			sets(left[1:], p.Take-1, func(in, out []gs1.GTIN) {
				group := append([]gs1.GTIN{left[0]}, in...)
				if slices.ContainsFunc(group, func(g gs1.GTIN) bool { return !p.For(g) }) {
					return
				}
				best = min(best, costOf(s, p, group, value)+try(out))
			})
		}
		known[key] = best
		return best
	}
	slices.Sort(units)
	return try(units)
}

// sets calls f with each way to part list into n and the others.
func sets(list []gs1.GTIN, n int, f func(in, out []gs1.GTIN)) {
	var walk func(i int, in, out []gs1.GTIN)
	walk = func(i int, in, out []gs1.GTIN) {
		switch {
		case len(in) > n:
		case i == len(list) && len(in) == n:
			f(slices.Clone(in), slices.Clone(out))
		case i < len(list):
			walk(i+1, append(slices.Clone(in), list[i]), out)
			walk(i+1, in, append(slices.Clone(out), list[i]))
		}
	}
	walk(0, nil, nil)
}

// costOf is what a group costs by the words of the documentation.
func costOf(s storedef.Store, p storedef.Promotion, group []gs1.GTIN, value func(gs1.GTIN) int64) int64 {
	var sum int64
	var values []int64
	for _, g := range group {
		v := value(g)
		sum, values = sum+v, append(values, v)
	}
	slices.Sort(values)
	slices.Reverse(values)
	switch {
	case p.Percent > 0:
		for _, v := range values {
			d, err := money.New(v, "EUR").Share(int64(p.Percent), 1_000_000, s.Receipt.Rounding)
			if err != nil {
				panic(err)
			}
			sum -= d.Minor
		}
		return sum
	case p.Pay > 0:
		sum = 0
		for _, v := range values[:p.Pay] {
			sum += v
		}
		return sum
	case p.Amount.Minor > 0:
		for _, v := range values {
			if p.Take > 1 && v*int64(p.Take) < p.Amount.Minor {
				return sum
			}
		}
		return max(0, sum-p.Amount.Minor)
	}
	return min(sum, p.Price.Minor)
}

// TestCheapest holds the choice of promotions against all others there are, for
// baskets small enough to try them.
func TestCheapest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShop(t)
		for i := range s.Products {
			s.Products[i].Price.Minor = rapid.Int64Range(0, 2000).Draw(t, "small price")
			s.Products[i].Deposit = ""
		}
		s.Promotions = slices.DeleteFunc(s.Promotions, func(p storedef.Promotion) bool { return p.Whole() })
		for i := range s.Taxes {
			s.Taxes[i].Added = false
		}
		units := rapid.SliceOfN(rapid.SampledFrom(goods[:4]), 0, 7).Draw(t, "units")
		r := Request{At: noon}
		for _, g := range units {
			r.Lines = append(r.Lines, Line{GTIN: g, Quantity: 1})
		}
		if rapid.Bool().Draw(t, "member") {
			r.Attributes = []string{"loyalty=gold"}
		}
		want := cheapest(s, units, func(p storedef.Promotion) bool { return p.Requires == "" || len(r.Attributes) > 0 })
		if got := priced(t, s, r).Total.Minor; got != want {
			t.Fatalf("%d, and the cheapest is %d\n%+v", got, want, s.Promotions)
		}
	})
}

// TestThousandLines prices a basket of a thousand lines, also where promotions
// share all of them.
func TestThousandLines(t *testing.T) {
	three, two := promo("three", cola, zero, water), promo("two", zero, water, bread)
	three.Take, three.Price = 3, money.New(400, "EUR")
	two.Take, two.Pay = 2, 1
	s := shop(three, two)
	random := rand.New(rand.NewPCG(1, 2))
	r := Request{At: noon}
	for range 1000 {
		r.Lines = append(r.Lines, Line{GTIN: goods[random.IntN(4)], Quantity: 1 + random.IntN(5)})
	}
	p := priced(t, s, r)
	if len(p.Lines) != 1000 || len(p.Discounts) < 900 || p.Total.Minor <= 0 {
		t.Errorf("%d lines, %d discounts, %v", len(p.Lines), len(p.Discounts), p.Total)
	}
}

// FuzzBasket prices what bytes describe: two a unit.
func FuzzBasket(f *testing.F) {
	f.Add([]byte{0, 1, 1, 1, 2, 3}, int64(180), int64(450), uint8(3), uint8(0), true)
	f.Add([]byte{4, 200, 4, 1}, int64(1899), int64(1599), uint8(1), uint8(1), false)
	f.Add([]byte(strings.Repeat("\x00\x04", 300)), int64(1)<<40, int64(1), uint8(100), uint8(2), true)
	f.Fuzz(func(t *testing.T, items []byte, price, amount int64, take, effect uint8, added bool) {
		items = items[:min(len(items), 64)]
		p := promo("p", goods[:4]...)
		p.Take = 1 + int(take)%storedef.LimitTake
		a := money.New(max(1, amount), "EUR")
		switch effect % 4 {
		case 0:
			p.Price = a
		case 1:
			p.Percent = money.Rate(1 + uint64(amount)%1_000_000)
		case 2:
			p.Amount = a
		case 3:
			p.Take = max(2, p.Take)
			p.Pay = 1
		}
		s := shop(p)
		for i := range s.Products {
			s.Products[i].Price.Minor = max(0, price) >> i
		}
		for i := range s.Taxes {
			s.Taxes[i].Added = added
		}
		r := Request{At: noon}
		for i := 0; i+1 < len(items); i += 2 {
			r.Lines = append(r.Lines, Line{GTIN: goods[int(items[i])%5], Quantity: int(items[i+1]), Mass: measure.Mass(items[i+1]) * measure.Gram})
		}
		out, err := Basket(storedef.NewIndex(s), r)
		if err != nil {
			return
		}
		if why := wrong(s, out); why != "" {
			t.Error(why)
		}
	})
}
